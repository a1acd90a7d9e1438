"""Cells as text: what a spreadsheet holds, without what hands and programs left around it."""

import re
from functools import lru_cache
from typing import Any

from ebikes.importing.characters import folded, narrowed, unguarded
from ebikes.importing.flaws import Flaw
from ebikes.importing.problems import Problem

Cell = Any  # str | int | float | datetime | date | Flaw | None
MANY = 65536

_CODE = re.compile(r"[0-9A-Z-]*")
_GUARDS = "='‘’′´`‵"
_SPACES = re.compile(r"\s+")
_PLAIN = re.compile(r"(?!['`=])[\x21-\x25\x27-\x3b\x3d-\x5e\x61-\x7e]*")  # no blank, &, <, _ or back-tick
_GUARD = re.compile(
    r"^'(?=[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]|\d)"
)  # what our own downloads put before a cell that looks like a formula, or like a number that would lose digits
_WHOLE = re.compile(r"(\d+)\.0+", re.ASCII)


def as_text(cell: Cell) -> str:
    """The cell as text: half-width, trimmed. A whole number loses the `.0` that a spreadsheet gave it.

    Raises Problem for a cell that holds no value to be read.
    """
    if cell is None:
        return ""
    if isinstance(cell, str):
        if _PLAIN.fullmatch(cell):
            return cell
        text = folded(_GUARD.sub("", cell))
        return unguarded(text) if text.startswith('="') else text
    if isinstance(cell, Flaw):
        raise Problem(cell.kind, {"value": cell.text})
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def compact(cell: Cell) -> str:
    """As text, without blanks and guards, and letters upper: codes and numbers, however they were copied."""
    if isinstance(cell, str):
        if _CODE.fullmatch(cell):
            return cell
        text = narrowed(cell)
        if text[:1] in _GUARDS:
            text = unguarded(text)
    else:
        text = as_text(cell)
    text = _SPACES.sub("", text).upper()
    whole = _WHOLE.fullmatch(text)
    return whole.group(1) if whole else text


@lru_cache(MANY)
def free_text(cell: Cell) -> str:
    """Text for people: inner runs of blanks become one."""
    return " ".join(as_text(cell).split())
