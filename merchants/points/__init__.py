"""Agent points, and when each is authorised."""
