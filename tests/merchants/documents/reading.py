"""PDF read back: its words, and where they stand."""

import io
import re

from pypdf import PdfReader

POINTS_PER_CM = 72 / 2.54


def pages(pdf):
    """The words of each page, without the spaces that line breaks and columns bring."""
    return [re.sub(r"\s", "", page.extract_text()) for page in reader(pdf).pages]


def words(pdf):
    return "".join(pages(pdf))


def reader(pdf):
    return PdfReader(io.BytesIO(pdf))


def size(pdf):
    """Width and height of the first page, in points."""
    box = reader(pdf).pages[0].mediabox
    return round(box.width), round(box.height)


def texts(page):
    """What is printed at one go: (text, x, y, size of the letters, in points)."""
    found = []

    def visit(text, _current, where, _font, size):
        if text.strip():
            found.append((text.strip("\n"), where[4], where[5], size))

    page.extract_text(visitor_text=visit)
    return found
