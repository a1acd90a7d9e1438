"""How many fields a row of a text file may have: one more is a delimiter too many, and its cells stand in other columns."""

import re
from collections import Counter
from collections.abc import Sequence

from ebikes.importing.text import Cell

_THOUSANDS, _HUNDREDS = re.compile(r"[¥¥]?\d{1,3}"), re.compile(r"\d{3}(\.\d{1,2})?元?")


def usual_width(header: int, rows: Sequence[Sequence[Cell]], *, price: int) -> int:
    """As many as the header has; or one more, where every row ends in the same empty field.

    `price`: the place of the price. In a file in which each stands in two cells, as 2,999.00 without quotes, the last field
    may be empty everywhere, too.
    """
    filled = [row for row in rows if any(row)]
    widths = Counter(len(row) for row in filled)
    if len(filled) < 2 or set(widths) != {header + 1} or any(row[-1] for row in filled):
        return header
    return header if any(_is_split(row, price) for row in filled) else header + 1


def _is_split(row: Sequence[Cell], price: int) -> bool:
    if not 0 <= price < len(row) - 1:
        return False
    return bool(_THOUSANDS.fullmatch(str(row[price])) and _HUNDREDS.fullmatch(str(row[price + 1])))
