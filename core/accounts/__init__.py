"""Who logs in: accounts, roles, passwords, the second factor, guesses that are counted."""
