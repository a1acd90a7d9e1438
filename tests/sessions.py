"""What happens at the same moment: other sessions of the database, whose transactions stay open as long as a test wants."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def in_another_session(what: Callable[..., object], *args: object) -> Iterator[None]:
    """Do it in a session whose transaction stays open until the end of the block."""
    done, over = threading.Event(), threading.Event()

    def session() -> None:
        try:
            with transaction.atomic():
                what(*args)
                done.set()
                over.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=session)
    thread.start()
    assert done.wait(10)
    try:
        yield
    finally:
        over.set()
        thread.join(10)


def impatient() -> None:
    """For the rest of this transaction, whoever has to wait for a lock is refused."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '100ms'")


def until_somebody_waits() -> None:
    """Return once another session waits for a lock."""
    waiting = 0
    while not waiting:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()")
            waiting = cursor.fetchone()[0]
