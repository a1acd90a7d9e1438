"""Filling in a trade-in at the counter: step by step, saved as it is typed, sent once."""

import re
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.accounts.devices import digest_of_device
from core.bodies import takes_files
from core.privacy.photos import BadPhoto, photo_limit, read_codes, take_photo
from ebikes.importing.fields import plate, vehicle_code
from ebikes.importing.form import odd_fields, wrong_fields
from ebikes.importing.problems import Problem, sentence
from ebikes.models import EVENTS, TradeInDraft, TradeInPhoto
from merchants.models import Merchant
from merchants.team.access import member_only
from subsidies.checks.pages.precheck import given
from subsidies.intake.pages.steps import BY_SLUG, KIND, REVIEW, STEPS, Step, StepForm, step_after, wrong_steps
from subsidies.intake.services.drafts import (
    AlreadySent,
    Cells,
    NotCorrectable,
    add_photo,
    cells_of,
    discard_draft,
    open_draft,
    save_draft,
    submit_draft,
)
from subsidies.intake.services.submit import RecordRefused
from subsidies.portal.access import own_claims, own_drafts, person
from subsidies.schemes.selectors.current import NoScheme, SchemesShut

_PLATE = re.compile(r"[\u4e00-\u9fff][A-Z]·?[0-9A-Z]{5,8}")  # a province's sign, a letter, the number


@require_POST
@member_only
def new(request: HttpRequest, merchant: Merchant) -> HttpResponse:
    """Begin one, with what the pre-check knows."""
    now = timezone.now()
    draft = open_draft(merchant=merchant, by=person(request), now=now)
    save_draft(draft=draft, cells=given(merchant, request.POST.get("given", ""), now=now), now=now)
    return redirect("draft", draft.pk, STEPS[0].slug)


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
        return _sent(request, merchant, draft, this)
    cells = cells_of(draft)
    form = _form(this, draft, {field.key: cells.get(field.key, "") for field in this.fields})
    if any(cells.get(field.key) for field in this.fields):
        _judge_what_is_filled(form, cells)
    return render(request, "subsidies/intake/step.html", _context(merchant, draft, this, form=form))


def _sent(request: HttpRequest, merchant: Merchant, draft: TradeInDraft, this: Step) -> HttpResponse:
    """Keep what was typed, and go where the button leads, if nothing has to be told before."""
    form = _form(this, draft, request.POST)
    form.is_valid()
    twice = form.typed_twice()
    save_draft(draft=draft, cells=form.sent(), now=timezone.now())
    _take_files(request, draft, this)
    form = _form(this, draft, request.POST)  # what was kept just now is kept
    form.is_valid()
    if twice:
        form.show_what_others_typed()
        for key, text in twice.items():
            form.add_error(key, text)
    elif "leave" in request.POST:
        messages.success(request, _("已保存，可以随时继续填写。"))
        return redirect("portal")
    elif "stay" in request.POST:
        return redirect("draft", draft.pk, this.slug)
    elif form.judge(cells_of(draft)):
        return redirect("draft", draft.pk, step_after(this))
    return render(request, "subsidies/intake/step.html", _context(merchant, draft, this, form=form))


@require_POST
@member_only
def field(request: HttpRequest, merchant: Merchant, pk: int, slug: str) -> HttpResponse:
    """Keep one field as soon as it is typed, and say at once what is wrong with it."""
    draft = get_object_or_404(own_drafts(merchant), pk=pk)
    this, key = BY_SLUG.get(slug) or STEPS[0], request.POST.get("field", "")
    form = _form(this, draft, request.POST)
    form.is_valid()
    twice = form.typed_twice()
    try:
        save_draft(draft=draft, cells=form.sent(), now=timezone.now())
    except AlreadySent:
        return HttpResponse(_("这份记录已经提交，不能再改"))
    cells = cells_of(draft)
    text = twice.get(key) or (
        wrong_fields(KIND, cells, among=[key]).get(key, "") if key in form.fields else ""
    )
    text = text or (_("；").join(odd_fields(KIND, cells)) if key in EVENTS else "")
    stays = _form(this, draft, request.POST)
    stays.is_valid()
    seen = stays.seen_by_a_page_that_stays(told=[key] if key in twice else [])
    return render(request, "subsidies/intake/field.html", {"text": text, "seen": seen})


