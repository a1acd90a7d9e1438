"""Telling PostgreSQL's planner what it cannot know: that the tables in play were filled a moment ago."""

from django.db.backends.utils import CursorWrapper


def expect_many_rows(cursor: CursorWrapper) -> None:
    """For the rest of this transaction, join by hash or merge.

    Without statistics the planner takes a fresh table, a CTE or a transition table for a handful of rows and loops over
    all pairs: seconds instead of milliseconds at some thousand rows, hours at a million.
    """
    cursor.execute("SET LOCAL enable_nestloop = off")
    sort_in_memory(cursor)


def sort_in_memory(cursor: CursorWrapper) -> None:
    """For the rest of this transaction, sort a few hundred thousand rows without a detour over the disk."""
    cursor.execute("SET LOCAL work_mem = '128MB'")
