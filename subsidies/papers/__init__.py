"""Paper evidence: what stands in for a system that does not answer or is wrong, or shows who stands for the owner."""
