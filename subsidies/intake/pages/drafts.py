"""Filling in a trade-in at the counter: step by step, saved as it is typed, sent once."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.accounts.devices import digest_of_device
from core.bodies import takes_files
from core.privacy.photos import photo_limit
from ebikes.importing.form import odd_fields
from ebikes.importing.problems import sentence
from ebikes.models import TradeInDraft, TradeInPhoto
from merchants.models import Merchant
from merchants.team.access import member_only
from subsidies.intake.pages.filling import (
    context_of,
    field_sent,
    form_of,
    judge_what_is_filled,
    show_step,
    step_sent,
)
from subsidies.intake.pages.steps import BY_SLUG, KIND, REVIEW, STEPS, Field, wrong_steps
from subsidies.intake.selectors.told import Cells
from subsidies.intake.services.corrections import follow_payee
from subsidies.intake.services.drafts import cells_of, discard_draft, submit_draft
from subsidies.intake.services.replacing import NotCorrectable, PayeeMoved
from subsidies.intake.services.submit import RecordRefused
from subsidies.intake.services.unsent import AlreadySent
from subsidies.portal.access import own_claims, own_drafts, person
from subsidies.schemes.selectors.current import NoScheme, SchemesShut


@takes_files(photo_limit)
@require_http_methods(["GET", "POST"])
@member_only
def step(request: HttpRequest, merchant: Merchant, pk: int, slug: str) -> HttpResponse:
    """One step; what is typed is kept, and the next step comes when this one is right."""
    draft = get_object_or_404(own_drafts(merchant), pk=pk)
    if draft.trade_in_id:
        return _to_claim(draft, merchant)
    if slug == REVIEW:
        return _review(request, merchant, draft)
    this = BY_SLUG.get(slug) or STEPS[0]
    if request.method == "POST":
        return step_sent(request, merchant, draft, this)
    cells = cells_of(draft)
    form = form_of(this, draft, {field.key: cells.get(field.key, "") for field in this.fields})
    if any(cells.get(field.key) for field in this.fields):
        judge_what_is_filled(form, cells)
    return show_step(request, merchant, draft, this, form)


@require_POST
@member_only
def field(request: HttpRequest, merchant: Merchant, pk: int, slug: str) -> HttpResponse:
    """Keep one field as soon as it is typed, and say at once what is wrong with it."""
    draft = get_object_or_404(own_drafts(merchant), pk=pk)
    return field_sent(request, draft, BY_SLUG.get(slug) or STEPS[0])


@require_POST
@member_only
def submit(request: HttpRequest, merchant: Merchant, pk: int) -> HttpResponse:
    """Send it in. Pressed twice, it is one record."""
    draft = get_object_or_404(own_drafts(merchant), pk=pk)
    now = timezone.now()
    try:
        sent = submit_draft(draft=draft, by=person(request), now=now, device=digest_of_device(request))
    except RecordRefused as refused:
        messages.error(request, _("；").join(sentences(refused)))
    except NotCorrectable:
        messages.error(request, _("原申请已进入发放或已撤回，不能再更正；请联系监管局处理。"))
    except PayeeMoved:
        follow_payee(draft=draft, now=now)
        messages.error(request, _("原申请的收款信息在您开始更正之后改过，这里已换成新的；请核对后再提交。"))
    except (NoScheme, SchemesShut) as shut:
        none = _("还没有补贴方案，无法受理淘汰置换记录。")
        messages.error(request, shut.sentence if isinstance(shut, SchemesShut) else none)
    else:
        if not sent.known_already:
            messages.success(request, _("已提交，正在向两个系统核验。"))
        return redirect("portal-claim", sent.claim.pk)
    return redirect("draft", pk, REVIEW)


@require_http_methods(["GET", "POST"])
@member_only
def discard(request: HttpRequest, merchant: Merchant, pk: int) -> HttpResponse:
    """Say what would be lost, and throw a draft away when that is confirmed."""
    draft = get_object_or_404(own_drafts(merchant), pk=pk)
    if request.method == "GET" and not draft.trade_in_id:
        return render(request, "subsidies/intake/discard.html", context_of(merchant, draft, None))
    try:
        discard_draft(draft=draft)
    except AlreadySent:
        messages.error(request, _("这份记录已经提交，不能再改"))
    else:
        messages.success(request, _("草稿已删除。"))
    return redirect("portal")


def sentences(refused: RecordRefused) -> list[str]:
    """Why a record was not taken."""
    return [sentence(str(each["kind"]), dict(each["params"])) for each in refused.problems]  # type: ignore[call-overload]


def _review(request: HttpRequest, merchant: Merchant, draft: TradeInDraft) -> HttpResponse:
    cells = cells_of(draft)
    wrong = wrong_steps(cells)
    taken = set(draft.photos.values_list("kind", flat=True))
    shown = [
        (step, _pairs(step.fields, cells, wrong.get(step.slug, {})), wrong.get(step.slug, {}))
        for step in STEPS
    ]
    missing = [kind.label for kind in TradeInPhoto.Kind if kind not in taken]
    odd = odd_fields(KIND, cells)
    context = context_of(merchant, draft, None, shown=shown, wrong=wrong, odd=odd, missing_photos=missing)
    return render(request, "subsidies/intake/review.html", context)


def _pairs(fields: tuple[Field, ...], cells: Cells, wrong: dict[str, str]) -> list[tuple[Field, str]]:
    """The fields with their texts; without those that may be empty and are."""
    return [
        (field, text)
        for field in fields
        if (text := cells.get(field.key, "")) or field.required or field.key in wrong
    ]


def _to_claim(draft: TradeInDraft, merchant: Merchant) -> HttpResponse:
    return redirect("portal-claim", own_claims(merchant).filter(trade_in=draft.trade_in_id).latest("pk").pk)
