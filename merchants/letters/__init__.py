"""The commitment letter: its text, signed, posted."""
