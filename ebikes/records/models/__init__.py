"""Filed bikes, owners, trade-ins, drafts and photos."""
