"""What a person decides where the systems could not: ask again, have the record put right, or refuse."""

from datetime import datetime

from django.db.models import QuerySet

from core.audit.acting import acting
from core.models import User
from subsidies.models import Claim
from subsidies.states import ClaimState


def waiting_for_a_person() -> QuerySet[Claim]:
    """The claims that wait for a decision, the longest waiting first."""
    return Claim.objects.filter(state=ClaimState.REVIEW).order_by("received_at", "pk")


def ask_again(*, claims: QuerySet[Claim], by: User, now: datetime, note: str = "") -> int:
    """Have the systems asked anew from the beginning; return for how many claims."""
    with acting("ask_again", by=by, now=now, note=note):
        open_ones = claims.filter(state__in=[ClaimState.REVIEW, ClaimState.NEEDS_CORRECTION])
        return open_ones.update(state=ClaimState.CHECKING, next_check_at=now, check_attempts=0)


def demand_correction(*, claims: QuerySet[Claim], by: User, now: datetime, note: str) -> int:
    """Ask the shop to put the record right; the place is kept meanwhile. Return for how many claims."""
    with acting("demand_correction", by=by, now=now, note=note):
        return claims.filter(state=ClaimState.REVIEW).update(state=ClaimState.NEEDS_CORRECTION)
