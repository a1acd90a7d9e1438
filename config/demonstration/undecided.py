"""What waits for a person in the demonstration: systems that kept silent, records sent back, photos, signals."""

import io
from datetime import timedelta
from uuid import uuid4

from django.utils import timezone
from django.utils.translation import gettext as _
from PIL import Image, ImageDraw

from config.packs.logins import in_role
from core.models import User
from core.privacy.photos import take_photo
from ebikes.licensing.answers import Answer, Evidence, Problem
from ebikes.models import TradeIn, TradeInPhoto
from subsidies.checks.services.check import lease_due_claims, record_answers
from subsidies.intake.services.draft_photos import add_photo_later
from subsidies.models import Claim
from subsidies.review.services.decide import claims_in_review, demand_correction
from subsidies.review.services.sweep_signals import sweep_signals

SILENT, SENT_BACK, PHOTOGRAPHED = 7, 2, 4


def leave_work() -> None:
    """Before the checks: a few claims that no system answered for days, two of them sent back to the shop."""
    due = lease_due_claims(limit=SILENT, now=timezone.now())
    silence = {
        system: {plate: _silence(system) for plate in plates if plate}
        for system, plates in (
            ("exing", [each.exing_plate for each in due]),
            ("yunshenling", [each.yunshenling_plate for each in due]),
        )
    }
    record_answers(due, **silence, now=timezone.now(), review_after=timedelta(0))
    back = claims_in_review().values_list("pk", flat=True)[:SENT_BACK]
    demand_correction(
        claims=Claim.objects.filter(pk__in=list(back)),
        by=in_role("officer"),
        now=timezone.now(),
        reasons=["plate_wrong"],
        note=_("请核对备案号牌照片后重新提交"),
    )


def _silence(system: str) -> Answer[None]:
    now = timezone.now()
    evidence = Evidence(system, uuid4().hex, now, now, "1", None, "")
    return Answer("unknown", None, evidence, Problem.TIMEOUT)


def look_for_signals() -> int:
    """After the checks: photos for a few of the records, one of them used twice; then the sweep. Returns the new holds."""
    officer = in_role("officer")
    records = list(
        TradeIn.objects.filter(claims__state="settled", claims__stage__no=2).order_by("-pk")[:PHOTOGRAPHED]
    )
    for number, record in enumerate(records):
        for kind in TradeInPhoto.Kind:
            used_twice = kind == TradeInPhoto.Kind.INVOICE and number < 2
            _photograph(record, kind, by=officer, look=0 if used_twice else record.pk)
    return sweep_signals(now=timezone.now(), whole=True)


def _photograph(record: TradeIn, kind: str, *, by: User, look: int) -> None:
    picture = Image.new("RGB", (800, 600), (90 + look % 60, 110, 120 + look % 40))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((120, 90, 680, 510), fill=(240, 238, 230))
    for line in range(8):
        pen.line(
            (170, 150 + 40 * line, 300 + (look * 7 + line * 53) % 320, 150 + 40 * line), (120, 120, 120), 9
        )
    file = io.BytesIO()
    picture.save(file, "JPEG")
    size = file.tell()
    file.seek(0)
    add_photo_later(trade_in=record, kind=kind, photo=take_photo(file, size=size), by=by, now=timezone.now())
