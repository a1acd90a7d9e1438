"""Which record took the place of another."""

from ebikes.models import TradeInDraft
from subsidies.models import Claim


def replaced_by(claim: Claim) -> Claim | None:
    """The claim of the record that corrects this one; None where none does."""
    correction = TradeInDraft.objects.filter(replaces=claim.trade_in_id, trade_in__isnull=False).last()
    if correction is None:
        return None
    new = Claim.objects.filter(trade_in=correction.trade_in_id).select_related("trade_in")
    return new.order_by("pk").last()
