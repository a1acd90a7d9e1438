"""Figures that this system does not know: told with their source, day and file by one person, confirmed by another."""
