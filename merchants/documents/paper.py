"""Text on paper: broken into lines as Chinese is, and made to fit where there is little room. Lengths in points."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO, Literal, NamedTuple

from django.utils.translation import gettext as _
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

INK, SOFT, LINE, SHADE, BRAND = (
    HexColor(colour) for colour in ("#1c2420", "#55605a", "#c3ccc6", "#f1f5f3", "#0b6b4f")
)
SMALLEST = 5.0  # below this nobody reads it, and the text is cut instead
LEADING, BASELINE = 1.4, 1.08  # line height, and how far down the letters stand, in sizes

# What no line break parts: a word or figure, or one Chinese character, with the marks that must not be left behind.
_OPENING, _CLOSING = re.escape("（《〈「『【〔“‘"), re.escape("，。、；：？！）》〉」』】〕”’…,.;:?!)]}%")
_UNIT = re.compile(rf" ?[{_OPENING}]*(?:[!-~\u00a1-\u024f]+|[^ {_OPENING}])[{_CLOSING}]*|.")


@dataclass(frozen=True)
class Look:
    """How a text is set."""

    font: str
    size: float
    colour: Color = INK
    align: Literal["left", "centre", "right"] = "left"


class Box(NamedTuple):
    """A place on the page, from its lower left corner."""

    x: float
    y: float
    width: float
    height: float

    @classmethod
    def mm(cls, x: float, y: float, width: float, height: float) -> "Box":
        """The same in millimetres."""
        return cls(x * mm, y * mm, width * mm, height * mm)


@dataclass(frozen=True)
class Text:
    """Lines as they are printed."""

    lines: list[str]
    look: Look

    @property
    def height(self) -> float:
        return len(self.lines) * self.look.size * LEADING

    def draw(self, canvas: Canvas, box: Box) -> None:
        """Draw it in the middle (vertically) of a box."""
        look = self.look
        canvas.setFont(look.font, look.size)
        canvas.setFillColor(look.colour)
        top = box.y + (box.height + self.height) / 2
        for number, line in enumerate(self.lines):
            y = top - (number * LEADING + BASELINE) * look.size
            if look.align == "left":
                canvas.drawString(box.x, y, line)
            elif look.align == "right":
                canvas.drawRightString(box.x + box.width, y, line)
            else:
                canvas.drawCentredString(box.x + box.width / 2, y, line)


def wrapped(text: str, look: Look, width: float) -> Text:
    """The text in as many lines as it takes. Only a word that is longer than a line is broken."""
    lines: list[str] = []
    room = 0.0
    for unit in _UNIT.findall(text):
        wide = stringWidth(unit, look.font, look.size)
        if lines and wide <= room:
            lines[-1] += unit
            room -= wide
        else:
            lines.extend(_pieces(unit.lstrip(), look, width))
            room = width - stringWidth(lines[-1], look.font, look.size)
    return Text(lines or [""], look)


def _pieces(word: str, look: Look, width: float) -> Iterator[str]:
    piece, used = "", 0.0
    for letter in word:
        wide = stringWidth(letter, look.font, look.size)
        if piece and used + wide > width:
            yield piece
            piece, used = "", 0.0
        piece, used = piece + letter, used + wide
    yield piece


def fitted(text: str, look: Look, width: float, height: float) -> Text:
    """The text within width × height: first wrapped, then made smaller, at last cut with an ellipsis."""
    while (made := _set(text, look, width, height)) is None:
        if look.size > SMALLEST:
            look = replace(look, size=max(SMALLEST, look.size * 0.95))
        else:
            text = text[: (len(text) - 1) * 9 // 10] + "…"
    return made


def _set(text: str, look: Look, width: float, height: float) -> Text | None:
    """The text, if it fits. One line needs no breaking, and most that do not fit are told by their length."""
    lines, length = int(height / (look.size * LEADING) + 0.001), stringWidth(text, look.font, look.size)
    if length <= width:
        return Text([text], look)
    if length > lines * width:
        return None
    made = wrapped(text, look, width)
    return made if len(made.lines) <= lines else None


def put(canvas: Canvas, text: str, look: Look, box: Box) -> None:
    """Draw a text in a box, made to fit."""
    fitted(text, look, box.width, box.height).draw(canvas, box)


def blank(out: BinaryIO, size: tuple[float, float], font: str, title: str) -> Canvas:
    """A document without pages yet. It tells no time of its own making: the same content gives the same bytes."""
    canvas = Canvas(out, pagesize=size, invariant=1, initialFontName=font)  # type: ignore[arg-type] # a stub's mistake
    canvas.setTitle(title)
    canvas.setAuthor(issuer())
    return canvas


def issuer() -> str:
    """Whose documents these are."""
    return _("杭州市拱墅区市场监督管理局")
