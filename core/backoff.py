"""When to ask again what was not answered."""

from datetime import timedelta

from django.conf import settings

LONGEST_WAIT = timedelta(hours=1)


def wait_after(attempt: int) -> timedelta:
    """How long to wait after the so-manieth attempt (1 is the first): `CHECK_RETRY_SECONDS`, doubling, up to an hour."""
    return min(timedelta(seconds=settings.CHECK_RETRY_SECONDS * 2 ** min(attempt - 1, 20)), LONGEST_WAIT)
