"""Claims that are tied to each other: shown, and decided, as one group."""
