"""What PostgreSQL keeps as text, and what it does not."""

import re

_NOT_KEPT = re.compile("[\0\ud800-\udfff]")


def unstorable(text: str) -> bool:
    """Whether there is a character in it that no column takes: NUL, or half of a surrogate pair."""
    return _NOT_KEPT.search(text) is not None


def is_key(text: str) -> bool:
    """Whether it can be a row's number."""
    return text.isascii() and text.isdecimal() and len(text) < 19
