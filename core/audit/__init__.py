"""Who saw, changed, exported and decided what, when, from where."""
