"""Eligibility: the systems asked, the engine's verdict kept with its evidence; the pre-check."""
