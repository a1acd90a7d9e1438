"""Every claim that waits for a person, whatever for: since when, and whose it is."""

from typing import Any

from django.db.models import Case, F, Max, Min, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Least

from subsidies.models import CaseAssignment, Claim, ClaimEvent, Hold
from subsidies.states import FOR_A_PERSON


def open_cases() -> QuerySet[Claim]:
    """Claims with `since` when they wait, `held_at` (None where none is held), `holder` and `own_due` of whose they are.

    A correction waits for the shop, and may be somebody's all the same.
    """
    held = Hold.objects.open().order_by()
    moved = ClaimEvent.objects.filter(to_state__in=FOR_A_PERSON, claim__state=F("to_state")).order_by()
    mine = CaseAssignment.objects.open().filter(claim=OuterRef("pk"))
    of_claim = {"claim": OuterRef("pk")}
    held_at = held.filter(**of_claim).values("claim").annotate(at=Min("placed_at")).values("at")
    moved_at = moved.filter(**of_claim).values("claim").annotate(at=Max("at")).values("at")
    return (
        Claim.objects.filter(live=True, pk__in=moved.values("claim").union(held.values("claim")))
        .annotate(held_at=Subquery(held_at), moved_at=Subquery(moved_at))
        .annotate(
            since=_since(), holder=Subquery(mine.values("holder")), own_due=Subquery(mine.values("due_on"))
        )
    )


def _since() -> Any:
    """What is held and waits besides has waited since whichever came first."""
    return Case(When(state__in=FOR_A_PERSON, then=Least("moved_at", "held_at")), default=F("held_at"))


def for_staff() -> Q:
    """For `open_cases`: without what waits for the shop alone."""
    return Q(held_at__isnull=False) | ~Q(state="needs_correction")
