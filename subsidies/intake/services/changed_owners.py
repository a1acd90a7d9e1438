"""A bike that a register gave to somebody else while a claim on it was live: that claim waits for a person."""

from collections.abc import Sequence
from datetime import datetime

from core.models import User
from subsidies.models import Claim, Hold
from subsidies.review.services.holds import place_holds
from subsidies.states import OPEN, RESERVED


def hold_changed_owners(claims: Sequence[int], *, batch_id: int, by: User | None, now: datetime) -> int:
    """Hold those of `claims` whose money has not arrived; return how many holds are new."""
    unpaid = Claim.objects.filter(pk__in=claims, live=True, state__in=[*OPEN, *RESERVED]).values_list(
        "pk", flat=True
    )
    return place_holds(
        kind=Hold.Kind.REGISTER, evidence={pk: {"batch": batch_id} for pk in unpaid}, by=by, now=now
    )
