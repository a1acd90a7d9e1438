"""A long table on A4: its header on every page, sums under its last row, and how many pages there are."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Literal, NamedTuple

from reportlab.lib.colors import Color
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from merchants.documents.fonts import embedded
from merchants.documents.paper import LEADING, LINE, SHADE, SOFT, Box, Look, Text, blank, fitted, put
from merchants.documents.wording import numbering

PAGE = landscape(A4)
LEFT, TOP, BOTTOM = 12 * mm, 181 * mm, 17 * mm
HEADS = (
    (Box.mm(12, 191, 190, 10), Box.mm(205, 191, 80, 10), 16),
    (Box.mm(12, 183, 190, 7), Box.mm(205, 183, 80, 7), 10),
)
NUMBERING = Box.mm(12, 8, 273, 5)
SIZE, PAD, MOST_LINES = 8.5, 2.5, 3


class Column(NamedTuple):
    """A column; widths are in millimetres, all together 273."""

    title: str
    width: float
    align: Literal["left", "centre", "right"] = "left"


class Sum(NamedTuple):
    """A line under the table: what is summed, and the sum as it stands in its column."""

    label: str
    figure: str


@dataclass(frozen=True)
class Table:
    """All that is printed, in words, each text one line. `heads` are two lines (left, right) on top of every page;
    `nothing` stands where there are no rows; `summed` is the column of the sums."""

    heads: tuple[tuple[str, str], tuple[str, str]]
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    nothing: str
    sums: Sequence[Sum]
    summed: int

    def texts(self) -> Iterator[str]:
        yield self.nothing
        for line in (*self.heads, *self.sums, *self.rows):
            yield from line
        yield from (column.title for column in self.columns)


class _Row(NamedTuple):
    cells: list[Text]
    height: float


def table_pdf(table: Table) -> bytes:
    """The table on A4 across."""
    out = BytesIO()
    with embedded((numbering(0, 0), *table.texts())) as font:
        canvas = blank(out, PAGE, font, " ".join(table.heads[0]))
        header = _row([column.title for column in table.columns], table, font)
        rows = (_row(texts, table, font) for texts in table.rows)
        sheets = _sheets(rows, TOP - BOTTOM - header.height, len(table.sums) * _height(1))
        for number, sheet in enumerate(sheets, 1):
            _draw_heads(canvas, table, font)
            bottom = _draw_rows(canvas, table, header, sheet)
            if number == len(sheets):
                _draw_end(canvas, table, font, bottom)
            put(canvas, numbering(number, len(sheets)), Look(font, 8, SOFT, "centre"), NUMBERING)
            canvas.showPage()
        canvas.save()
    return out.getvalue()


def _height(lines: int) -> float:
    return lines * SIZE * LEADING + 2 * PAD


def _row(texts: Sequence[str], table: Table, font: str) -> _Row:
    cells = [
        fitted(
            text,
            Look(font, SIZE, align=column.align),
            column.width * mm - 2 * PAD,
            MOST_LINES * SIZE * LEADING,
        )
        for text, column in zip(texts, table.columns, strict=True)
    ]
    return _Row(cells, max(cell.height for cell in cells) + 2 * PAD)


def _sheets(rows: Iterable[_Row], room: float, end: float) -> list[list[_Row]]:
    """The rows by page; `end` is the height of what follows the last one."""
    sheets: list[list[_Row]] = [[]]
    used = 0.0
    for row in rows:
        if used + row.height > room:
            sheets.append([])
            used = 0.0
        sheets[-1].append(row)
        used += row.height
    if used + end > room:
        sheets.append([])
    return sheets


def _draw_heads(canvas: Canvas, table: Table, font: str) -> None:
    for (left, right), (left_box, right_box, size) in zip(table.heads, HEADS, strict=True):
        put(canvas, left, Look(font, size), left_box)
        put(canvas, right, Look(font, size, align="right"), right_box)


def _draw_rows(canvas: Canvas, table: Table, header: _Row, rows: list[_Row]) -> float:
    """Draw the header and a page's rows; return where they end."""
    canvas.setFillColor(SHADE)
    canvas.rect(LEFT, TOP - header.height, _across(table.columns), header.height, stroke=0, fill=1)
    _rule(canvas, table, TOP, SOFT)
    y = TOP
    for row in (header, *rows):
        y -= row.height
        x = LEFT
        for cell, column in zip(row.cells, table.columns, strict=True):
            cell.draw(canvas, Box(x + PAD, y, column.width * mm - 2 * PAD, row.height))
            x += column.width * mm
        _rule(canvas, table, y, LINE)
    return y


def _draw_end(canvas: Canvas, table: Table, font: str, y: float) -> None:
    """Below the last row: that there was none, and the sums in their column."""
    look, height = Look(font, SIZE), _height(1)
    if not table.rows:
        y -= height
        put(
            canvas, table.nothing, replace(look, align="centre"), Box(LEFT, y, _across(table.columns), height)
        )
    _rule(canvas, table, y, SOFT)
    before, column = _across(table.columns[: table.summed]), table.columns[table.summed]
    for label, figure in table.sums:
        y -= height
        right = replace(look, align="right")
        put(canvas, label, right, Box(LEFT + PAD, y, before - 2 * PAD, height))
        put(canvas, figure, right, Box(LEFT + before + PAD, y, column.width * mm - 2 * PAD, height))


def _across(columns: Iterable[Column]) -> float:
    return sum(column.width for column in columns) * mm


def _rule(canvas: Canvas, table: Table, y: float, colour: Color) -> None:
    canvas.setStrokeColor(colour)
    canvas.setLineWidth(0.5)
    canvas.line(LEFT, y, LEFT + _across(table.columns), y)
