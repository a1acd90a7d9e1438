"""The staff's home page."""
