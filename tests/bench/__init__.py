"""How fast, against what: every figure is a ratio between two things measured in turn within the same run."""
