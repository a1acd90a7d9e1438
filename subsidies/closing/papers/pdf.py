"""Forms as PDF, in their layouts. The same forms give the same bytes."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import BytesIO

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from merchants.documents.fonts import embedded
from merchants.documents.paper import INK, LEADING, SHADE, SOFT, Box, Look, Text, blank, fitted, put
from merchants.documents.wording import numbering, plain
from subsidies.closing.layouts import MARGIN
from subsidies.closing.papers.form import Form, Value, in_words

SIZE, PAD, MOST_LINES, LEAST = 9, 4, 4, 7 * mm  # of a row: letters, room beside and around them, its height
TITLE, HEADS, FOOT = 9 * mm, 6 * mm, 8 * mm
SIGN, SEAL = 11 * mm, 34 * mm  # the height of a line to sign on, and of a place for a seal


def forms_pdf(forms: Sequence[Form], title: str) -> bytes:
    """All forms in one document, pages counted through."""
    out = BytesIO()
    with embedded([numbering(0, 0), title, *(text for form in forms for text in _texts(form))]) as font:
        pages = [page for form in forms for page in _pages(form, font)]
        canvas = blank(out, _size(forms[0]), font, title)
        for number, (form, rows, last) in enumerate(pages, 1):
            canvas.setPageSize(_size(form))
            _Page(canvas, form, font).draw(rows, numbering(number, len(pages)), last=last)
            canvas.showPage()
        canvas.save()
    return out.getvalue()


def _size(form: Form) -> tuple[float, float]:
    width, height = form.layout.size
    return width * mm, height * mm


def _texts(form: Form) -> Iterator[str]:
    yield from (
        form.layout.title,
        form.layout.unit,
        form.layout.footer,
        form.total[0],
        *form.heads,
        *form.below,
    )
    yield from (column.heading for column in form.layout.columns)
    yield from (f"{label}：{name}" for label, name, _seal in form.signed())
    yield from (in_words(field, value) for row in form.rows for field, value in row.items())


Row = tuple[list[Text], float]


def _pages(form: Form, font: str) -> Iterator[tuple[Form, list[Row], bool]]:
    """The rows by page, each page as full as it may be; the last has room for the sums and the places to sign."""
    room = _size(form)[1] - 2 * MARGIN * mm - TITLE - HEADS - LEAST - FOOT
    end = LEAST * (1 + len(form.below)) + _sign_height(form)
    page: list[Row] = []
    used = 0.0
    for row in (_row(form, each, font) for each in form.rows):
        if page and used + row[1] > room:
            yield form, page, False
            page, used = [], 0.0
        page.append(row)
        used += row[1]
    if page and used + end > room:
        yield form, page[:-1], False
        page = page[-1:]
    yield form, page, True


def _sign_height(form: Form) -> float:
    return SEAL if any(seal for _label, _name, seal in form.signed()) else SIGN


def _row(form: Form, values: dict[str, Value], font: str) -> Row:
    cells = []
    for column in form.layout.columns:
        look = Look(font, SIZE, align=form.layout.align(column.field))
        text = in_words(column.field, values.get(column.field, ""))
        cells.append(fitted(text, look, column.width * mm - 2 * PAD, MOST_LINES * SIZE * LEADING))
    return cells, max(LEAST, *(cell.height + PAD for cell in cells))


class _Page:
    """One page of a form."""

    def __init__(self, canvas: Canvas, form: Form, font: str) -> None:
        self._canvas, self._form, self._font = canvas, form, font
        self._across = sum(column.width for column in form.layout.columns) * mm
        width, self._top = _size(form)
        self._left = (width - self._across) / 2
        self._edges = [self._left]
        for column in form.layout.columns:
            self._edges.append(self._edges[-1] + column.width * mm)

    def draw(self, rows: list[Row], number: str, *, last: bool) -> None:
        y = self._heads()
        headings = [
            fitted(
                plain(column.heading),
                Look(self._font, SIZE, align="centre"),
                column.width * mm - 2 * PAD,
                LEAST,
            )
            for column in self._form.layout.columns
        ]
        self._canvas.setFillColor(SHADE)
        self._canvas.rect(self._left, y - LEAST, self._across, LEAST, stroke=0, fill=1)
        y = self._line((headings, LEAST), y)
        for row in rows:
            y = self._line(row, y)
        if last:
            y = self._total(y)
            for text in self._form.below:
                y -= LEAST
                put(
                    self._canvas,
                    plain(text),
                    Look(self._font, SIZE),
                    Box(self._left + PAD, y, self._across, LEAST),
                )
            self._signs(y)
        foot = Box(self._left, MARGIN * mm - 2 * mm, self._across, 5 * mm)
        small = Look(self._font, 7.5, SOFT)
        put(self._canvas, plain(self._form.layout.footer), small, foot._replace(width=foot.width * 0.8))
        put(self._canvas, number, replace(small, align="right"), foot)

    def _heads(self) -> float:
        layout, y = self._form.layout, self._top - MARGIN * mm - TITLE
        put(
            self._canvas,
            plain(layout.title),
            Look(self._font, 16, align="centre"),
            Box(self._left, y, self._across, TITLE),
        )
        y -= HEADS
        third = self._across / 3
        left = Look(self._font, SIZE)
        looks = (left, replace(left, align="centre"), replace(left, align="right"))
        for at, (text, look) in enumerate(zip(self._form.heads, looks, strict=True)):
            put(self._canvas, plain(text), look, Box(self._left + at * third, y, third, HEADS))
        return y - 1 * mm

    def _line(self, row: Row, y: float) -> float:
        """Draw a row with its frame; return where it ends."""
        cells, height = row
        self._frame(y, height, self._edges)
        for cell, left, right in zip(cells, self._edges[:-1], self._edges[1:], strict=True):
            cell.draw(self._canvas, Box(left + PAD, y - height, right - left - 2 * PAD, height))
        return y - height

    def _frame(self, y: float, height: float, edges: Sequence[float]) -> None:
        self._canvas.setStrokeColor(INK)
        self._canvas.setLineWidth(0.6)
        self._canvas.rect(edges[0], y - height, edges[-1] - edges[0], height)
        for edge in edges[1:-1]:
            self._canvas.line(edge, y, edge, y - height)

    def _total(self, y: float) -> float:
        label, sums = self._form.total
        first = self._form.summed_from
        edges = [self._edges[0], *self._edges[first:]]
        self._frame(y, LEAST, edges)
        look = Look(self._font, SIZE)
        put(
            self._canvas,
            plain(label),
            look,
            Box(edges[0] + PAD, y - LEAST, edges[1] - edges[0] - 2 * PAD, LEAST),
        )
        for column, left, right in zip(
            self._form.layout.columns[first:], edges[1:-1], edges[2:], strict=True
        ):
            if column.field in sums:
                box = Box(left + PAD, y - LEAST, right - left - 2 * PAD, LEAST)
                put(
                    self._canvas,
                    in_words(column.field, sums[column.field]),
                    replace(look, align="right"),
                    box,
                )
        return y - LEAST

    def _signs(self, y: float) -> None:
        """Places to sign side by side; a seal has a square of its own."""
        places = list(self._form.signed())
        width = self._across / len(places)
        height = _sign_height(self._form)
        for at, (label, name, seal) in enumerate(places):
            box = Box(self._left + at * width, y - SIGN, width - 2 * PAD, SIGN)
            put(self._canvas, f"{plain(label)}：{name}", Look(self._font, SIZE), box)
            if seal:
                self._canvas.setStrokeColor(SOFT)
                self._canvas.setDash(2, 2)
                side = min(width - 4 * PAD, height - SIGN)
                self._canvas.rect(box.x, y - SIGN - side, side, side)
                self._canvas.setDash()
