"""The shop's first page: what is new, what is unfinished, what waits for the shop."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from merchants.letters.signing import current_letter
from merchants.models import Membership, Merchant
from merchants.team.access import member_only
from subsidies.claims.selectors.claims_per_stage import claims_per_stage
from subsidies.intake.services.drafts import cells_of
from subsidies.models import Hold, Scheme
from subsidies.portal.access import own_claims, own_drafts, person
from subsidies.portal.selectors.news import newest_event, news_of
from subsidies.portal.services.tell_merchants import seen
from subsidies.schemes.pages.chooser import choose_scheme
from subsidies.states import ClaimState

SHOWN, DRAFTS = 5, 30
NEEDS_THE_SHOP = (ClaimState.NEEDS_CORRECTION, ClaimState.PAYOUT_FAILED)


@require_GET
@member_only
def home(request: HttpRequest, merchant: Merchant) -> HttpResponse:
    """Everything at a glance."""
    choice = choose_scheme(request, Scheme.objects.opened().at_work())
    scheme = choice.scheme
    todo = own_claims(merchant).filter(state__in=NEEDS_THE_SHOP).order_by("-trade_in_id")
    asked = Hold.objects.open().filter(kind=Hold.Kind.INQUIRY, claim__live=True, answers=None)
    inquiries = own_claims(merchant).filter(pk__in=asked.values("claim")).order_by("-trade_in_id")
    membership = Membership.objects.get(user=person(request))
    unsent = own_drafts(merchant).filter(trade_in=None).order_by("-saved_at")
    context = {
        "merchant": merchant,
        "choice": choice,
        "scheme": scheme,
        "figures": claims_per_stage(scheme) if scheme else [],
        "drafts": [(each, cells_of(each)) for each in unsent[:DRAFTS]],
        "todo": todo[:SHOWN],
        "inquiries": inquiries[:SHOWN],
        "news": news_of(membership),
        "newest": newest_event(),
        "letter": current_letter(merchant),
        "points": merchant.agent_points.count(),
    }
    return render(request, "subsidies/portal/home.html", context)


@require_POST
@member_only
def news_seen(request: HttpRequest, merchant: Merchant) -> HttpResponse:
    """The news were read; the next visit shows what came after them."""
    until = request.POST.get("until", "")
    if until.isascii() and until.isdecimal() and len(until) < 19:
        seen(Membership.objects.get(user=person(request)), until=min(int(until), newest_event()))
    return redirect("portal")
