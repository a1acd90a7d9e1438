"""Every fen explained: the chained ledger and its proof."""
