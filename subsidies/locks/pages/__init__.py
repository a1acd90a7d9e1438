"""Where the cells ask."""
