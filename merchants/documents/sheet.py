"""Lines of text as a workbook."""

import re
from collections.abc import Sequence
from decimal import Decimal
from io import BytesIO

from openpyxl import Workbook

from core.exports.harmless import harmless
from merchants.documents.wording import plain

NUMBER = re.compile(r"[0-9,]*[0-9](\.[0-9]+)?")
WIDTHS = {"A": 30, "B": 24, "C": 16, "D": 24, "E": 20, "F": 20, "G": 20, "H": 60}


def sheet_xlsx(title: str, lines: Sequence[Sequence[str]]) -> bytes:
    """One sheet; numbers are numbers, and nothing is a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for letter, width in WIDTHS.items():
        sheet.column_dimensions[letter].width = width
    for line in lines:
        sheet.append([_value(text) for text in line])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _value(text: str) -> str | Decimal:
    return Decimal(text.replace(",", "")) if NUMBER.fullmatch(text) else harmless(plain(text))
