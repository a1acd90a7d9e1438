"""What is noted on a case, and the paper that goes with it."""

from datetime import datetime

from core.audit.acting import acting
from core.models import User
from core.privacy.scans import Scan, drop_scan, keep_scan
from subsidies.models import CaseNote, Claim


class NothingNoted(ValueError):
    """A note says something."""


def add_note(*, claim: Claim, text: str, by: User, now: datetime, scan: Scan | None = None) -> CaseNote:
    """Keep a note for good, sealed. Raises NothingNoted."""
    if not text.strip():
        raise NothingNoted
    name = keep_scan(scan) if scan else ""
    try:
        with acting("add_case_note", by=by, now=now):
            return CaseNote.objects.create(
                **{"claim": claim, "by": by, "at": now, "text": text.strip()},
                **{"scan": name, "scan_digest": scan.digest if scan else ""},
            )
    except BaseException:
        drop_scan(name) if name else None
        raise
