"""The merchant's side: what is new, its claims, its duties."""
