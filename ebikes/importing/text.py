"""Cells as text: what a spreadsheet holds, without what hands and programs left around it."""

import re
import unicodedata
from functools import lru_cache
from typing import Any

Cell = Any  # str | int | float | bool | datetime | date | time | None
MANY = 65536

_SPACES = re.compile(r"[\s\u200b-\u200f\u2028-\u202f\u2060\ufeff]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060\ufeff]+")
_PLAIN = re.compile(r"(?!')[\x21-\x7e]*")
_GUARD = re.compile(
    r"^'(?=[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]|\d)"
)  # what our own downloads put before a cell that looks like a formula, or like a number that would lose digits


def as_text(cell: Cell) -> str:
    """The cell as text: half-width, trimmed. A whole number loses the `.0` that a spreadsheet gave it."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        if _PLAIN.fullmatch(cell):
            return cell
        return _CONTROL.sub(" ", unicodedata.normalize("NFKC", _GUARD.sub("", cell))).strip()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def compact(cell: Cell) -> str:
    """As text, with every blank removed and letters upper: codes and numbers."""
    text = as_text(cell)
    return _SPACES.sub("", text).upper()


@lru_cache(MANY)
def free_text(cell: Cell) -> str:
    """Text for people: inner runs of blanks become one."""
    return " ".join(as_text(cell).split())
