"""Which workers are alive."""
