"""Some claims in figures."""

from dataclasses import dataclass

from django.db.models import Count, QuerySet, Sum

from subsidies.models import Claim
from subsidies.states import ClaimState


@dataclass(frozen=True, slots=True)
class InState:
    """How many of the claims are in a state, and the money of these."""

    state: ClaimState
    count: int
    fen: int


def claims_by_state(claims: QuerySet[Claim]) -> list[InState]:
    """In the order of a claim's way; states without a claim are left out."""
    rows = claims.order_by().values_list("state")
    found = {state: (count, fen) for state, count, fen in rows.annotate(Count("pk"), Sum("amount_fen"))}
    return [InState(state, *found[state]) for state in ClaimState if state in found]
