"""Money that must come back (追回): demanded by two people, paid back in parts, followed by the ledger."""
