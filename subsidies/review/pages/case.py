"""One case: what each side says, what was noticed, and the decision; then the next case of the list opens."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.accounts.typed import is_resumed
from core.audit.record import Action, record
from core.shanghai import to_the_minute
from core.staff.access import person, staff_page
from core.staff.ask_first import ask_first
from subsidies.actions.pages.questions import ACTION_WORDS, ActionWords, act, question
from subsidies.actions.services.staff_actions import ACTIONS, may_do
from subsidies.casework.pages.shown import casework
from subsidies.models import Claim
from subsidies.review.pages.claim_facts import facts, load_claim, name_of, paper_verb, papers_of_claim
from subsidies.review.pages.worklists import LOOK, TABS, as_query, chosen_by, way_on
from subsidies.review.selectors.worklist import CasePosition, Filter, case_position, leave_case, look_at
from subsidies.states import FOR_A_PERSON

# What is decided on the case page, in the order of the keys 1, 2, 3 …; those that end a claim are asked about first.
OFFERED = (
    "clear_holds",
    "ask_again",
    "demand_correction",
    "demand_evidence",
    "propose_refusal",
    "retry_failed",
    "refuse",
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One decision that may be taken: its key, and its form or the page that asks first."""

    key: int
    slug: str
    verb: ActionWords
    form: forms.Form | None
    url: str = ""


