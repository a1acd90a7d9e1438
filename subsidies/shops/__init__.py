"""A merchant as the staff see it: authorisations, and the claims that hang on them."""
