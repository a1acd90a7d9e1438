"""PDF read back: its words, where they stand, and what is drawn."""

import io
import re
from itertools import combinations
from typing import NamedTuple

from pypdf import PdfReader
from pypdf.generic import ContentStream
from reportlab.pdfbase.pdfmetrics import stringWidth

from merchants.documents.fonts import embedded


def reader(pdf):
    return PdfReader(io.BytesIO(pdf))


def pages(pdf):
    """The words of each page, without the spaces that columns and line breaks bring."""
    return [re.sub(r"\s", "", page.extract_text()) for page in reader(pdf).pages]


def words(pdf):
    return "".join(pages(pdf))


def size(pdf):
    """Width and height of the first page in whole millimetres."""
    box = reader(pdf).pages[0].mediabox
    return round(box.width / 72 * 25.4), round(box.height / 72 * 25.4)


class Printed(NamedTuple):
    """A line of text and the rectangle that its letters fill; points."""

    text: str
    left: float
    bottom: float
    right: float
    top: float


def printed(page):
    found = []

    def visit(text, _graphics, matrix, _font, letters):
        if text.strip():
            found.append((text.strip("\n"), matrix[4], matrix[5], letters))

    page.extract_text(visitor_text=visit)
    with embedded(text for text, *_place in found) as font:
        return [
            Printed(text, x, y - 0.12 * letters, x + stringWidth(text, font, letters), y + 0.88 * letters)
            for text, x, y, letters in found
        ]


def misplaced(pdf):
    """The texts that run off their page, and the pairs that lie over each other."""
    found = []
    for page in reader(pdf).pages:
        there = printed(page)
        width, height = page.mediabox.width, page.mediabox.height
        found += [
            each.text
            for each in there
            if each.left < 0 or each.bottom < 0 or each.right > width or each.top > height
        ]
        found += [
            (one.text, other.text)
            for one, other in combinations(there, 2)
            if one.left < other.right
            and other.left < one.right
            and one.bottom < other.top
            and other.bottom < one.top
        ]
    return found


def rectangles(page):
    """(x, y, width, height) of all that is drawn, in points."""
    operations = ContentStream(page.get_contents(), page.pdf).operations
    return [tuple(map(float, operands)) for operands, operator in operations if operator == b"re"]
