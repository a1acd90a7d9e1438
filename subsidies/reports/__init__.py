"""Figures: of the scheme, of a month, of the half-year."""
