"""Forms as a workbook that prints as the PDF does: a sheet for each kind of form, one below the other, a page each."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from itertools import groupby
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet

from core.exports.harmless import harmless
from core.money import exact_yuan
from core.shanghai import local
from merchants.documents.wording import plain
from subsidies.closing.papers.form import MONEY, Form, Value, in_words

_LINE = Side(style="thin", color="1C2420")
FRAME = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
SHADE = PatternFill("solid", fgColor="F1F5F3")
ALIGN = {"left": "left", "centre": "center", "right": "right"}
# Papers that a spreadsheet knows by number; it prints others as the printer has them.
PAPER = {"A4": 9, "A5": 11, "B5": 13}
MM_A_CHARACTER = 1.9


def forms_xlsx(forms: Sequence[Form], made_at: datetime) -> bytes:
    """All forms; amounts are numbers, nothing is a formula. `made_at` (aware) is the workbook's own date."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, same in groupby(forms, key=lambda form: form.layout.title):
        _fill(book.create_sheet(_sheet_name(title)), list(same))
    book.properties.creator = forms[0].layout.unit
    book.properties.created = local(made_at).replace(tzinfo=None)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _sheet_name(title: str) -> str:
    """What a spreadsheet takes as a name."""
    return "".join("-" if letter in "[]:*?/\\" else letter for letter in plain(title))[:31].strip("'") or "1"


def _fill(sheet: Worksheet, forms: Sequence[Form]) -> None:
    layout = forms[0].layout
    sheet.page_setup.orientation = "landscape" if layout.landscape else "portrait"
    sheet.page_setup.paperSize = PAPER.get(layout.paper)  # None: the printer's own
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True  # type: ignore[union-attr]
    sheet.print_options.horizontalCentered = True
    sheet.page_margins = PageMargins(left=0.4, right=0.4, top=0.5, bottom=0.75, footer=0.35)
    footer: Any = sheet.oddFooter
    footer.left.text, footer.right.text = plain(layout.footer), "&P / &N"
    for number, column in enumerate(layout.columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = column.width / MM_A_CHARACTER
    row = 1
    for at, form in enumerate(forms):
        row = _Block(sheet, form, row).write()
        if at < len(forms) - 1:
            sheet.row_breaks.append(Break(id=row - 1))


class _Block:
    """One form from a row on."""

    def __init__(self, sheet: Worksheet, form: Form, row: int) -> None:
        self._sheet, self._form, self._row = sheet, form, row
        self._columns = form.layout.columns
        self._last = len(self._columns)

    def write(self) -> int:
        """Return the row after it."""
        form = self._form
        self._text(1, self._last, form.layout.title, "centre", Font(size=16, bold=True), height=28)
        self._heads()
        for number, column in enumerate(self._columns, 1):
            self._cell(number, column.heading, "centre").fill = SHADE
        self._next()
        for each in form.rows:
            for number, column in enumerate(self._columns, 1):
                value = each.get(column.field, "")
                self._cell(number, self._value(column.field, value), form.layout.align(column.field))
            self._next(self._height(each))
        self._total()
        for text in form.below:
            self._text(1, self._last, text, "left")
        self._signs()
        return self._row + 1

    def _heads(self) -> None:
        """The middle one below the title; the other two from both ends, as near to the half as whole columns come."""
        left, middle, right = self._form.heads
        self._text(1, self._last, middle, "centre")
        half = sum(column.width for column in self._columns) / 2
        across, split = 0, 1
        for split, column in enumerate(self._columns[:-1], 1):  # noqa: B007 - where it stops is what is looked for
            across += column.width
            if across >= half:
                break
        self._put(1, split, left, "left")
        self._put(split + 1, self._last, right, "right")
        self._next()

    def _height(self, row: dict[str, Value]) -> float:
        """Of a row, with as many lines as its longest text takes; a Chinese character is two wide."""
        lines = 1
        for column in self._columns:
            text = in_words(column.field, row.get(column.field, ""))
            wide = len(text) + sum(not letter.isascii() for letter in text)
            lines = max(lines, -(-int(wide * MM_A_CHARACTER + 2) // column.width))
        return 8 + 13 * lines

    def _total(self) -> None:
        label, sums = self._form.total
        first = self._form.summed_from
        for number in range(1, self._last + 1):
            self._cell(number, "", "left")
        self._put(1, first, label, "left")
        for number, column in enumerate(self._columns[first:], first + 1):
            if column.field in sums:
                self._cell(number, self._value(column.field, sums[column.field]), "right")
        self._next(24)

    def _signs(self) -> None:
        places = list(self._form.signed())
        room = "\u3000" * 8  # to sign in, or for a seal
        line = room.join(f"{label}：{name}" for label, name, _seal in places)
        sealed = any(seal for _label, _name, seal in places)
        self._put(1, self._last, line, "left", plainly=False)
        self._next(110 if sealed else 36)

    def _value(self, field: str, value: Value) -> object:
        return exact_yuan(value) if field in MONEY and isinstance(value, int) else value

    def _cell(self, number: int, value: object, align: str) -> Any:
        cell: Any = self._sheet.cell(self._row, number)
        cell.value = harmless(plain(value)) if isinstance(value, str) else value
        cell.border = FRAME
        cell.alignment = Alignment(horizontal=ALIGN[align], vertical="center", wrap_text=True)
        if not isinstance(value, str):
            cell.number_format = "#,##0" if isinstance(value, int) else "#,##0.00"
        return cell

    def _put(self, first: int, last: int, text: str, align: str, *, plainly: bool = True) -> None:
        """A text over some columns of this row."""
        cell = self._sheet.cell(self._row, first)
        cell.value = harmless(plain(text) if plainly else text)
        cell.alignment = Alignment(horizontal=ALIGN[align], vertical="center", wrap_text=True)
        if last > first:
            self._sheet.merge_cells(
                start_row=self._row, end_row=self._row, start_column=first, end_column=last
            )

    def _text(
        self, first: int, last: int, text: str, align: str, font: Font | None = None, height: float = 20
    ) -> None:
        self._put(first, last, text, align)
        if font is not None:
            self._sheet.cell(self._row, first).font = font
        self._next(height)

    def _next(self, height: float = 20) -> None:
        self._sheet.row_dimensions[self._row].height = height
        self._row += 1
