"""What one example of many does is undone before the next begins: no two schemes share a day."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction


@contextmanager
def undone() -> Iterator[None]:
    """What is done inside is rolled back. Also a decorator, below `@given`."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
