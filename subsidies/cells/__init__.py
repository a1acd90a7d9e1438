"""A city's stack as a cell of its province: what it asks the lock register, and what it was told."""
