"""Trainings, inspections, spot checks, collective events."""
