"""Reading fields of JSON that nobody has vouched for. Every function raises `garbage()` on a bad value."""

import re
import unicodedata
from collections.abc import Mapping, Set
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from ebikes.licensing.errors import garbage, unknown_word

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
CLOCK_SKEW = timedelta(days=1)
UNFIT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")  # control characters, halves of surrogate pairs

_NOT_OF_A_CODE = re.compile(r"[\W_]+")

Fields = Mapping[str, object]


def fields_of(value: object) -> Fields:
    """A JSON object."""
    if not isinstance(value, dict):
        raise garbage()
    return value


def items_of(fields: Fields, key: str) -> list[Fields]:
    """A list of JSON objects."""
    value = fields.get(key)
    if not isinstance(value, list):
        raise garbage()
    return [fields_of(item) for item in value]


def text(fields: Fields, key: str, *, longest: int = 64) -> str:
    """A text of 1 to `longest` characters, printable."""
    value = fields.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= longest or UNFIT.search(value):
        raise garbage()
    return value


def optional_text(fields: Fields, key: str) -> str:
    """Like `text`, or "" where the field is null."""
    return "" if key in fields and fields[key] is None else text(fields, key)


def word(fields: Fields, key: str, known: Set[str]) -> str:
    """One of a closed list of words, to the letter. Another one, padded or reworded, raises `unknown_word()`."""
    value = text(fields, key, longest=32)
    if value not in known:
        raise unknown_word()
    return value


def fold(code: str) -> str:
    """A plate or code without what offices write into it: full width, blanks, dots, hyphens, small letters."""
    return _NOT_OF_A_CODE.sub("", unicodedata.normalize("NFKC", code)).upper()


def folded(fields: Fields, key: str) -> str:
    """A code, folded; it has at least one character then."""
    value = fold(text(fields, key, longest=32))
    if not value:
        raise garbage()
    return value


def id_no(fields: Fields, key: str) -> str:
    """An identity number of any kind, in capitals."""
    value = text(fields, key, longest=32).upper()
    if not re.fullmatch(r"[0-9A-Z()]{5,32}", value):
        raise garbage()
    return value


def moment(fields: Fields, key: str) -> datetime:
    """An ISO 8601 time with its offset, of this century and not in the future. Returned aware."""
    try:
        value = datetime.fromisoformat(text(fields, key))
    except ValueError as error:
        raise garbage() from error
    if value.tzinfo is None or not EARLIEST <= value <= timezone.now() + CLOCK_SKEW:
        raise garbage()
    return value


def optional_moment(fields: Fields, key: str) -> datetime | None:
    """Like `moment`, or None where the field is null. A missing field is garbage: silence is no answer."""
    if key in fields and fields[key] is None:
        return None
    return moment(fields, key)
