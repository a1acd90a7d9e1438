"""Laboratories' reports: a lot's scans, each kept once."""

from datetime import datetime

from django.utils.translation import gettext as _

from core.audit.acting import acting
from core.models import User
from core.privacy.scans import Scan, drop_scan, keep_scan
from merchants.models import LotReport, SamplingLot

MOST = 10


class TooMany(ValueError):
    """A lot has a few reports, and not any number; the message is the sentence."""


def add_report(*, lot: SamplingLot, scan: Scan, by: User, now: datetime) -> LotReport:
    """Keep a report. The same file again is the one that is there. Raises TooMany."""
    name = keep_scan(scan)
    try:
        with acting("add_report", by=by, now=now):
            locked = SamplingLot.objects.select_for_update(no_key=True, of=("self",)).get(pk=lot.pk)
            there = locked.reports.filter(digest=scan.digest).first()
            if there is None and locked.reports.count() >= MOST:
                raise TooMany(_("一次抽查最多 %s 份报告。") % MOST)
            kept = there or LotReport.objects.create(
                lot=locked, name=name, digest=scan.digest, added_by=by, added_at=now
            )
    except BaseException:
        drop_scan(name)
        raise
    if there is not None:
        drop_scan(name)
    return kept
