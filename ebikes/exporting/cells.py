"""A value as a spreadsheet's cell: readable, and nothing that runs."""

import json
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from ebikes.importing.report import harmless

Cell = str | int | Decimal

LONGEST = 32_767  # characters that a spreadsheet's cell holds
_DIGITS = 15  # that a spreadsheet's number keeps
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_NUMBER_IN_DISGUISE = re.compile(rf"\d{{{_DIGITS},}}|0\d+|\d+[Ee]\d+")


def cell(value: Any) -> Cell:
    """Times in local time, lists as one text, long numbers as text; an unknown thing as it calls itself."""
    written = next((write for kinds, write in _WAYS if isinstance(value, kinds)), str)(value)
    return _text(written) if isinstance(written, str) else written


def _whole(number: int) -> Cell:
    return number if abs(number) < 10**_DIGITS else str(number)


# The first that fits: True is an int too, and a datetime a date.
_WAYS: tuple[tuple[tuple[type, ...], Callable[[Any], Cell]], ...] = (
    ((type(None),), lambda value: ""),
    ((bool,), lambda value: _("是") if value else _("否")),
    ((int,), _whole),
    ((Decimal,), lambda value: value),
    ((datetime,), lambda value: f"{localtime(value):%Y-%m-%d %H:%M:%S}"),
    ((date,), lambda value: value.isoformat()),
    ((bytes, memoryview), lambda value: bytes(value).hex()),
    ((list, tuple), lambda value: "、".join(str(each) for each in value)),
    ((dict,), lambda value: json.dumps(value, ensure_ascii=False) if value else ""),
)


def _text(text: str) -> str:
    """Text that a spreadsheet shows and does not run."""
    return harmless(_UNPRINTABLE.sub("", text))[:LONGEST]


def as_written(value: Cell) -> str:
    """A cell as CSV, which knows no texts: one of digits says that it is no number, or it would lose some."""
    text = str(value)
    return f"'{text}" if isinstance(value, str) and _NUMBER_IN_DISGUISE.fullmatch(text) else text
