"""The tallies, added up."""

from django.db import connection


def fold_tallies() -> int:
    """Make one row of the many that moves have left for an hour and a state; return how many rows fewer there are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT fold_tallies()")
        return int(cursor.fetchone()[0])
