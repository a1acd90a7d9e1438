"""Proposing a step in a scheme's life, and deciding one: what it does is said first, what is open stands beside it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from unfold.widgets import UnfoldAdminTextInputWidget

from core.shanghai import to_the_minute
from core.staff.access import person, staff_page
from core.staff.ask_first import (
    EFFECT_CHANGED,
    Effect,
    NoteForm,
    Question,
    RequiredNoteForm,
    ask_first,
    bound_to_what_was_seen,
    digest_of,
)
from subsidies.models import Scheme, SchemeStep
from subsidies.schemes.pages.life import DECIDE, named, point_told
from subsidies.schemes.pages.proposals import PROPOSE
from subsidies.schemes.selectors.open_points import MATTERS, OpenPoint, open_points
from subsidies.schemes.services.changes import AlreadyOpen, Decided, NoteMissing, NotYours
from subsidies.schemes.services.steps import (
    ENDING,
    NotFromHere,
    NotOver,
    StillOpen,
    confirm_step,
    decline_step,
    propose_step,
    withdraw_step,
)
from subsidies.schemes.states import STEPS, StepKind

REFUSALS: dict[type[Exception], str | Promise] = {
    AlreadyOpen: gettext_lazy("这个方案已有一项启停等待确认，先处理那一项。"),
    Decided: gettext_lazy("这一项已经有决定，不能再改。"),
    NotYours: gettext_lazy("提出的人不能自己确认或退回，别人也不能代为撤回。"),
    NoteMissing: gettext_lazy("请写明理由。"),
    NotFromHere: gettext_lazy("方案现在的状态不能这样办理，请看过现在的情况再定。"),
    NotOver: gettext_lazy("方案的最后一天还没有过去，不能结束。"),
    StillOpen: gettext_lazy("还有未了事项没有写明，请退回后逐项写明再提出；归档须全部了结。"),
}
DOES: dict[StepKind, str | Promise] = {
    StepKind.SUSPEND: gettext_lazy(
        "确认后不再受理新的申请(更正后重新提交的也不受理)，也不再分配补贴；已提交的申请继续核验，已锁定的补贴照常发放。"
        "门户和公开页面随即写明。可以再恢复。"
    ),
    StepKind.RESUME: gettext_lazy("确认后恢复受理申请，暂停期间该分配的，下一次分配时按名次一并分配。"),
    StepKind.CLOSE: gettext_lazy(
        "确认后不再受理申请，不再分配补贴，各项规定不再变更；已锁定的补贴照常发放，余款可由两人调减。未了事项须逐项写明理由。"
    ),
    StepKind.REOPEN: gettext_lazy("确认后方案回到“已暂停”：可以核查，恢复受理须再办理一次。"),
    StepKind.ARCHIVE: gettext_lazy(
        "确认后方案只供查阅：不再记账、变更、追回和补发，工作页面不再列出，报表仍可选。"
    ),
    StepKind.RESTORE: gettext_lazy("确认后方案回到“已结束”，可再记账、追回和补发。"),
}


def _form(points: list[OpenPoint]) -> type[forms.Form]:
    """Why, and for each open point why the scheme may be closed all the same."""
    reasons = {
        f"named_{point.code}": forms.CharField(
            label=_("未了：%(title)s %(told)s，为什么可以先结束")
            % {"title": point.title, "told": point_told(point.count, point.fen)},
            max_length=300,
            widget=UnfoldAdminTextInputWidget,
        )
        for point in points
    }
    return type("StepForm", (RequiredNoteForm,), reasons)


def _told(points: list[OpenPoint]) -> list[tuple[str, object]]:
    return [(_("未了：%s") % point.title, point_told(point.count, point.fen)) for point in points]


def _bound(form: type[forms.Form], scheme: Scheme, points: list[OpenPoint]) -> type[forms.Form]:
    """To how the scheme stood, and to what was open, when it was looked at."""
    seen = digest_of(scheme.state, [(point.code, point.count, point.fen) for point in points])
    return bound_to_what_was_seen(form, seen, EFFECT_CHANGED)


@require_http_methods(["GET", "POST"])
@staff_page(PROPOSE)
def propose(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Say what the step does and what is open; then propose it."""
    scheme, kind = get_object_or_404(Scheme, pk=pk), _kind(slug)
    back = reverse("staff-scheme-life", args=[pk])
    points = open_points(scheme) if kind in ENDING else []

    def do(told: dict[str, Any]) -> str:
        reasons = {code: told[f"named_{code}"] for code in MATTERS if told.get(f"named_{code}")}
        propose_step(
            scheme=scheme, kind=kind, note=told["note"], named=reasons, by=person(request), now=timezone.now()
        )
        return _("已提出，等待另一人确认；确认之前一切照旧。")

    bound = _bound(_form(points if kind == StepKind.CLOSE else []), scheme, points)
    question = Question(kind.label, _effect(scheme, kind, points), do, bound, REFUSALS, back)
    return ask_first(request, question) or redirect(back)


