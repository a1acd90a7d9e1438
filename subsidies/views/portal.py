"""The merchant's own claims: what came of each trade-in, and why."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from merchants.models import Merchant
from merchants.paging import CappedPaginator
from merchants.roles import member_only
from subsidies.models import Claim
from subsidies.services.explain import explain_claim
from subsidies.services.find import find_claims
from subsidies.states import ClaimState

PAGE = 30


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
