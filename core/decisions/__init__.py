"""What people and workers decided bears a mark that only a process with keys can make: SQL alone decides nothing."""

from core.decisions.marks import Kind, astray, mark, unmarked

__all__ = ["Kind", "astray", "mark", "unmarked"]
