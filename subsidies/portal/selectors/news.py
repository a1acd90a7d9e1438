"""What changed for a merchant since it last looked: the newest moves of its claims."""

from django.db.models import Max

from ebikes.models import TradeIn
from ebikes.records.models.trade_in import contacts
from merchants.models import Membership
from subsidies.models import ClaimEvent
from subsidies.states import ClaimState

# Steps on the way that ask for nobody's attention.
_QUIET = (ClaimState.RECEIVED, ClaimState.CHECKING, ClaimState.IN_PAYOUT, ClaimState.APPROVED)


SHOWN, LOOKED_AT = 8, 100


RECORDS = 1_000  # the newest of a merchant's records: of older ones nothing is news


def newest_event() -> int:
    """The number of the latest move of any claim."""
    return ClaimEvent.objects.aggregate(last=Max("pk"))["last"] or 0


def news_of(membership: Membership) -> list[ClaimEvent]:
    """The latest move of each claim since this person last looked, the newest first; from the last hundred moves."""
    records = TradeIn.objects.filter(merchant=membership.merchant_id).order_by("-pk")[:RECORDS]
    moves = (
        ClaimEvent.objects.filter(claim__trade_in__in=records.values("pk"), pk__gt=membership.seen_event_id)
        .exclude(to_state__in=_QUIET)
        .select_related("claim__trade_in")
        .defer(*contacts("claim__trade_in__"))
        .order_by("-pk")[:LOOKED_AT]
    )
    latest = {move.claim_id: move for move in reversed(list(moves))}
    return sorted(latest.values(), key=lambda move: -move.pk)[:SHOWN]
