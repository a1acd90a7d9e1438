"""Proofs under race and crash."""
