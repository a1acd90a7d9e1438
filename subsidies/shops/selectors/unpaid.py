"""What hangs on an agent point's authorisation: claims that are not paid yet."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Min, QuerySet

from core.shanghai import local_day
from merchants.models import AgentPoint, Merchant
from subsidies.models import Claim, PayoutBatch
from subsidies.shops.selectors.claims_by_state import InState, claims_by_state
from subsidies.states import OPEN, PENDING, RESERVED, ClaimState

UNPAID = (*OPEN, *RESERVED)


@dataclass(frozen=True, slots=True)
class Unpaid:
    """What a withdrawal holds: per state how many claims and how much money; `under_way` were released to the operator."""

    by_state: tuple[InState, ...]
    under_way: int

    @property
    def count(self) -> int:
        return sum(each.count for each in self.by_state)

    @property
    def fen(self) -> int:
        return sum(each.fen for each in self.by_state)


def unpaid_claims(point: AgentPoint) -> QuerySet[Claim]:
    """The claims from a point whose money has not arrived, whatever the scheme."""
    return Claim.objects.filter(live=True, state__in=UNPAID, trade_in__agent_point=point)


def unpaid_of(point: AgentPoint) -> Unpaid:
    """The same in figures: what would be held."""
    claims = unpaid_claims(point)
    under_way = claims.filter(
        state__in=[ClaimState.IN_PAYOUT, ClaimState.PAYOUT_UNKNOWN],
        payout_lines__batch__state=PayoutBatch.State.RELEASED,
    )
    return Unpaid(tuple(claims_by_state(claims)), under_way.distinct().count())


def decided_claims(merchant: Merchant) -> QuerySet[Claim]:
    """The claims of a merchant that its day of enabling let through."""
    return Claim.objects.filter(live=True, trade_in__merchant=merchant).exclude(state__in=PENDING)


def bought_before(day: date, claims: QuerySet[Claim]) -> bool:
    first = claims.aggregate(first=Min("trade_in__purchased_at"))["first"]
    return first is not None and local_day(first) < day
