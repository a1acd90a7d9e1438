"""What the report counts: each figure with what it is called, what it counts, and the rows that it is the sum of."""
