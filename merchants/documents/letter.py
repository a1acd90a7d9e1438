"""The commitment letter (承诺书), as it was signed on line."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from io import BytesIO

from django.utils.translation import gettext as _
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm

from core.shanghai import to_the_second
from merchants.documents.flow import WIDTH, Line, draw_pages, pages_of
from merchants.documents.fonts import embedded
from merchants.documents.paper import Look, blank, wrapped
from merchants.documents.wording import numbering, plain

HANGING = 9 * mm  # what a clause stands in from its number


@dataclass(frozen=True)
class Letter:
    """What was signed, by whom, when (aware). A clause may have several lines."""

    merchant_name: str
    uscc: str
    text_version: str
    title: str
    clauses: tuple[str, ...]
    signed_by: str
    signed_at: datetime


def fingerprint(title: str, clauses: Iterable[str]) -> str:
    """SHA-256 (hex) of the text: title and clauses, each ended by a line feed, in UTF-8."""
    return sha256("".join(f"{part}\n" for part in (title, *clauses)).encode()).hexdigest()


def letter_pdf(letter: Letter) -> bytes:
    """The letter on A4, the fingerprint of its text at the foot of each page. Raises ValueError for a naive time."""
    title, clauses, signature = plain(letter.title), list(_clauses(letter)), _signature(letter)
    foot = _("文本指纹（SHA-256）：%s") % _short(fingerprint(letter.title, letter.clauses))
    texts = (title, foot, numbering(0, 0), *signature, *(line for _number, line in clauses))
    out = BytesIO()
    with embedded(texts) as font:
        canvas = blank(out, A4, font, title)
        draw_pages(canvas, pages_of(_blocks(title, clauses, signature, font)), font, foot)
    return out.getvalue()


def _clauses(letter: Letter) -> Iterator[tuple[str, str]]:
    """Their lines, each first one with its number."""
    if not letter.clauses:
        yield "", _("本文本没有条款。")
    for number, clause in enumerate(letter.clauses, 1):
        first, *others = clause.splitlines() or [""]
        yield f"{number}.", plain(first)
        yield from (("", plain(line)) for line in others)


def _signature(letter: Letter) -> list[str]:
    return [
        _("承诺单位：%s") % plain(letter.merchant_name),
        _("统一社会信用代码：%s") % plain(letter.uscc),
        _("签署人：%s（在线签署）") % plain(letter.signed_by),
        _("签署时间：%s（北京时间）") % to_the_second(letter.signed_at),
        _("文本版本：%s") % plain(letter.text_version),
    ]


def _short(digest: str) -> str:
    return " ".join(digest[start : start + 4] for start in range(0, 16, 4))


def _blocks(
    title: str, clauses: list[tuple[str, str]], signature: list[str], font: str
) -> Iterator[list[Line]]:
    """The lines in blocks that stay on one page if they can."""
    large, body, small = Look(font, 20, align="centre"), Look(font, 12), Look(font, 11.5)
    yield [Line(text, large) for text in wrapped(title, large, WIDTH).lines]
    gap = 9 * mm
    for number, clause in clauses:
        first, *others = wrapped(clause, body, WIDTH - HANGING).lines
        yield [Line(first, body, HANGING, gap, number), *(Line(text, body, HANGING) for text in others)]
        gap = 2 * mm
    texts = (text for line in signature for text in wrapped(line, small, WIDTH).lines)
    yield [Line(text, small, above=mm if number else 14 * mm) for number, text in enumerate(texts)]
