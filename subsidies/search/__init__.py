"""The staff's one box."""
