"""A record begins: the page draws a key, and there is a draft from the first thing that is typed, not from a tap."""

from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from core.bodies import takes_files
from core.privacy.photos import photo_limit
from core.staff.access import person
from ebikes.models import TradeInDraft
from merchants.models import Merchant
from merchants.team.access import member_only
from subsidies.checks.pages.precheck import given
from subsidies.intake.pages.filling import field_sent, show_step, step_sent
from subsidies.intake.pages.step_form import StepForm
from subsidies.intake.pages.steps import STEPS, step_after, wrong_steps
from subsidies.intake.services.ask_systems import ask_systems
from subsidies.intake.services.drafts import cells_of, open_draft

FIRST = STEPS[0]
_BLANK = {"id_kind": "居民身份证"}  # what the page holds before anybody has typed


@takes_files(photo_limit)
@require_http_methods(["GET", "POST"])
@member_only
def new(request: HttpRequest, merchant: Merchant) -> HttpResponse:
    """The first step, empty; or with what the pre-check knows."""
    if request.method == "POST":
        if "given" in request.POST:
            return _from_the_precheck(request, merchant)
        draft = draft_begun(request, merchant)
        if draft is not None:
            return _to_its_claim(draft) or step_sent(request, merchant, draft, FIRST)
    form = _blank(merchant, request.POST or dict(_BLANK))
    form.is_valid()
    if request.method == "POST":
        form.judge(_BLANK)
    return show_step(request, merchant, None, FIRST, form, key=_key(request) or uuid4())


@require_POST
@member_only
def new_field(request: HttpRequest, merchant: Merchant) -> HttpResponse:
    """One field of it, as soon as it is typed. The page's address becomes the draft's."""
    draft = draft_begun(request, merchant)
    if draft is None:
        return HttpResponse()
    response = field_sent(request, draft, FIRST)
    response.headers["HX-Replace-Url"] = reverse("draft", args=[draft.pk, FIRST.slug])
    return response


def draft_begun(request: HttpRequest, merchant: Merchant) -> TradeInDraft | None:
    """The draft of the page's key: made by the first thing that is filled in or photographed; None while there is none."""
    key = _key(request)
    if key is None:
        return None
    typed = any(request.POST.get(field.key, "").strip() for field in FIRST.fields if field.key not in _BLANK)
    begun = TradeInDraft.objects.filter(merchant=merchant, key=key).select_related("merchant").first()
    if begun is not None or not (typed or any(request.FILES.values())):
        return begun
    return open_draft(merchant=merchant, by=person(request), now=timezone.now(), key=key)


def _from_the_precheck(request: HttpRequest, merchant: Merchant) -> HttpResponse:
    """Begin with the plate and the person that were asked about, and go on where something is left to fill in."""
    now = timezone.now()
    cells = given(merchant, request.POST.get("given", ""), now=now)
    if not cells:
        return redirect("draft-new")
    draft = open_draft(merchant=merchant, by=person(request), now=now, cells=cells)
    ask_systems(draft=draft, by=person(request), now=now)
    return redirect(
        "draft", draft.pk, FIRST.slug if FIRST.slug in wrong_steps(cells_of(draft)) else step_after(FIRST)
    )


def _to_its_claim(draft: TradeInDraft) -> HttpResponse | None:
    """What was sent already is shown where it is now."""
    return redirect("draft", draft.pk, FIRST.slug) if draft.trade_in_id else None


def _blank(merchant: Merchant, data: object) -> StepForm:
    return StepForm(FIRST, merchant, data, kept=_BLANK, save_to=reverse("draft-new-field"))


def _key(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        return None
