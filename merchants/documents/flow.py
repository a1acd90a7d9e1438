"""A text that flows over the pages of A4, upright: in blocks that stay on one page if they can."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from merchants.documents.paper import LEADING, SOFT, Box, Look, Text, put
from merchants.documents.wording import numbering

LEFT, TOP, BOTTOM, WIDTH = 25 * mm, A4[1] - 25 * mm, 25 * mm, A4[0] - 50 * mm
FOOT = Box(LEFT, 13 * mm, WIDTH, 5 * mm)


class Line(NamedTuple):
    """A line to be printed: how far from the left, how much is left free above it, a number before it."""

    text: str
    look: Look
    indent: float = 0
    above: float = 0
    number: str = ""

    @property
    def height(self) -> float:
        return self.look.size * LEADING


Page = list[tuple[Line, float]]


def pages_of(blocks: Iterable[list[Line]]) -> list[Page]:
    """The lines by page, each with the height at which it stands."""
    pages: list[Page] = [[]]
    y = TOP
    for block in blocks:
        if pages[-1] and y - sum(line.above + line.height for line in block) < BOTTOM:
            y = 0  # the next line begins a page
        for line in block:
            y -= line.above + line.height
            if y < BOTTOM:
                pages.append([])
                y = TOP - line.height
            pages[-1].append((line, y))
    return pages


def draw_pages(
    canvas: Canvas, pages: list[Page], font: str, foot: str, more: Sequence[Callable[[Canvas], None]] = ()
) -> None:
    """Draw them all, `foot` and the page's number at the foot of each, and end the document.

    `more`: what draws further pages, one each.
    """
    written: list[Callable[[Canvas], None]] = [partial(_draw_lines, page=page) for page in pages]
    for number, draw in enumerate([*written, *more], 1):
        draw(canvas)
        put(canvas, foot, Look(font, 8, SOFT), FOOT)
        put(canvas, numbering(number, len(pages) + len(more)), Look(font, 8, SOFT, "right"), FOOT)
        canvas.showPage()
    canvas.save()


def _draw_lines(canvas: Canvas, page: Page) -> None:
    for line, y in page:
        _draw(canvas, line, y)


def _draw(canvas: Canvas, line: Line, y: float) -> None:
    Text([line.number], line.look).draw(canvas, Box(LEFT, y, WIDTH, line.height))
    Text([line.text], line.look).draw(canvas, Box(LEFT + line.indent, y, WIDTH - line.indent, line.height))
