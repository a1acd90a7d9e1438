"""The letter (责令改正通知书) as a PDF: what was found, on what law, what is to be done by when, how to object.

Its text is `texts/order.txt`, in Chinese alone, since it binds in Chinese. The same letter gives the same bytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path

from django.utils import translation
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm

from merchants.documents.flow import WIDTH, Line, draw_pages, pages_of
from merchants.documents.fonts import embedded
from merchants.documents.paper import SOFT, Look, blank, issuer, wrapped
from merchants.documents.wording import numbering, plain

TEXT = Path(__file__).parent / "texts" / "order.txt"
SEAL = "（印章）"


@dataclass(frozen=True, slots=True)
class OrderLetter:
    """What a shop is ordered to do. Days are local; `demands` has a line for each."""

    number: str
    shop: str
    uscc: str
    inspected_on: date
    demands: str
    basis: str
    due_on: date
    issued_on: date
    contact: str


def order_pdf(letter: OrderLetter) -> bytes:
    """The letter on A4, a place for the seal, and below it one for whoever receives it."""
    with translation.override("zh-hans"):
        title, *paragraphs, receipt = _texts(letter)
        addressee, authority = f"{plain(letter.shop)}：", issuer()
        ending = (authority, SEAL, _day(letter.issued_on))
        out = BytesIO()
        texts = (title, letter.number, addressee, *paragraphs, receipt, *ending, numbering(0, 0))
        with embedded(texts) as font:
            canvas = blank(out, A4, font, title)
            body = Look(font, 12)
            blocks = [
                _head(title, letter.number, authority, font),
                _lines(addressee, body, above=9 * mm),
                *(_lines(text, body, above=2.5 * mm) for text in paragraphs),
                _ending(ending, font),
                _lines(receipt, Look(font, 11), above=16 * mm),
            ]
            draw_pages(canvas, pages_of(blocks), font, plain(letter.number))
        return out.getvalue()


def _texts(letter: OrderLetter) -> Iterator[str]:
    told = {
        "inspected_on": _day(letter.inspected_on),
        "uscc": letter.uscc,
        "basis": letter.basis.strip().rstrip("。"),
        "due_on": _day(letter.due_on),
        "contact": f"联系方式：{letter.contact.strip().rstrip('。')}。" if letter.contact else "",
    }
    for line in TEXT.read_text(encoding="utf-8").splitlines():
        if line == "{demands}":
            yield from (plain(each) for each in letter.demands.splitlines() if each.strip())
        else:
            yield plain(line.format_map(told))


def _head(title: str, number: str, authority: str, font: str) -> list[Line]:
    return [
        Line(authority, Look(font, 12, SOFT, align="centre")),
        Line(title, Look(font, 20, align="centre"), above=3 * mm),
        Line(plain(number), Look(font, 12, align="centre"), above=3 * mm),
    ]


def _lines(text: str, look: Look, *, above: float) -> list[Line]:
    first, *others = wrapped(text, look, WIDTH).lines
    return [Line(first, look, above=above), *(Line(line, look) for line in others)]


def _ending(ending: tuple[str, str, str], font: str) -> list[Line]:
    """Authority, seal, day: together on one page, with room for the seal between them."""
    look, soft = Look(font, 12, align="centre"), Look(font, 10, SOFT, align="centre")
    authority, seal, day = ending
    return [
        Line(authority, look, indent=WIDTH / 2, above=16 * mm),
        Line(seal, soft, indent=WIDTH / 2, above=10 * mm),
        Line(day, look, indent=WIDTH / 2, above=10 * mm),
    ]


def _day(on: date) -> str:
    return f"{on.year} 年 {on.month} 月 {on.day} 日"
