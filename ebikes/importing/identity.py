"""Identity documents, each kind by its own rule. The resident ID is checked by GB 11643 itself, without a list of areas:
such lists refuse people born in districts that have been renamed."""

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from operator import mul

from django.utils.translation import gettext_lazy as _

from core.shanghai import today
from ebikes.importing.problems import Problem
from ebikes.importing.text import MANY, Cell, as_text, compact
from ebikes.records.persons import PASSPORT, RESIDENT

_WEIGHTS = tuple(pow(2, 17 - i, 11) for i in range(17))
_OFFSET = 48 * sum(_WEIGHTS)
_CHECK = "10X98765432"  # ISO 7064 MOD 11-2, by remainder
_EIGHTEEN = re.compile(r"\d{17}[\dX]", re.ASCII)
_REGIONS_ABROAD = ("810000", "820000", "830000")


def _checked(number: str) -> str:
    digits = number[:17].encode()  # as character codes: 48 more than the digit
    if _CHECK[(sum(map(mul, digits, _WEIGHTS)) - _OFFSET) % 11] != number[17]:
        raise Problem("id_check", {"value": number})
    return number


def _born(number: str, text: str) -> None:
    born = _day(text)
    if born is None or born > today() or born.year < 1880:
        raise Problem("id_birth", {"value": number})


@lru_cache(MANY)
def _day(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None


_LIKE_X = "×✕✖*ХΧ✗╳"  # what stands for the X at the end where a keyboard offers it


def x_at_end(number: str) -> str:
    """A number, or its end, with an X for what only looks like one."""
    return f"{number[:-1]}X" if number[-1:] and number[-1] in _LIKE_X else number


def resident_id(number: str) -> str:
    """18 characters, a real birth date in the past, the right check character (GB 11643, ISO 7064 MOD 11-2)."""
    number = x_at_end(number)
    if not _EIGHTEEN.fullmatch(number):
        raise Problem("id_length", {"value": number})
    _born(number, number[6:14])
    return _checked(number)


def residence_permit(number: str) -> str:
    """Residence permit for people from Hong Kong, Macau (81, 82) and Taiwan (83): the same build as a resident ID."""
    if not number.startswith(_REGIONS_ABROAD):
        raise Problem("id_format", {"value": number})
    return resident_id(number)


_OLD_PERMANENT = re.compile(r"[A-Z]{3}\d{12}", re.ASCII)


def permanent_resident(number: str) -> str:
    """Foreign permanent resident card: since 2023 a 9 and 17 more; before, three letters and twelve digits."""
    if _OLD_PERMANENT.fullmatch(number):
        return number
    if not number.startswith("9"):
        raise Problem("id_format", {"value": number})
    return resident_id(number)


def _pattern(pattern: str) -> Callable[[str], str]:
    rule = re.compile(pattern, re.ASCII)

    def check(number: str) -> str:
        if not rule.fullmatch(number):
            raise Problem("id_format", {"value": number})
        return number

    return check


KINDS: dict[str, Callable[[str], str]] = {
    RESIDENT: resident_id,
    "港澳居民居住证": residence_permit,
    "台湾居民居住证": residence_permit,
    "港澳台居民居住证": residence_permit,
    "外国人永久居留身份证": permanent_resident,
    "港澳居民来往内地通行证": _pattern(r"[HM]\d{8}(\d{2})?"),
    "台湾居民来往大陆通行证": _pattern(r"\d{8}"),
    PASSPORT: _pattern(r"[A-Z0-9]{5,17}"),
}
# The same in the reader's language; what is stored is always the Chinese name.
CHOICES = (
    (RESIDENT, _("居民身份证")),
    ("港澳居民居住证", _("港澳居民居住证")),
    ("台湾居民居住证", _("台湾居民居住证")),
    ("港澳台居民居住证", _("港澳台居民居住证")),
    ("外国人永久居留身份证", _("外国人永久居留身份证")),
    ("港澳居民来往内地通行证", _("港澳居民来往内地通行证")),
    ("台湾居民来往大陆通行证", _("台湾居民来往大陆通行证")),
    ("护照", _("护照")),
)
SYNONYMS = {"": RESIDENT, "身份证": RESIDENT, "二代身份证": RESIDENT, "居民居住证": "港澳台居民居住证"}


@lru_cache(MANY)
def id_kind(cell: Cell) -> str:
    """The kind of document in its full name; an empty cell means a resident ID."""
    text = as_text(cell).replace(" ", "")
    kind = SYNONYMS.get(text, text)
    if kind not in KINDS:
        raise Problem("id_kind", {"value": text})
    return kind


def id_no(kind: str, cell: Cell) -> str:
    """The number, by the rule of its kind. A number of sixteen digits has lost its last ones and is refused as such."""
    if isinstance(cell, int | float) and not abs(cell) < 10**15:
        raise Problem("id_digits_lost", {"value": f"{cell:.0f}"})
    return KINDS[kind](cell if isinstance(cell, str) and _EIGHTEEN.fullmatch(cell) else compact(cell))
