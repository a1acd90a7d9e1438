"""Which days belong to which scheme does not change while somebody goes by it."""

from django.db import connection

_CALENDAR = 330108  # an advisory lock; `schemes_stand_apart` (sql/schemes.sql) takes it alone


def lock_calendar(*, to_change: bool = False) -> None:
    """Until the transaction ends, no change of a scheme is approved; `to_change`: but by this transaction.

    Comes before the lock of any scheme.
    """
    share = "" if to_change else "_shared"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock{share}(%s)", [_CALENDAR])
