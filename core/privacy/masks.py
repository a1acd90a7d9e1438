"""Personal data as screens and logs may show it, and how to know some when it turns up."""

import re
import unicodedata
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.db import models

from core.privacy.unreadable import Unreadable

if TYPE_CHECKING:
    _BinaryField = models.BinaryField[Any, Any]
else:
    _BinaryField = models.BinaryField


def _readable(mask: Callable[[str], str]) -> Callable[[str], str]:
    """A mask, but for the word that stands where nothing could be read."""

    @wraps(mask)
    def masked(value: str) -> str:
        return value if isinstance(value, Unreadable) else mask(value)

    return masked


@_readable
def mask_id(number: str) -> str:
    """`330105********1234`: what screens and logs may show of an identity document; of a shorter one, its end."""
    head, tail = (6, 4) if len(number) >= 18 else (0, 4) if len(number) > 8 else (0, 0)
    hidden = len(number) - head - tail
    return number[:head] + "*" * hidden + number[head + hidden :]


@_readable
def mask_phone(phone: str) -> str:
    """`138****5678`, whatever the prefix."""
    digits = phone.removeprefix("+86")
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) > 10 else "****"


@_readable
def mask_wallet(number: str) -> str:
    """Only the last four digits."""
    return f"****{number[-4:]}" if len(number) > 8 else "****"


def mask_address(address: str) -> str:
    """`203.0.*.*`, `2001:db8:*`: enough to know one's own."""
    if ":" in address:
        return ":".join([*address.split(":")[:2], "*"])
    parts = address.split(".")
    return ".".join([*parts[:2], "*", "*"]) if len(parts) == 4 else ""


@_readable
def mask_name(name: str) -> str:
    """Surname and stars, as a public notice prints it."""
    return name[:1] + "*" * max(1, len(name) - 1) if name else ""


_BY_COLUMN: dict[str, Callable[[str], str]] = {
    "owner_name": mask_name,
    "id_no": mask_id,
    "phone": mask_phone,
    "wallet_no": mask_wallet,
}
PERSONAL_FIELDS = frozenset(_BY_COLUMN)  # of a record that is typed: what tells who somebody is


def mask_field(key: str, value: str) -> str:
    """A field of a record as a screen may show it."""
    mask = _BY_COLUMN.get(key)
    return mask(value) if mask and value else value


_BLANKS = re.compile(r"[\s\-()·\u200b-\u200f\ufeff]+")


_PERSONAL = re.compile(
    r"(?<![0-9a-z])(?:"
    r"(?:\+?86)?1[3-9]\d{9}"  # a mobile phone
    r"|\d{6}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dx]"  # a resident ID, by its birth date
    r")(?![0-9a-z])",
    re.ASCII | re.IGNORECASE,
)


def looks_personal(text: str) -> bool:
    """Whether there is a mobile phone's or a resident ID's number in it, however it is written; not whether it is real."""
    return _PERSONAL.search(_BLANKS.sub("", unicodedata.normalize("NFKC", text))) is not None


_UNSEEN = re.compile(r"[\u200b-\u200f\ufeff]")
# In one piece or in fours: two days side by side have as many digits. With letters before it, it is a number of our own.
_WALLET = re.compile(r"(?<![0-9a-z])\d{4}([ -]*)\d{4}\1\d{4}\1\d{4}(?![0-9a-z])", re.ASCII | re.IGNORECASE)


def names_by_number(text: str) -> bool:
    """Whether text for people holds a number that `looks_personal`, or one as long as a digital-yuan wallet's (16)."""
    return (
        looks_personal(text)
        or _WALLET.search(_UNSEEN.sub("", unicodedata.normalize("NFKC", text))) is not None
    )
