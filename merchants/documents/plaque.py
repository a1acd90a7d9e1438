"""The plaque (授牌) that an agent point hangs up in its shop."""

from dataclasses import dataclass
from datetime import date
from io import BytesIO

import segno
from django.utils.translation import gettext as _
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from merchants.documents.fonts import embedded
from merchants.documents.paper import BRAND, INK, Box, Look, blank, issuer, put
from merchants.documents.wording import day, plain

PAGE = landscape(A4)
FRAMES = ((10, 2.5), (12.5, 0.6))  # millimetres from the edge, points thick
TITLE, RULE, NAME = Box.mm(26, 152, 245, 34), 148, Box.mm(26, 97, 155, 42)
POINT, PERIOD = Box.mm(26, 75, 155, 16), Box.mm(26, 51, 155, 20)
CODE, INVITATION = Box.mm(205, 73, 64, 64), Box.mm(192, 47, 90, 13)
ISSUER = Box.mm(26, 21, 245, 14)


@dataclass(frozen=True)
class Plaque:
    """Which point of which merchant is authorised when: local dates, both inclusive; no end = until withdrawn."""

    merchant_name: str
    point_no: str
    starts_on: date
    ends_on: date | None
    url: str


def plaque_pdf(plaque: Plaque) -> bytes:
    """One page, A4 landscape. Raises ValueError where the URL is too long for a QR code."""
    title, name = _("电动自行车淘汰置换代办点"), plain(plaque.merchant_name)
    point, period = _("代办点编号：%s") % plain(plaque.point_no), _period(plaque)
    invitation, authority = _("车主扫码查询办理进度"), issuer()
    out = BytesIO()
    with embedded((title, name, point, period, invitation, authority)) as font:
        canvas = blank(out, PAGE, font, title)
        _draw_frame(canvas)
        put(canvas, title, Look(font, 54, align="centre", colour=BRAND), TITLE)
        put(canvas, name, Look(font, 36), NAME)
        put(canvas, point, Look(font, 24), POINT)
        put(canvas, period, Look(font, 19), PERIOD)
        put(canvas, invitation, Look(font, 19, align="centre"), INVITATION)
        put(canvas, authority, Look(font, 19, align="centre"), ISSUER)
        _draw_code(canvas, plaque.url)
        canvas.save()
    return out.getvalue()


def _period(plaque: Plaque) -> str:
    if plaque.ends_on is None:
        return _("授权期限：自%s起，至撤销授权为止") % day(plaque.starts_on)
    return _("授权期限：%(first)s至%(last)s") % {"first": day(plaque.starts_on), "last": day(plaque.ends_on)}


def _draw_frame(canvas: Canvas) -> None:
    canvas.setStrokeColor(BRAND)
    for edge, thickness in FRAMES:
        canvas.setLineWidth(thickness)
        canvas.rect(edge * mm, edge * mm, PAGE[0] - 2 * edge * mm, PAGE[1] - 2 * edge * mm)
    canvas.line(TITLE.x, RULE * mm, TITLE.x + TITLE.width, RULE * mm)


def _draw_code(canvas: Canvas, url: str) -> None:
    """One path, so that no hairlines appear between the modules."""
    rows = segno.make_qr(url, error="m").matrix
    side = CODE.width / len(rows)
    path = canvas.beginPath()
    for down, row in enumerate(rows, 1):
        for across, dark in enumerate(row):
            if dark:
                path.rect(CODE.x + across * side, CODE.y + CODE.height - down * side, side, side)
    canvas.setFillColor(INK)
    canvas.drawPath(path, stroke=0, fill=1)
