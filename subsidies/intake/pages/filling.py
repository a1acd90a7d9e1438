"""What becomes of a step of the counter that was sent, whole or a field of it, and how it is shown."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.privacy.photos import BadPhoto, read_codes, take_photo
from core.staff.access import person
from ebikes.importing.form import odd_fields, wrong_fields
from ebikes.models import EVENTS, LicensingSystem, TradeInDraft, TradeInPhoto
from merchants.models import Merchant
from subsidies.intake.codes import cells_in
from subsidies.intake.pages.step_form import StepForm
from subsidies.intake.pages.steps import KIND, STEPS, Step, step_after
from subsidies.intake.selectors.told import Cells, answers_in, theirs
from subsidies.intake.services.ask_systems import ask_systems
from subsidies.intake.services.draft_photos import add_photo, take_back_photo
from subsidies.intake.services.drafts import cells_of, save_draft
from subsidies.intake.services.unsent import AlreadySent

READ_FROM = (TradeInPhoto.Kind.INVOICE, TradeInPhoto.Kind.NEW_BIKE)  # photos with a code on them
ASKS = ("filing_plate_no", "id_kind", "id_no", "digital_plate_no")  # fields by which the systems are asked
_ALREADY_SENT = gettext_lazy("这份记录已经提交，不能再改")


def form_of(this: Step, draft: TradeInDraft, data: Any) -> StepForm:
    """A step of a draft: what a system said, and the only agent point, are not asked."""
    cells = cells_of(draft)
    known = set(theirs(answers_in(draft)))
    if cells.get("agent_point_no") and draft.merchant.agent_points.count() == 1:
        known.add("agent_point_no")
    save_to = reverse("draft-field", args=[draft.pk, this.slug])
    return StepForm(this, draft.merchant, data, kept=cells, theirs=known, save_to=save_to)


def show_step(
    request: HttpRequest,
    merchant: Merchant,
    draft: TradeInDraft | None,
    this: Step,
    form: StepForm,
    **more: Any,
) -> HttpResponse:
    form.lead_to_the_first_mistake()
    context = context_of(merchant, draft, this, form=form, **more)
    return render(request, "subsidies/intake/step.html", context)


def context_of(
    merchant: Merchant, draft: TradeInDraft | None, this: Step | None, **more: Any
) -> dict[str, Any]:
    photos = {photo.kind: photo for photo in draft.photos.all()} if draft else {}
    return {
        "merchant": merchant,
        "draft": draft,
        "cells": cells_of(draft) if draft else {},
        "told": told_of(draft, this) if draft else [],
        "steps": STEPS,
        "step": this,
        "photos": photos,
        **more,
    }


def told_of(draft: TradeInDraft, this: Step | None) -> list[dict[str, Any]]:
    """Each system's answer as the page shows it; on the first step that about the old bike alone."""
    labels = {field.key: field.label for step in STEPS for field in step.fields}
    return [
        {
            "system": LicensingSystem(name).label,
            "said": said,
            "pairs": [(labels[key], text, said.typed.get(key)) for key, text in said.cells.items()],
        }
        for name, said in sorted(answers_in(draft).items())
        if this is not STEPS[0] or name == LicensingSystem.EXING
    ]


def step_sent(request: HttpRequest, merchant: Merchant, draft: TradeInDraft, this: Step) -> HttpResponse:
    """Keep what was typed, ask the systems, and go where the button leads, if nothing has to be told before."""
    form = form_of(this, draft, request.POST)
    form.is_valid()
    twice = form.typed_twice()
    save_draft(draft=draft, cells=form.sent(), now=timezone.now())
    _take_files(request, draft, this)
    ask_systems(draft=draft, by=person(request), now=timezone.now(), again="ask" in request.POST)
    form = form_of(this, draft, request.POST)  # what was kept just now is kept
    form.is_valid()
    if twice:
        form.show_what_others_typed()
        for key, text in twice.items():
            form.add_error(key, text)
    elif "leave" in request.POST:
        messages.success(request, _("已保存，可以随时继续填写。"))
        return redirect("portal")
    elif {"stay", "ask", "drop"} & request.POST.keys():
        return redirect("draft", draft.pk, this.slug)
    elif form.judge(cells_of(draft)):
        return redirect("draft", draft.pk, step_after(this))
    return show_step(request, merchant, draft, this, form)


