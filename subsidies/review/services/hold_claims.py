"""What a person holds back, proposes to refuse, and lets go on. The signals' own holds are placed by `sweep_signals`."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import QuerySet

from core.models import User
from core.shanghai import local_day
from subsidies.claims.services.undo import REFUSE_FROM
from subsidies.models import Claim, Hold
from subsidies.review.selectors.handlers import changed_payee
from subsidies.review.selectors.holds import is_asked, is_held_by_staff, open_holds
from subsidies.review.selectors.signals import WATCHED
from subsidies.review.services.holds import clear_holds, place_holds
from subsidies.states import ENDED, ClaimState

HOLD_FROM = frozenset({*map(ClaimState, WATCHED), ClaimState.IN_PAYOUT})
PROPOSE_REFUSAL_FROM = REFUSE_FROM
DEMAND_EVIDENCE_FROM = frozenset(map(ClaimState, WATCHED))
CLEAR_FROM = frozenset(ClaimState) - frozenset(ENDED)

TO_ANSWER = timedelta(days=7)  # that long a shop is given to supply what it is asked for


def hold_claims(
    *, claims: QuerySet[Claim], by: User, now: datetime, reasons: Sequence[str] = (), note: str = ""
) -> int:
    """Hold those of `claims` whose money can still be held back; return how many."""
    return _place(claims.filter(state__in=HOLD_FROM), by=by, now=now, reasons=reasons, note=note)


def propose_refusal(
    *, claims: QuerySet[Claim], by: User, now: datetime, reasons: Sequence[str], note: str = ""
) -> int:
    """Hold those of `claims` that may still be refused, and tell the reviewer for which `reasons`; return how many."""
    return _place(claims.filter(state__in=PROPOSE_REFUSAL_FROM), by=by, now=now, reasons=reasons, note=note)


def demand_evidence(
    *, claims: QuerySet[Claim], by: User, now: datetime, reasons: Sequence[str], note: str = ""
) -> int:
    """Ask the shops of `claims` for more evidence; each keeps its state, place and money, and is held until somebody has
    looked at what came. Return how many were not asked already.
    """
    free = claims.filter(state__in=DEMAND_EVIDENCE_FROM).exclude(is_asked())
    noticed = {"due": local_day(now + TO_ANSWER).isoformat(), **({"note": note} if note else {})}
    return place_holds(
        kind=Hold.Kind.INQUIRY,
        evidence=dict.fromkeys(free.order_by().values_list("pk", flat=True), noticed),
        by=by,
        now=now,
        reasons=sorted(reasons),
    )


def clear_claims(
    *, claims: QuerySet[Claim], by: User, now: datetime, reasons: Sequence[str] = (), note: str = ""
) -> int:
    """Clear whatever holds those of `claims` that still ask for something; return how many claims that concerns.

    Left alone: those whose payee `by` changed. Raises ValueError where no reason is given.
    """
    holds = open_holds().filter(claim__in=claims.exclude(changed_payee(by)))
    concerned = holds.order_by().values("claim").distinct().count()
    return concerned if clear_holds(holds=holds, by=by, now=now, reasons=reasons, note=note) else 0


def _place(claims: QuerySet[Claim], *, by: User, now: datetime, reasons: Sequence[str], note: str) -> int:
    free = claims.exclude(is_held_by_staff()).order_by().values_list("pk", flat=True)
    noticed = {"note": note} if note else {}
    return place_holds(
        kind=Hold.Kind.OBJECTION,
        evidence=dict.fromkeys(free, noticed),
        by=by,
        now=now,
        reasons=sorted(reasons),
    )
