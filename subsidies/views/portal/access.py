"""Who may come in, and what is theirs."""

from collections.abc import Callable
from functools import wraps
from typing import cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from ebikes.models import TradeInDraft
from merchants.models import Membership, Merchant, User
from subsidies.models import Claim

MemberView = Callable[..., HttpResponse]


def member_only(view: MemberView) -> Callable[..., HttpResponse]:
    """Let in the members of a merchant, and hand the merchant to the view; staff go to their own side."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        membership = Membership.objects.filter(user=request.user.pk).select_related("merchant").first()
        if membership is not None:
            return view(request, membership.merchant, *args, **kwargs)
        if getattr(request.user, "is_staff", False):
            return redirect("admin:index")
        raise Http404

    return login_required(guarded)


def owner_only(view: MemberView) -> Callable[..., HttpResponse]:
    """Let in the merchant's owner alone: what binds the shop."""

    @wraps(view)
    def guarded(request: HttpRequest, merchant: Merchant, *args: object, **kwargs: object) -> HttpResponse:
        if not Membership.objects.filter(user=request.user.pk, role=Membership.Role.OWNER).exists():
            raise PermissionDenied
        return view(request, merchant, *args, **kwargs)

    return member_only(guarded)


def person(request: HttpRequest) -> User:
    """Whoever is logged in."""
    return cast(User, request.user)


def own_claims(merchant: Merchant) -> QuerySet[Claim]:
    """The claims of one merchant's trade-ins: the only ones that its people may see."""
    return Claim.objects.filter(trade_in__merchant=merchant).select_related("trade_in", "stage")


def own_drafts(merchant: Merchant) -> QuerySet[TradeInDraft]:
    """What its people are filling in."""
    return TradeInDraft.objects.filter(merchant=merchant).select_related("merchant")
