"""Files that came in, their rows and verdicts."""
