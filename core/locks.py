"""Work that one process does at a time, and what holds still meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def work_alone(lock: int, number: int) -> Iterator[bool]:
    """Whether no other worker is at this piece of work; and none will be, until it is done or this one dies."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [lock, number])
        (alone,) = cursor.fetchone()
        try:
            yield alone
        finally:
            if alone:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [lock, number])


def hold(lock: int | str, number: int | None = None, *, shared: bool = False) -> None:
    """Take a lock until this transaction ends; `shared`: together with others who share it. A name stands for its hash."""
    function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    first = "hashtext(%s)" if isinstance(lock, str) else "%s"
    with connection.cursor() as cursor:
        if number is None:
            cursor.execute(f"SELECT {function}({first})", [lock])
        else:
            cursor.execute(f"SELECT {function}({first}, %s)", [lock, number])
