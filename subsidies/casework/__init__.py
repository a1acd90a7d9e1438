"""Whose case it is, by when it is to be done, and what was noted on it."""
