"""The merchant's own claims: what came of each trade-in, and why."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from merchants.models import Membership, Merchant
from merchants.paging import CappedPaginator
from subsidies.models import Claim
from subsidies.services.explain import explain_claim
from subsidies.services.find import find_claims
from subsidies.states import ClaimState

PAGE = 30
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


def own_claims(merchant: Merchant) -> QuerySet[Claim]:
    """The claims of one merchant's trade-ins: the only ones that its people may see."""
    return Claim.objects.filter(trade_in__merchant=merchant).select_related("trade_in", "stage")


@require_GET
@member_only
def claims(request: HttpRequest, merchant: Merchant) -> HttpResponse:
    """The list, newest first, by state and by record number or plate."""
    found = own_claims(merchant).defer("trade_in__phone", "trade_in__wallet_no").order_by("-trade_in_id")
    state, text = request.GET.get("state", ""), request.GET.get("q", "").strip()
    if state in ClaimState.values:
        found = found.filter(state=state)
    if text:
        found = find_claims(text, found)
    page = CappedPaginator(found, PAGE).get_page(request.GET.get("page"))
    context = {"merchant": merchant, "page": page, "states": ClaimState.choices, "state": state, "q": text}
    return render(request, "portal/claims.html", context)


@require_GET
@member_only
def claim(request: HttpRequest, merchant: Merchant, pk: int) -> HttpResponse:
    """One claim: its time line, every check with its evidence, and what to do next."""
    found = get_object_or_404(own_claims(merchant).select_related("scheme", "policy", "owner"), pk=pk)
    return render(
        request, "portal/claim.html", {"merchant": merchant, "claim": found, "why": explain_claim(found)}
    )
