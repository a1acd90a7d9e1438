"""What a merchant prints or hands in: the commitment letter, the plaque, the monthly statement.

Pure functions from plain dataclasses to bytes, in the active language. The same letter, plaque or statement gives the
same PDF, byte for byte.
"""