@require_http_methods(["GET", "POST"])
@staff_page(LOOK)
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a case; take the decision, and go on to the next."""
    claim: Claim = get_object_or_404(load_claim(), pk=pk)
    chosen, now = chosen_by(request.GET, person(request)), timezone.now()
    place = case_position(chosen, pk, now=now)
    choices = _choices(claim, request, chosen, place)
    if request.method == "POST":
        decided = _decide(claim, request, choices, chosen, place)
        if decided is not None:
            return decided
    elif place is None and request.GET.get("tab"):
        messages.warning(request, _gone(claim))
    return TemplateResponse(
        request, "subsidies/review/case.html", _context(request, claim, chosen, place, choices)
    )


def _context(
    request: HttpRequest, claim: Claim, chosen: Filter, place: CasePosition | None, choices: list[Choice]
) -> dict[str, Any]:
    now, by = timezone.now(), person(request)
    other = look_at(claim_id=claim.pk, by=by, now=now) if choices else None
    if request.method == "GET":
        record(Action.VIEW, by=by, of=claim)
    return {
        **admin.site.each_context(request),
        **facts(claim),
        "title": claim.trade_in.record_no,
        "papers": papers_of_claim(claim, request),
        "tab": TABS[chosen.tab],
        "place": place,
        "choices": choices,
        "mark": request.POST.get("mark") or _mark(claim),
        "looker": name_of(other.by) if other else "",
        "looker_since": other.since if other else None,
        "back": f"{reverse('staff-work')}?{as_query(chosen)}",
        "skip": way_on(chosen, (place.since, claim.pk)) if place else "",
        "casework": casework(claim, request),
        "beside": [
            (reverse("admin:subsidies_claim_change", args=[claim.pk]), _("申请的全部资料")),
            (reverse("staff-case-file", args=[claim.pk]), _("卷宗")),
            *paper_verb(claim, by),
        ],
    }


def _choices(claim: Claim, request: HttpRequest, chosen: Filter, place: CasePosition | None) -> list[Choice]:
    by = person(request)
    possible = [slug for slug in OFFERED if may_do(ACTIONS[slug], claim, by=by)]
    if not _decidable(claim, possible):
        return []
    after = {"after": f"{place.since.isoformat()}_{claim.pk}"} if place else {}
    query = as_query(chosen, **after)
    return [
        Choice(
            key,
            slug,
            ACTION_WORDS[slug],
            None,
            f"{reverse('staff-claim-verb', args=[claim.pk, slug])}?{query}",
        )
        if ACTIONS[slug].ends
        else Choice(key, slug, ACTION_WORDS[slug], _form(slug, request))
        for key, slug in enumerate(possible, start=1)
    ]


def _decidable(claim: Claim, possible: list[str]) -> bool:
    """Whether it waits for a person at all: a claim that goes its way is decided on its own page."""
    return claim.state in FOR_A_PERSON or "clear_holds" in possible


def _form(slug: str, request: HttpRequest) -> forms.Form:
    mine = request.method == "POST" and request.POST.get("verb") == slug
    return ACTION_WORDS[slug].form(request.POST if mine else None, prefix=slug)


def _decide(
    claim: Claim, request: HttpRequest, choices: list[Choice], chosen: Filter, place: CasePosition | None
) -> HttpResponse | None:
    """The way on once it is decided, by this person or by somebody quicker; None where the form is to be put right."""
    slug = request.POST.get("verb", "")
    if slug not in ACTIONS or not ACTIONS[slug].allowed(request.user):
        raise PermissionDenied
    on = way_on(chosen, (place.since, claim.pk)) if place else f"{reverse('staff-work')}?{as_query(chosen)}"
    choice = next((each for each in choices if each.slug == slug and each.form), None)
    if choice is None or choice.form is None:
        messages.warning(request, _gone(claim))
        return redirect(on if place else _from_post(request, chosen, claim))
    if is_resumed(request) or not choice.form.is_valid():
        return None
    with transaction.atomic():
        locked = Claim.objects.select_for_update(no_key=True).get(pk=claim.pk)
        if request.POST.get("mark") != _mark(locked):
            messages.warning(request, _changed(locked))
            return redirect(request.get_full_path())
        said = act(slug, Claim.objects.filter(pk=claim.pk), choice.form.cleaned_data, request)
    leave_case(claim_id=claim.pk, by=person(request))
    messages.success(request, f"{claim.trade_in.record_no} {said}")
    return redirect(on)


def _from_post(request: HttpRequest, chosen: Filter, claim: Claim) -> str:
    """Where the list goes on after a case that has left it meanwhile: its place stands in the form."""
    try:
        since = datetime.fromisoformat(request.POST.get("since", ""))
    except ValueError:
        return f"{reverse('staff-work')}?{as_query(chosen)}"
    return way_on(chosen, (since, claim.pk))


def _mark(claim: Claim) -> str:
    """What has happened to a claim so far: a decision is taken on what was seen, or not at all."""
    holds = claim.holds.aggregate(newest=Max("pk"), cleared=Count("cleared_at"))
    moved = claim.events.aggregate(newest=Max("pk"))
    paid_elsewhere = claim.payee_changes.aggregate(newest=Max("pk"))
    return f"{moved['newest']}-{holds['newest']}-{holds['cleared']}-{paid_elsewhere['newest']}"


def _gone(claim: Claim) -> str:
    """That it is in the list no more: who was quicker, and what became of it."""
    return _("%(record)s 已不在这份清单里：%(by)s于 %(at)s 处理为“%(what)s”。") % _latest(claim)


def _changed(claim: Claim) -> str:
    """That what was seen is not how it stands any more."""
    return _(
        "%(record)s 在您打开之后有变化：%(by)s于 %(at)s 处理为“%(what)s”。您的认定没有办理，请看过后再定。"
    ) % _latest(claim)


def _latest(claim: Claim) -> dict[str, str]:
    """The newest thing that happened, by whom and when."""
    cleared = (
        claim.holds.filter(cleared_at__isnull=False)
        .select_related("cleared_by")
        .order_by("cleared_at")
        .last()
    )
    event = claim.events.select_related("by").last()
    at, by, what = (
        (cleared.cleared_at, cleared.cleared_by, _("解除暂缓"))
        if cleared and cleared.cleared_at and (event is None or cleared.cleared_at > event.at)
        else (
            event.at if event else claim.received_at,
            event.by if event else None,
            claim.get_state_display(),
        )
    )
    return {
        "record": claim.trade_in.record_no,
        "by": name_of(by) or _("系统"),
        "at": to_the_minute(at),
        "what": str(what),
    }


@require_http_methods(["GET", "POST"])
@staff_page(LOOK, "subsidies.change_payoutbatch")
def claim_verb(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Ask, then do one thing with one claim; back to the list it came from, else to the claim."""
    if slug not in ACTIONS:
        raise Http404
    if not ACTIONS[slug].allowed(request.user):
        raise PermissionDenied
    claim = get_object_or_404(Claim.objects.select_related("trade_in"), pk=pk)
    back = reverse("admin:subsidies_claim_change", args=[pk])
    if request.GET.get("after"):
        back = f"{reverse('staff-work-next')}?{request.GET.urlencode()}"
    asked = question(slug, Claim.objects.filter(pk=pk), request, back=back, subject=claim.trade_in.record_no)
    return ask_first(request, asked) or redirect(back)
