"""Claims: one trade-in asking for one subsidy; its states, its history, its payee."""
