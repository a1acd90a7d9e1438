"""Ledger, orders and the operator's statement say the same of every payment, or it is a case that two people close."""
