"""What the province sees of its cells: their sums day by day, and the signed heads of their books."""