@require_POST
@member_only
def submit(request: HttpRequest, merchant: Merchant, pk: int) -> HttpResponse:
    """Send it in. Pressed twice, it is one record."""
    draft = get_object_or_404(own_drafts(merchant), pk=pk)
    try:
        sent = submit_draft(
            draft=draft, by=person(request), now=timezone.now(), device=digest_of_device(request)
        )
    except RecordRefused as refused:
        for problem in refused.problems:
            messages.error(request, sentence(str(problem["kind"]), dict(problem["params"])))  # type: ignore[call-overload]
    except NotCorrectable:
        messages.error(request, _("原申请已进入发放或已撤回，不能再更正；请联系监管局处理。"))
    except NoScheme:
        messages.error(request, _("还没有补贴方案，无法受理淘汰置换记录。"))
    except SchemesShut as shut:
        messages.error(request, shut.sentence)
    else:
        if not sent.known_already:
            messages.success(request, _("已提交，正在向两个系统核验。"))
        return redirect("portal-claim", sent.claim.pk)
    return redirect("draft", pk, REVIEW)


@require_POST
@member_only
def discard(request: HttpRequest, merchant: Merchant, pk: int) -> HttpResponse:
    """Throw a draft away."""
    draft = get_object_or_404(own_drafts(merchant), pk=pk)
    try:
        discard_draft(draft=draft)
    except AlreadySent:
        messages.error(request, _("这份记录已经提交，不能再改"))
    else:
        messages.success(request, _("草稿已删除。"))
    return redirect("portal")


def _take_files(request: HttpRequest, draft: TradeInDraft, this: Step) -> None:
    """Keep the photos that came with the step, and read the code that was photographed for a field."""
    for kind in this.photos:
        if file := request.FILES.get(kind):
            try:
                photo = take_photo(file, size=file.size or 0)
                add_photo(draft=draft, kind=kind, photo=photo, by=person(request), now=timezone.now())
            except BadPhoto as error:
                messages.error(request, str(error))
            else:
                messages.success(request, _("照片已保存。"))
    if this.scans and (file := request.FILES.get("scan")):
        try:
            value = _value_in(read_codes(file, size=file.size or 0), this.scans)
        except BadPhoto as error:
            messages.error(request, str(error))
        else:
            save_draft(draft=draft, cells={this.scans: value}, now=timezone.now())
            messages.success(request, _("已识别：%s") % value)


def _form(this: Step, draft: TradeInDraft, data: Any) -> StepForm:
    save_to = reverse("draft-field", args=[draft.pk, this.slug])
    return StepForm(this, draft.merchant, data, kept=cells_of(draft), save_to=save_to)


def _judge_what_is_filled(form: StepForm, cells: Cells) -> None:
    """Say what is wrong, on coming back; that a field is still empty is not said before the step has been sent."""
    form.is_valid()
    for key, text in wrong_fields(KIND, cells, among=form.fields).items():
        if cells.get(key):
            form.add_error(key, text)


def _context(merchant: Merchant, draft: TradeInDraft, this: Step | None, **more: Any) -> dict[str, Any]:
    return {
        "merchant": merchant,
        "draft": draft,
        "cells": cells_of(draft),
        "steps": STEPS,
        "step": this,
        "photos": {photo.kind: photo for photo in draft.photos.all()},
        **more,
    }


def _review(request: HttpRequest, merchant: Merchant, draft: TradeInDraft) -> HttpResponse:
    cells = cells_of(draft)
    wrong = wrong_steps(cells)
    taken = set(draft.photos.values_list("kind", flat=True))
    shown = [
        (step, [(field, cells.get(field.key, "")) for field in step.fields], wrong.get(step.slug, {}))
        for step in STEPS
    ]
    missing = [kind.label for kind in TradeInPhoto.Kind if kind not in taken]
    odd = odd_fields(KIND, cells)
    context = _context(merchant, draft, None, shown=shown, wrong=wrong, odd=odd, missing_photos=missing)
    return render(request, "subsidies/intake/review.html", context)


def _to_claim(draft: TradeInDraft, merchant: Merchant) -> HttpResponse:
    return redirect("portal-claim", own_claims(merchant).filter(trade_in=draft.trade_in_id).latest("pk").pk)


def _value_in(texts: list[str], key: str) -> str:
    """The first of the scanned texts that fits the field. Raises BadPhoto."""
    for text in texts:
        try:
            value = vehicle_code(text) if key == "vehicle_code" else _plate_in(text)
        except Problem:
            continue
        if value:
            return value
    raise BadPhoto(_("照片里没有可用的二维码，请对准二维码、靠近重拍，或直接输入"))


def _plate_in(text: str) -> str:
    """A plate's code holds the number itself, or an address that ends in it."""
    found = _PLATE.search(text)
    return plate(found.group(0)) if found else ""
