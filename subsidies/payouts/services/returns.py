"""Payments that came back (退票): the money is the claim's again."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet

from core.audit.acting import acting
from subsidies.ledger.services.append import append_for_claims, lock_scheme
from subsidies.models import Claim, PayoutLine, Scheme
from subsidies.states import ClaimState

RETURNED = "RETURNED"  # a reason like the operator's own, in `subsidies.reasons.PAYOUT_FAILURES`


def record_returned(*, numbers: Collection[str], now: datetime) -> int:
    """Book that these payments, by their numbers, came back; return how many are new.

    The money is the claim's again, as before the payment: once the payee was put right it is paid under its next attempt.
    What is being recovered from its owner is left to people. Doing it twice changes nothing.
    """
    came_back = _made(numbers)
    schemes = Scheme.objects.filter(pk__in=came_back.values("batch__scheme")).order_by("pk")
    return sum(_in_scheme(scheme, numbers, now=now) for scheme in schemes)


def _in_scheme(scheme: Scheme, numbers: Collection[str], *, now: datetime) -> int:
    with acting("record_returned", by=None, now=now):
        locked = lock_scheme(scheme)
        lines = list(
            _made(numbers)
            .filter(batch__scheme=locked)
            .select_for_update(of=("self",), no_key=True)
            .order_by("pk")
        )
        claims = [line.claim_id for line in lines]
        changes = {"state": PayoutLine.State.RETURNED, "fail_reason": RETURNED, "returned_at": now}
        PayoutLine.objects.filter(pk__in=[line.pk for line in lines]).update(**changes)
        for kind in ("return", "reserve"):
            append_for_claims(scheme=locked, kind=kind, claim_ids=claims, by=None, now=now)
        Claim.objects.filter(pk__in=claims).update(state=ClaimState.PAYOUT_FAILED)
        return len(lines)


def _made(numbers: Collection[str]) -> QuerySet[PayoutLine]:
    return PayoutLine.objects.filter(
        request_no__in=numbers, state=PayoutLine.State.SUCCESS, claim__state=ClaimState.PAID
    )
