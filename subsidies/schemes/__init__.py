"""Schemes: budget, stages, policy; changes that two people make."""
