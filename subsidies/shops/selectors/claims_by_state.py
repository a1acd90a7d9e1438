"""A merchant's claims in figures."""

from dataclasses import dataclass

from django.db.models import Count, Sum

from merchants.models import Merchant
from subsidies.models import Claim
from subsidies.states import ClaimState


@dataclass(frozen=True, slots=True)
class InState:
    """How many of a merchant's claims are in a state, and the money of these."""

    state: ClaimState
    count: int
    fen: int


def claims_by_state(merchant: Merchant) -> list[InState]:
    """In the order of a claim's way; states without a claim are left out."""
    rows = Claim.objects.filter(trade_in__merchant=merchant).order_by().values_list("state")
    found = {state: (count, fen) for state, count, fen in rows.annotate(Count("pk"), Sum("amount_fen"))}
    return [InState(state, *found[state]) for state in ClaimState if state in found]
