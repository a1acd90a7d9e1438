"""Tables written row by row to a stream that only goes forward: CSV, and XLSX.

openpyxl's own way to write long sheets keeps all of it in a temporary file, unsealed, until it is done. So the sheets'
rows are written here, straight into the archive; everything around them, which is small, is openpyxl's.
"""

import csv
import io
import zipfile
from collections.abc import Sequence
from decimal import Decimal
from typing import BinaryIO, Protocol
from xml.sax.saxutils import escape

from openpyxl import Workbook
from openpyxl.styles import Font

from core.exports.cells import Cell, as_written, printable

ROWS_A_SHEET = 1_048_576  # the format's limit, the titles included
BYTES_A_SHEET = 2**30  # well below what an archive's entry may have when its size is not known beforehand
WIDTH = 20
_SHEETS = "xl/worksheets/sheet"
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews>'
    '<sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView>'
    '</sheetViews><cols><col min="1" max="{columns}" width="{width}" customWidth="1"/></cols><sheetData>'
)
_TAIL = "</sheetData></worksheet>"


class Sheet(Protocol):
    """Where rows go."""

    def write(self, row: Sequence[Cell]) -> None: ...
    def close(self) -> None: ...


class CsvSheet:
    """CSV with the mark in front by which spreadsheets know UTF-8."""

    def __init__(self, out: BinaryIO, headers: Sequence[str]) -> None:
        self._text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._text)
        self.write(headers)

    def write(self, row: Sequence[Cell]) -> None:
        self._writer.writerow([as_written(cell) for cell in row])

    def close(self) -> None:
        self._text.detach()


class XlsxSheet:
    """A workbook; what does not fit on one sheet goes on on another, under the same titles."""

    def __init__(self, out: BinaryIO, headers: Sequence[str]) -> None:
        self._archive = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=3)
        self._headers = headers
        self._book = Workbook()
        self._styles = _styles(self._book)
        self._sheets = 0
        self._open()

    def write(self, row: Sequence[Cell]) -> None:
        if self._rows >= ROWS_A_SHEET or self._bytes >= BYTES_A_SHEET:
            self._shut()
            self._open()
        self._put(f"<row>{''.join([self._cell(cell) for cell in row])}</row>")
        self._rows += 1

    def close(self) -> None:
        self._shut()
        self._frame()
        self._archive.close()

    def _open(self) -> None:
        self._sheets += 1
        self._entry = self._archive.open(f"{_SHEETS}{self._sheets}.xml", "w")
        self._rows, self._bytes = 1, 0
        self._put(_HEAD.format(columns=len(self._headers), width=WIDTH))
        titles = "".join(_text(title, self._styles["title"]) for title in self._headers)
        self._put(f"<row>{titles}</row>")

    def _shut(self) -> None:
        self._put(_TAIL)
        self._entry.close()

    def _put(self, xml: str) -> None:
        data = xml.encode()
        self._entry.write(data)
        self._bytes += len(data)

    def _cell(self, cell: Cell) -> str:
        if isinstance(cell, str):
            return _text(cell) if cell else "<c/>"
        if isinstance(cell, Decimal):
            return f'<c s="{self._styles["money"]}"><v>{cell}</v></c>'
        return f"<c><v>{cell}</v></c>"

    def _frame(self) -> None:
        """The rest of the archive: openpyxl's, of a workbook with as many empty sheets."""
        for number in range(1, self._sheets + 1):
            self._book.create_sheet(str(number))
        whole = io.BytesIO()
        self._book.save(whole)
        with zipfile.ZipFile(whole) as empty:
            for name in empty.namelist():
                if not name.startswith(_SHEETS):
                    self._archive.writestr(name, empty.read(name))


class TextSheet(XlsxSheet):
    """A workbook in which every cell is text and stays text: what is sent back by people who open and save it."""

    def _cell(self, cell: Cell) -> str:
        return (
            _text(printable(str(cell)), self._styles["text"])
            if cell != ""
            else f'<c s="{self._styles["text"]}"/>'
        )


def _styles(book: Workbook) -> dict[str, int]:
    """The numbers of the styles in a workbook, which has no sheet afterwards."""
    sheet = book.worksheets[0]
    sheet["A1"].font = Font(bold=True)
    sheet["B1"].number_format = "0.00"
    sheet["C1"].number_format = "@"
    found = {"title": sheet["A1"].style_id, "money": sheet["B1"].style_id, "text": sheet["C1"].style_id}
    book.remove(sheet)
    return found


def _text(text: str, style: int = 0) -> str:
    styled = f' s="{style}"' if style else ""
    return f'<c{styled} t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'
