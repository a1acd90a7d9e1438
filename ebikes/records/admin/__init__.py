"""The staff's pages of records."""
