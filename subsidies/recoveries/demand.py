"""The demand letter (追回补贴资金通知书) as a PDF: why, on what law, how much, by when, how to pay, how to object.

Its text is `texts/demand.txt`, in Chinese alone, since it binds in Chinese. The same case gives the same PDF, byte for byte.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path

from django.utils import translation
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm

from core.money import yuan_and_fen
from merchants.documents.flow import WIDTH, Line, draw_pages, pages_of
from merchants.documents.fonts import embedded
from merchants.documents.paper import SOFT, Look, blank, issuer, wrapped
from merchants.documents.wording import numbering, plain
from subsidies.recoveries.plans import Due

TEXT = Path(__file__).parent / "texts" / "demand.txt"
SEAL = "（印章）"


@dataclass(frozen=True, slots=True)
class DemandLetter:
    """What is demanded of whom. `owner` and `id_no` as they shall be printed; amounts in fen; `issued_on`: a local day."""

    number: str
    owner: str
    id_no: str
    record_no: str
    filing_plate_no: str
    paid_fen: int
    amount_fen: int
    facts: str
    basis: str
    plan: tuple[Due, ...]
    issued_on: date
    account: str
    contact: str


def demand_pdf(letter: DemandLetter) -> bytes:
    """The letter on A4, a place for the seal at its end."""
    with translation.override("zh-hans"):
        title, *paragraphs = _texts(letter)
        addressee, authority = f"{plain(letter.owner)}（{plain(letter.id_no)}）：", issuer()
        ending = (authority, SEAL, _day(letter.issued_on))
        out = BytesIO()
        with embedded((title, letter.number, addressee, *paragraphs, *ending, numbering(0, 0))) as font:
            canvas = blank(out, A4, font, title)
            head = Line(authority, Look(font, 12, SOFT, align="centre"))
            blocks = [
                [head, *_title(title, letter.number, font)],
                _lines(addressee, Look(font, 12), above=9 * mm),
                *(_lines(text, Look(font, 12), above=2.5 * mm) for text in paragraphs),
                _ending(ending, font),
            ]
            draw_pages(canvas, pages_of(blocks), font, plain(letter.number))
        return out.getvalue()


def _texts(letter: DemandLetter) -> Iterator[str]:
    facts = {
        "record_no": letter.record_no,
        "filing_plate_no": letter.filing_plate_no,
        "paid": yuan_and_fen(letter.paid_fen),
        "amount": yuan_and_fen(letter.amount_fen),
        "facts": _sentence(letter.facts),
        "basis": letter.basis,
        "number": letter.number,
        "pay_to": _sentence(f"请退至：{letter.account}") if letter.account else "",
        "contact": _sentence(f"联系方式：{letter.contact}") if letter.contact else "",
    }
    for line in TEXT.read_text(encoding="utf-8").splitlines():
        if line == "{when}":
            yield from _when(letter.plan)
        else:
            yield plain(line.format_map(facts))


def _when(plan: tuple[Due, ...]) -> Iterator[str]:
    if len(plan) == 1:
        yield f"请于 {_day(plan[0].on)}（含当日）前一次退回。"
        return
    yield f"请按下列期限（均含当日）分 {len(plan)} 期退回："
    for no, part in enumerate(plan, 1):
        yield f"第 {no} 期：{_day(part.on)}前，{yuan_and_fen(part.fen)} 元。"


def _title(title: str, number: str, font: str) -> list[Line]:
    large, small = Look(font, 20, align="centre"), Look(font, 12, align="centre")
    return [Line(title, large, above=3 * mm), Line(plain(number), small, above=3 * mm)]


def _lines(text: str, look: Look, *, above: float) -> list[Line]:
    first, *others = wrapped(text, look, WIDTH).lines
    return [Line(first, look, above=above), *(Line(line, look) for line in others)]


def _ending(ending: tuple[str, str, str], font: str) -> list[Line]:
    """Authority, seal, day: together on one page, with room for the seal between them."""
    look, soft = Look(font, 12, align="centre"), Look(font, 10, SOFT, align="centre")
    authority, seal, day = ending
    right = WIDTH / 2
    return [
        Line(authority, look, indent=right, above=18 * mm),
        Line(seal, soft, indent=right, above=10 * mm),
        Line(day, look, indent=right, above=10 * mm),
    ]


def _sentence(text: str) -> str:
    """With a full stop, and only one."""
    return text.strip().rstrip("。") + "。"


def _day(on: date) -> str:
    return f"{on.year} 年 {on.month} 月 {on.day} 日"
