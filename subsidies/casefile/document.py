"""The case file as a PDF: numbered pages, at the foot of each whose file it is, who printed it and when; the photos last."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO

from django.utils.translation import gettext as _
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from core.shanghai import to_the_second
from merchants.documents.flow import BOTTOM, LEFT, TOP, WIDTH, Line, draw_pages, pages_of
from merchants.documents.fonts import embedded
from merchants.documents.paper import SOFT, Box, Look, blank, issuer, put, wrapped
from merchants.documents.wording import numbering, plain
from subsidies.casefile.sections import Section

INDENT = 44 * mm


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo as evidence, and what it shows."""

    title: str
    jpeg: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class CaseFile:
    """All that is printed. `printed_by` and `printed_at` (aware): who made this copy; `purpose`: for what."""

    record_no: str
    sections: Sequence[Section]
    pictures: Sequence[Picture]
    printed_by: str
    printed_at: datetime
    purpose: str


def case_file_pdf(file: CaseFile) -> bytes:
    """The file on A4. Raises ValueError for a naive time."""
    title = _("补贴申请卷宗")
    copied = _("打印：%(by)s %(at)s") % {"by": plain(file.printed_by), "at": to_the_second(file.printed_at)}
    purpose = _("用途：%s") % plain(file.purpose) if file.purpose else _("个人信息已打星号")
    foot = f"{plain(file.record_no)} · {copied}"
    told = [plain(text) for each in file.sections for fact in each.facts for text in fact]
    names = [plain(each.title) for each in file.sections] + [plain(each.title) for each in file.pictures]
    out = BytesIO()
    with embedded(
        (title, issuer(), file.record_no, foot, purpose, numbering(0, 0), _("照片"), *names, *told)
    ) as font:
        canvas = blank(out, A4, font, f"{title} {plain(file.record_no)}")
        blocks = [
            _heading(title, plain(file.record_no), copied, purpose, font),
            *_blocks(file.sections, font),
        ]
        draw_pages(
            canvas, pages_of(blocks), font, foot, more=[_Photo(each, font).draw for each in file.pictures]
        )
    return out.getvalue()


def _heading(title: str, record_no: str, copied: str, purpose: str, font: str) -> list[Line]:
    large, small = Look(font, 20, align="centre"), Look(font, 10, SOFT, align="centre")
    return [
        Line(issuer(), Look(font, 12, SOFT, align="centre")),
        Line(title, large, above=3 * mm),
        Line(record_no, Look(font, 12, align="centre"), above=3 * mm),
        Line(copied, small, above=3 * mm),
        Line(purpose, small, above=mm),
    ]


def _blocks(sections: Iterable[Section], font: str) -> Iterator[list[Line]]:
    head, body, name = Look(font, 13), Look(font, 9.5), Look(font, 9.5, SOFT)
    for number, section in enumerate(sections, 1):
        first, *others = section.facts
        heading = Line(f"{number}. {plain(section.title)}", head, above=7 * mm)
        yield [heading, *_fact(first, name, body)]
        for fact in others:
            yield _fact(fact, name, body)


def _fact(fact: tuple[str, str], name: Look, body: Look) -> list[Line]:
    """What it is called, in one column, beside what it says, in another."""
    titles = wrapped(plain(fact[0]), name, INDENT - 3 * mm).lines
    told = wrapped(plain(fact[1]), body, WIDTH - INDENT).lines
    rows = max(len(titles), len(told))
    made = []
    for row in range(rows):
        above = 1.5 * mm if row == 0 else 0
        text = told[row] if row < len(told) else ""
        made.append(Line(text, body, INDENT, above, titles[row] if row < len(titles) else ""))
    return made


@dataclass(frozen=True, slots=True)
class _Photo:
    """One photo on a page of its own, as large as the page allows."""

    picture: Picture
    font: str

    def draw(self, canvas: Canvas) -> None:
        put(canvas, plain(self.picture.title), Look(self.font, 11), Box(LEFT, TOP - 8 * mm, WIDTH, 8 * mm))
        image = ImageReader(BytesIO(self.picture.jpeg))
        wide, high = image.getSize()
        room = TOP - BOTTOM - 12 * mm
        scale = min(WIDTH / wide, room / high)
        canvas.drawImage(image, LEFT, TOP - 12 * mm - high * scale, wide * scale, high * scale)
