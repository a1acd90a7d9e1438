"""What a person decides where the systems could not: ask again, have the record put right, or refuse."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from core.audit.acting import acting
from core.models import User
from subsidies.models import Claim
from subsidies.states import ClaimState

ASK_AGAIN_FROM = frozenset({ClaimState.REVIEW, ClaimState.NEEDS_CORRECTION})
DEMAND_CORRECTION_FROM = frozenset({ClaimState.REVIEW})


def claims_in_review() -> QuerySet[Claim]:
    """The claims that wait for a decision, the longest waiting first."""
    return Claim.objects.filter(state=ClaimState.REVIEW).order_by("received_at", "pk")


def ask_again(
    *, claims: QuerySet[Claim], by: User, now: datetime, reasons: Sequence[str] = (), note: str = ""
) -> int:
    """Have the systems asked anew from the beginning; return for how many claims."""
    with acting("ask_again", by=by, now=now, reasons=reasons, note=note):
        open_ones = claims.filter(state__in=ASK_AGAIN_FROM)
        return open_ones.update(state=ClaimState.CHECKING, next_check_at=now, check_attempts=0)


def demand_correction(
    *, claims: QuerySet[Claim], by: User, now: datetime, reasons: Sequence[str] = (), note: str = ""
) -> int:
    """Ask the shop to put the record right; the place is kept meanwhile. Return for how many claims."""
    with acting("demand_correction", by=by, now=now, reasons=reasons, note=note):
        return claims.filter(state__in=DEMAND_CORRECTION_FROM).update(state=ClaimState.NEEDS_CORRECTION)
