"""The fraud list: what is on it, what is proposed, and the questions before each step."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from core.audit.record import Action, record
from core.districts.chooser import in_district
from core.paging import CappedPaginator
from core.privacy.masks import mask_id, mask_phone, mask_wallet
from core.shanghai import today
from core.staff.access import person, staff_page
from core.staff.ask_first import (
    Effect,
    NoteForm,
    Question,
    RequiredNoteForm,
    ask_first,
    bound_to_what_was_seen,
    digest_of,
)
from core.storable import is_key
from merchants.models import Merchant
from subsidies.models import WatchEntry
from subsidies.review.pages.claim_facts import name_of
from subsidies.watchlist.pages.forms import EntryForm, about, shop_in_words
from subsidies.watchlist.services import entries
from subsidies.watchlist.services.entries import Decided, ListedAlready, Named, OwnEntry, propose_entry

LOOK, PROPOSE, CONFIRM = (f"subsidies.{verb}_watchentry" for verb in ("view", "add", "change"))
PAGE = 50
K = WatchEntry.Kind
MASKS: dict[str, Callable[[str], str]] = {K.PERSON: mask_id, K.PHONE: mask_phone, K.WALLET: mask_wallet}
REFUSALS: dict[type[Exception], str | Promise] = {
    ListedAlready: gettext_lazy("名单上已有，或正等待他人确认。"),
    OwnEntry: gettext_lazy("须由提出人以外的人确认。"),
    Decided: gettext_lazy("已有人办理，或已经到期。"),
}


@require_GET
@staff_page(LOOK)
def watchlist(request: HttpRequest) -> HttpResponse:
    """What waits and what is in force first, then what is over."""
    waiting = request.GET.get("over") != "1"
    rows = WatchEntry.objects.select_related("merchant", "proposed_by", "decided_by", "lift_by")
    here = rows.waiting() | rows.in_force(today())
    found = here if waiting else rows.exclude(pk__in=here.values("pk"))
    page = CappedPaginator(found.order_by("-pk"), PAGE).get_page(request.GET.get("page"))
    record(Action.VIEW, by=person(request), of=WatchEntry, detail={"rows": len(page.object_list)})
    context = {
        **admin.site.each_context(request),
        "title": _("待查名单"),
        "page": page,
        "over": not waiting,
        "rows": [{"entry": entry, "what": shown(entry), "verbs": _verbs(entry, request)} for entry in page],
        "may_propose": request.user.has_perm(PROPOSE),
    }
    return TemplateResponse(request, "subsidies/watchlist/watchlist.html", context)


def shown(entry: WatchEntry) -> str:
    """Who or what it is, as a screen may show it."""
    if entry.merchant:
        return shop_in_words(entry.merchant)
    return MASKS[entry.kind](entry.value or "")


@require_http_methods(["GET", "POST"])
@staff_page(PROPOSE)
def new(request: HttpRequest) -> HttpResponse:
    """Propose an entry; whoever comes from a shop's page finds it filled in."""
    back = reverse("staff-watchlist")
    asked = request.GET.get("shop", "")
    shop = Merchant.objects.filter(pk=asked).first() if is_key(asked) else None

    def do(told: dict[str, Any]) -> str:
        named = Named(
            K(told["kind"]),
            WatchEntry.Reason(told["reason"]),
            told["note"],
            told["expires_on"],
            value=told["number"],
            merchant=told["merchant"],
        )
        with in_district(told):
            propose_entry(named=named, by=person(request), now=timezone.now())
        return _("已提出，须由另一人确认后生效。")

    effect = Effect(_("另一人确认后，与之相符的申请(已有的和今后的)暂缓发放，并注明原因。"))
    form = about(shop) if shop else EntryForm
    question = Question(_("列入待查名单"), effect, do, form, REFUSALS, back)
    return ask_first(request, question) or redirect(back)


@dataclass(frozen=True, slots=True)
class Verb:
    """One step of an entry: from which state, by which right, what it is called and does."""

    state: WatchEntry.State
    right: str
    title: str | Promise
    effect: str | Promise
    run: Callable[..., object]
    not_by: str = ""
    form: type[forms.Form] = NoteForm
    only_by: str = ""  # whoever said it, and nobody else


