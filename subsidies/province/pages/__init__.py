"""The cells side by side, for the staff; their heads, for everybody; and where the cells report."""
