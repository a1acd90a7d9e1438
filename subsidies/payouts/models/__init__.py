"""Payouts in digital yuan: a maker builds a batch, somebody else releases it, the operator is asked until it answers."""
