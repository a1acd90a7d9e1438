"""The month closes: what stood in the ledger is frozen, becomes vouchers, and is kept for thirty years."""
