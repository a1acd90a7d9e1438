"""Districts side by side in one database: which rows belong to which, and who reads them (docs/adr/0040)."""
