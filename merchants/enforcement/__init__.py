"""What follows from an inspection: the letter that orders a shop to put things right, and the case that others take over."""
