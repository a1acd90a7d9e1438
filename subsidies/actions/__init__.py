"""What staff may do with claims, each action once: from which states, what stops it, for which reasons."""
