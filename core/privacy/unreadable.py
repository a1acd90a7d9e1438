"""A sealed value that does not open, on a page that only shows: its place is taken by a word, and an alarm goes to the log.

Whatever changes or sends anything still stops there: a word is never saved, paid to, or compared with.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.utils.translation import gettext

_showing: ContextVar[bool] = ContextVar("showing", default=False)


class Unreadable(str):
    """The word that stands there; no mask changes it."""

    __slots__ = ()


@contextmanager
def showing() -> Iterator[None]:
    """While a request that changes nothing is answered."""
    token = _showing.set(True)
    try:
        yield
    finally:
        _showing.reset(token)


def only_shown() -> bool:
    """Whether what is read now is only to be shown."""
    return _showing.get()


def in_its_place() -> Unreadable:
    """What the page says there, in the reader's language."""
    return Unreadable(gettext("无法解密"))
