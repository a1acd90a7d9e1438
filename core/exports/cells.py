"""A value as a spreadsheet's cell: readable, and nothing that runs."""

import json
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core.exports.harmless import harmless
from core.shanghai import to_the_second

Cell = str | int | Decimal

LONGEST = 32_767  # characters that a spreadsheet's cell holds
_DIGITS = 15  # that a spreadsheet's number keeps
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_NUMBER_IN_DISGUISE = re.compile(rf"\d{{{_DIGITS},}}|0\d+|\d+[Ee]\d+")


def cell(value: Any) -> Cell:
    """Times in local time, lists as one text, long numbers as text; an unknown thing as it calls itself."""
    write = _WAYS.get(type(value))
    return write(value) if write else _text(str(value))


def _text(text: str) -> str:
    """Text that a spreadsheet shows and does not run."""
    return harmless(printable(text))


def printable(text: str) -> str:
    """Text without what XML cannot hold, as long as a cell may be."""
    return _UNPRINTABLE.sub("", text)[:LONGEST]


def _whole(number: int) -> Cell:
    return number if abs(number) < 10**_DIGITS else str(number)


_WAYS: dict[type, Callable[[Any], Cell]] = {
    type(None): lambda value: "",
    bool: lambda value: _("是") if value else _("否"),
    int: _whole,
    Decimal: lambda value: value,
    datetime: to_the_second,
    date: date.isoformat,
    bytes: bytes.hex,
    memoryview: lambda value: value.hex(),
    list: lambda value: _text(_("、").join(str(each) for each in value)),
    dict: lambda value: _text(json.dumps(value, ensure_ascii=False)) if value else "",
}


def as_written(value: Cell) -> str:
    """A cell as CSV, which knows no texts: one of digits says that it is no number, or it would lose some."""
    text = str(value)
    if not isinstance(value, str) or not text[:1].isdigit() or not _NUMBER_IN_DISGUISE.fullmatch(text):
        return text
    return f"'{text}"