def field_sent(request: HttpRequest, draft: TradeInDraft, this: Step) -> HttpResponse:
    """Keep one field as soon as it is typed, say at once what is wrong with it, and what the systems know by it."""
    key = request.POST.get("field", "")
    form = form_of(this, draft, request.POST)
    form.is_valid()
    twice = form.typed_twice()
    try:
        save_draft(draft=draft, cells=form.sent(), now=timezone.now())
    except AlreadySent:
        return HttpResponse(str(_ALREADY_SENT))
    if key in ASKS:
        ask_systems(draft=draft, by=person(request), now=timezone.now())
    stays = form_of(this, draft, request.POST)
    stays.is_valid()
    context = context_of(draft.merchant, draft, this)
    context["text"] = twice.get(key) or wrong_with(key, stays, cells_of(draft))
    context["seen"] = stays.seen_by_a_page_that_stays(told=[key] if key in twice else [])
    asked = {field.key for field in stays.asked}
    stood = [field.key for field in form.asked]
    context["not_asked"] = [name for name in stood if name not in asked]
    context["asks"] = key in ASKS
    return render(request, "subsidies/intake/field.html", context)


def wrong_with(key: str, form: StepForm, cells: Cells) -> str:
    """The sentence for one field, and for times in an impossible order."""
    if key not in form.fields:
        return ""
    text = wrong_fields(KIND, cells, among=[key]).get(key, "")
    return text or (_("；").join(odd_fields(KIND, cells)) if key in EVENTS else "")


def judge_what_is_filled(form: StepForm, cells: Cells) -> None:
    """Say what is wrong, on coming back; that a field is still empty is not said before the step has been sent."""
    form.is_valid()
    for key, text in wrong_fields(KIND, cells, among=form.fields).items():
        if cells.get(key):
            form.add_error(key, text)


def _take_files(request: HttpRequest, draft: TradeInDraft, this: Step) -> None:
    """Keep the photos that came with the step, and what the codes on them say; take a wrong one back."""
    try:
        for kind in this.photos:
            for file in request.FILES.getlist(kind):
                _take_photo(request, draft, kind, file)
        number = request.POST.get("drop", "")
        if number.isdecimal() and len(number) < 19 and take_back_photo(draft=draft, photo=int(number)):
            messages.success(request, _("照片已删去。"))
    except AlreadySent:
        messages.error(request, _ALREADY_SENT)
    if this.scans:
        for file in request.FILES.getlist("scan"):
            _fill_from(request, draft, file, over=True)


def _take_photo(request: HttpRequest, draft: TradeInDraft, kind: TradeInPhoto.Kind, file: Any) -> None:
    """Raises AlreadySent."""
    try:
        photo = take_photo(file, size=file.size or 0)
    except BadPhoto as error:
        messages.error(request, str(error))
        return
    add_photo(draft=draft, kind=kind, photo=photo, by=person(request), now=timezone.now())
    messages.success(request, _("照片已保存。"))
    if kind in READ_FROM:
        file.seek(0)
        _fill_from(request, draft, file, over=False)


def _fill_from(request: HttpRequest, draft: TradeInDraft, file: Any, *, over: bool) -> None:
    """Put into the draft what the codes on a picture say. `over`: it was photographed for that, so it goes over what was
    typed, and that there is none is told; a photo taken as proof fills in only what is empty.
    """
    try:
        said = cells_in(read_codes(file, size=file.size or 0))
        if over and not said:
            raise BadPhoto(_("照片里没有可用的二维码，请对准二维码、靠近重拍，或直接输入"))
    except BadPhoto as error:
        if over:
            messages.error(request, str(error))
        return
    cells = cells_of(draft)
    filled = {key: text for key, text in said.items() if over or not cells.get(key)}
    if filled:
        save_draft(draft=draft, cells=filled, now=timezone.now())
        messages.success(request, _("已识别：%s") % _("，").join(filled.values()))
