"""How days and times are told on the pages: one style in every language."""
