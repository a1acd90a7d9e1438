"""A merchant's people: invited, let in, told what is new."""
