"""Digits that a spreadsheet lost before the file reached us: it keeps fifteen, and writes the others as zeros.

A check digit proves nothing: one in eleven rounded IDs passes it. Zeros alone prove nothing either, being one in a thousand
sound IDs: it is the company that they keep.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from ebikes.importing.characters import folded, unguarded
from ebikes.importing.flaws import Flaw
from ebikes.importing.text import MANY, Cell

KEPT = 15  # digits of a spreadsheet's number
_MOST = 10**KEPT
_POWER = re.compile(r"[+-]?(?:\d+[.,]\d+E[+-]?\d{1,3}|\d+E\+\d{1,3})", re.ASCII | re.IGNORECASE)
_ROUNDED = re.compile(r"(\d{15})(0+)(?:\.0*)?", re.ASCII)
_LONG = re.compile(r"\d{16,}(?:\.0*)?", re.ASCII)
_SURE = 4  # zeros beyond the fifteenth digit that no office's numbering ends in
_UNLIKELY = 3  # so many places at zero, and no other digit, over the cells of a column


def lost(cell: Cell) -> Flaw | None:
    """What a code's cell says of lost digits by itself: a long number, a power of ten, too many zeros at its end."""
    if isinstance(cell, str):
        if cell.isalnum() and cell.isascii():  # neither a point nor a sign: no power of ten
            return Flaw("digits_lost", cell) if cell.endswith(_SURE * "0") and _rounded(cell) else None
        return Flaw("digits_lost", cell) if _lost_text(cell) else None
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return None
    return None if abs(cell) < _MOST else Flaw("digits_lost", _written(cell))


@lru_cache(MANY)
def _lost_text(cell: str) -> bool:
    text = unguarded(folded(cell))
    zeros = _ROUNDED.fullmatch(text)
    return _POWER.fullmatch(text) is not None or (
        zeros is not None and ("." in text or len(zeros.group(2)) >= _SURE)
    )


def _rounded(text: str, zeros: int = _SURE) -> bool:
    found = _ROUNDED.fullmatch(text)
    return found is not None and len(found.group(2)) >= zeros


def _written(number: int | float) -> str:
    return (
        str(number) if isinstance(number, int) else (f"{number:.0f}" if abs(number) < 1e40 else str(number))
    )


def rounded(cell: Cell) -> bool:
    """Whether a code has sixteen digits or more, and nothing but zeros beyond the fifteenth."""
    return isinstance(cell, str) and len(cell) > KEPT and _rounded(unguarded(folded(cell)), 1)


def column_is_rounded(cells: Iterable[Cell], *, certain: bool) -> bool:
    """Whether a column of long numbers went through a spreadsheet as numbers: each ends in zeros, and too many do for that
    to be chance; or some do, and it is `certain` that the file lost digits."""
    long = {
        text for cell in cells if isinstance(cell, str) and _LONG.fullmatch(text := unguarded(folded(cell)))
    }
    zeros = {text for text in long if _ROUNDED.fullmatch(text)}
    if certain:
        return bool(zeros)
    return zeros == long and sum(len(text.partition(".")[0]) - KEPT for text in long) >= _UNLIKELY


def any_lost(cells: Iterable[Cell]) -> bool:
    """Whether any of these lost digits for certain."""
    return any(lost(cell) for cell in cells if cell)
