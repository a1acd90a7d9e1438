"""Running the whole proof for whoever asks, and each night; its result stays."""

from collections.abc import Callable
from datetime import datetime, timedelta

from core.audit.acting import acting
from core.models import User
from subsidies.heads.selectors.amounts import amounts
from subsidies.heads.selectors.compare import changed_tables
from subsidies.heads.selectors.whole import everything_wrong
from subsidies.models import Scheme, Verification

TOLD = 50
GIVEN_UP = timedelta(hours=2)  # whoever ran it died


def begin_verification(*, by: User | None, now: datetime) -> tuple[Verification, bool]:
    """The run that is under way, or a new one; whether it is new."""
    with acting("begin_verification", by=by, now=now):
        running = Verification.objects.filter(finished_at__isnull=True, begun_at__gt=now - GIVEN_UP).first()
        if running is not None:
            return running, False
        return Verification.objects.create(begun_at=now, by=by), True


def run_verification(*, verification_id: int, clock: Callable[[], datetime]) -> int:
    """Prove everything and keep what was found; return how many things are wrong. What has ended is not run again."""
    run = Verification.objects.get(pk=verification_id)
    if run.finished_at is None:
        run.compared = {} if changed_tables() else amounts()
        wrong = list(everything_wrong(Scheme.objects.order_by("pk")))
        run.finished_at, run.faults, run.told = clock(), len(wrong), wrong[:TOLD]
        with acting("end_verification", by=None, now=run.finished_at):
            run.save(update_fields=["finished_at", "faults", "told", "compared"])
    return run.faults or 0