def _effect(scheme: Scheme, kind: StepKind, points: list[OpenPoint]) -> Effect:
    facts: list[tuple[str, object]] = [
        (_("方案"), scheme.name),
        (_("现在的状态"), scheme.get_state_display()),
        *_told(points),
    ]
    if scheme.state not in STEPS[kind]:
        return Effect(str(REFUSALS[NotFromHere]), facts, possible=False)
    if kind == StepKind.ARCHIVE and points:
        return Effect(_("还有未了事项，须全部了结后才能归档。"), facts, possible=False)
    return Effect(str(DOES[kind]), facts)


@require_http_methods(["GET", "POST"])
@staff_page(DECIDE, PROPOSE)
def decide(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Confirm what another person proposed, or give it back; whoever proposed it may take it back."""
    if slug not in VERBS:
        raise Http404
    title, form, verb, done = VERBS[slug]
    step = get_object_or_404(SchemeStep.objects.select_related("scheme", "proposed_by"), pk=pk)
    back = reverse("staff-scheme-life", args=[step.scheme_id])
    own = step.proposed_by_id == person(request).pk
    if not own if slug == "withdraw" else not request.user.has_perm(DECIDE):
        raise PermissionDenied
    refusal = _refusal(step, slug, own=own)
    points = open_points(step.scheme) if step.kind in ENDING else []

    def do(told: dict[str, Any]) -> str:
        verb(step=step, by=person(request), now=timezone.now(), note=told["note"])
        return str(done)

    facts: list[tuple[str, object]] = [
        (_("方案"), step.scheme.name),
        (_("现在的状态"), step.scheme.get_state_display()),
        (_("事项"), step.get_kind_display()),
        (_("提出"), f"{step.proposed_by} {to_the_minute(step.proposed_at)}"),
        (_("理由"), step.note),
        *_told(points),
        *((_("写明：%s") % what, why) for what, why in named(step.named, [])),
    ]
    told = str(REFUSALS[refusal]) if refusal else str(DOES[StepKind(step.kind)])
    bound = _bound(form, step.scheme, points)
    question = Question(title, Effect(told, facts, possible=refusal is None), do, bound, REFUSALS, back)
    return ask_first(request, question) or redirect(back)


def _refusal(step: SchemeStep, slug: str, *, own: bool) -> type[Exception] | None:
    """Why this person cannot do that now, as far as it is known before."""
    if step.state != SchemeStep.State.PROPOSED:
        return Decided
    if own and slug != "withdraw":
        return NotYours
    if slug == "confirm" and step.from_state != step.scheme.state:
        return NotFromHere
    return None


def _kind(slug: str) -> StepKind:
    if slug not in StepKind.values:
        raise Http404
    return StepKind(slug)


VERBS: dict[str, tuple[object, type[NoteForm], Callable[..., SchemeStep], object]] = {
    "confirm": (
        gettext_lazy("确认启停"),
        NoteForm,
        confirm_step,
        gettext_lazy("已确认，方案的状态随即改变。"),
    ),
    "decline": (
        gettext_lazy("退回启停"),
        RequiredNoteForm,
        decline_step,
        gettext_lazy("已退回，方案不变。"),
    ),
    "withdraw": (gettext_lazy("撤回启停"), NoteForm, withdraw_step, gettext_lazy("已撤回，方案不变。")),
}
