"""Accounts, second factors, counted attempts."""