S = WatchEntry.State
VERBS: dict[str, Verb] = {
    "confirm": Verb(
        S.PROPOSED, CONFIRM, gettext_lazy("确认列入"),
        gettext_lazy("相符的申请立即暂缓发放；确认人不能再批准这些申请。"), entries.confirm_entry, "proposed_by",
    ),
    "decline": Verb(
        S.PROPOSED, CONFIRM, gettext_lazy("不列入"), gettext_lazy("不列入名单。"),
        entries.decline_entry, form=RequiredNoteForm
    ),
    "withdraw": Verb(
        S.PROPOSED, PROPOSE, gettext_lazy("撤回"), gettext_lazy("撤回您提出的这一条，不列入名单。"),
        entries.decline_entry, form=RequiredNoteForm, only_by="proposed_by",
    ),
    "stay": Verb(
        S.LIFTING, PROPOSE, gettext_lazy("撤回移出"), gettext_lazy("撤回您提出的移出，继续留在名单上。"),
        entries.decline_lift, form=RequiredNoteForm, only_by="lift_by",
    ),
    "lift": Verb(
        S.CONFIRMED, PROPOSE, gettext_lazy("提出移出"),
        gettext_lazy("另一人确认后移出；已暂缓的申请仍须逐份核实解除。"), entries.propose_lift, form=RequiredNoteForm,
    ),
    "confirm-lift": Verb(
        S.LIFTING, CONFIRM, gettext_lazy("确认移出"),
        gettext_lazy("今后相符的申请不再因此暂缓；已暂缓的仍须逐份核实解除。"), entries.confirm_lift, "lift_by",
    ),
    "keep": Verb(
        S.LIFTING, CONFIRM, gettext_lazy("不移出"), gettext_lazy("继续留在名单上。"),
        entries.decline_lift, form=RequiredNoteForm
    ),
}  # fmt: skip


def _verbs(entry: WatchEntry, request: HttpRequest) -> list[tuple[str, object]]:
    return [
        (reverse("staff-watch-verb", args=[entry.pk, slug]), verb.title)
        for slug, verb in VERBS.items()
        if entry.state == verb.state
        and request.user.has_perm(verb.right)
        and not _own(entry, verb, request)
        and not _others(entry, verb, request)
    ]


def _own(entry: WatchEntry, verb: Verb, request: HttpRequest) -> bool:
    return bool(verb.not_by) and getattr(entry, verb.not_by) == request.user


def _others(entry: WatchEntry, verb: Verb, request: HttpRequest) -> bool:
    return bool(verb.only_by) and getattr(entry, verb.only_by) != request.user


@require_http_methods(["GET", "POST"])
@staff_page(PROPOSE, CONFIRM)
def decide(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Ask, then take one step with an entry."""
    if slug not in VERBS:
        raise Http404
    verb = VERBS[slug]
    if not request.user.has_perm(verb.right):
        raise PermissionDenied
    entry = get_object_or_404(WatchEntry.objects.select_related("merchant", "proposed_by", "lift_by"), pk=pk)
    back, own = reverse("staff-watchlist"), _own(entry, verb, request)
    if _others(entry, verb, request):
        raise PermissionDenied
    if own and request.method == "POST":
        raise PermissionDenied

    def do(told: dict[str, Any]) -> str:
        held = verb.run(entry=entry, by=person(request), now=timezone.now(), note=told.get("note", ""))
        if isinstance(held, int):
            return _("已列入名单，暂缓 %s 份申请。") % f"{held:,}"
        return _("%s：已办理。") % verb.title

    matching = entries.matching_claims(entry).count()
    facts: list[tuple[str, object]] = [
        (_("种类"), entry.get_kind_display()),
        (_("名单内容"), shown(entry)),
        (_("原因"), entry.get_reason_display()),
        (_("说明"), entry.note),
        (_("有效期至"), entry.expires_on),
        (_("提出人"), name_of(entry.lift_by or entry.proposed_by)),
        (_("移出理由"), entry.lift_note or "–"),
        (_("相符的申请"), _("%s 份") % f"{matching:,}"),
    ]
    sentence = str(REFUSALS[OwnEntry]) if own else str(verb.effect)
    effect = Effect(sentence, facts, possible=not own and entry.state == verb.state)
    form = bound_to_what_was_seen(verb.form, digest_of(entry.pk, entry.state, matching))
    question = Question(verb.title, effect, do, form, REFUSALS, back)
    return ask_first(request, question) or redirect(back)
