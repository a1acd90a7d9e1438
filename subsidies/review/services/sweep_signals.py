"""The sweep for signals: hold what was noticed since the last one. Repeated or killed, it changes nothing."""

from dataclasses import asdict
from datetime import datetime, timedelta

from django.db.models import Max

from core.audit.acting import acting
from core.shanghai import local_day
from ebikes.models import TradeInPhoto
from subsidies.models import Claim, EligibilityCheck, PayeeChange, SignalSweep
from subsidies.review.selectors.looked_at import is_ours, proof_of
from subsidies.review.selectors.signals import Since, find_signals
from subsidies.review.services.holds import place_holds

# A transaction that began before the last sweep may have committed after it: every sweep looks this far back.
OVERLAP = timedelta(hours=1)


def sweep_signals(*, now: datetime, whole: bool = False) -> int:
    """Hold the claims that show a signal; return how many holds are new. `whole`: look at all claims, not only new ones."""
    with acting("sweep_signals", by=None, now=now):
        return _sweep(now, whole=whole)


def _sweep(now: datetime, *, whole: bool) -> int:
    last = SignalSweep.objects.filter(at__lte=now - OVERLAP).order_by("at").last()
    since = _after(last) if last and not whole and is_ours(last) else Since()
    seen = _newest()
    placed = sum(
        place_holds(kind=kind, evidence=found, by=None, now=now)
        for kind, found in find_signals(since, today=local_day(now))
    )
    reached = SignalSweep(at=now, placed=placed, **{f"last_{name}": pk for name, pk in asdict(seen).items()})
    reached.proof = proof_of(reached)
    told = ("placed", "proof", "last_claim", "last_check", "last_photo", "last_payee")
    SignalSweep.objects.update_or_create(at=now, defaults={name: getattr(reached, name) for name in told})
    if last:
        SignalSweep.objects.filter(at__lt=last.at).delete()
    return placed


def _after(sweep: SignalSweep) -> Since:
    return Since(sweep.last_claim, sweep.last_check, sweep.last_photo, sweep.last_payee)


def _newest() -> Since:
    models = (Claim, EligibilityCheck, TradeInPhoto, PayeeChange)
    return Since(*(model._default_manager.aggregate(pk=Max("pk"))["pk"] or 0 for model in models))
