"""What in the portal belongs to a merchant."""

from typing import cast

from django.db.models import QuerySet
from django.http import HttpRequest

from core.models import User
from ebikes.models import TradeInDraft
from merchants.models import Merchant
from subsidies.claims.models.claim import ClaimQuerySet
from subsidies.models import Claim


def person(request: HttpRequest) -> User:
    """Whoever is logged in."""
    return cast(User, request.user)


def own_claims(merchant: Merchant) -> ClaimQuerySet:
    """The claims of one merchant's trade-ins: the only ones that its people may see."""
    return Claim.objects.filter(trade_in__merchant=merchant).select_related("trade_in", "stage")


def own_drafts(merchant: Merchant) -> QuerySet[TradeInDraft]:
    """What its people are filling in."""
    return TradeInDraft.objects.filter(merchant=merchant).select_related("merchant")
