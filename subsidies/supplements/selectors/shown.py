"""The supplements that a claim's owner and shop know of."""

from django.db.models import QuerySet

from subsidies.models import Claim, Supplement

_TOLD = (*Supplement.SET_ASIDE, Supplement.State.PAID)


def shown_supplements(claim: Claim) -> QuerySet[Supplement]:
    """Those that were confirmed, whether paid by now or not."""
    return claim.supplements.filter(state__in=_TOLD).order_by("pk")
