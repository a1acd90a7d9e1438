"""What shall become of a confirmed case: proposed by one person, approved or declined by another."""

from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from core.shanghai import today
from core.staff.access import person, staff_page
from core.staff.ask_first import Effect, NoteForm, Question, RequiredNoteForm, ask_first
from subsidies.models import RecoveryCase, RecoveryStep
from subsidies.recoveries.pages.asking import (
    CONFIRM,
    DECIDE,
    PROPOSE,
    TAKE,
    address_of,
    as_shown,
    facts_of,
    filled,
    load_case,
)
from subsidies.recoveries.pages.forms import PaperForm, PlanForm, plan_as_typed
from subsidies.recoveries.pages.wording import REFUSALS
from subsidies.recoveries.plans import Due
from subsidies.recoveries.services.steps import Motion, decide_step, propose_step
from subsidies.review.pages.claim_facts import name_of

Kind = RecoveryStep.Kind
# What each step does, in a sentence; and who proposes and approves it.
STEPS: dict[RecoveryStep.Kind, str | Promise] = {
    Kind.REPLAN: gettext_lazy("由另一人核准后，新的还款计划取代现在的计划。"),
    Kind.HAND_OVER: gettext_lazy("由另一人核准后，记为已移送强制执行；执行到账的款项照常登记收款。"),
    Kind.WRITE_OFF: gettext_lazy("由另一人核准后，余款不再追收，申请记为“已核销”；账目上仍是已发放。"),
    Kind.DROP: gettext_lazy("由另一人核准后，撤销这份追回，申请恢复为“已发放”。"),
    Kind.REFUND: gettext_lazy("由另一位财务人员核准后，记为已退还缴款人。"),
}


def rights_of(kind: str) -> tuple[str, str]:
    """Who proposes a step, and who approves it: paying back is finance's."""
    return (TAKE, CONFIRM) if kind == Kind.REFUND else (PROPOSE, DECIDE)


@require_http_methods(["GET", "POST"])
@staff_page(PROPOSE, TAKE)
def step(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Propose what shall become of a case."""
    if slug not in Kind.values:
        raise Http404
    kind = Kind(slug)
    if not request.user.has_perm(rights_of(kind)[0]):
        raise PermissionDenied
    case = load_case(pk)
    form: type[forms.Form] = RequiredNoteForm
    if kind in (Kind.HAND_OVER, Kind.REFUND):
        form = PaperForm
    if kind == Kind.REPLAN:
        rest = case.open_fen
        later = Due(today() + timedelta(days=30), rest)
        form = filled(PlanForm, {"plan": plan_as_typed([later])}, open_fen=rest)

    def do(told: dict[str, Any]) -> str:
        motion = Motion(kind, told["note"], told.get("reference", ""), told.get("plan", ()))
        propose_step(case=case, motion=motion, by=person(request), now=timezone.now())
        return _("已提出“%s”，须由另一人核准。") % kind.label

    goes_on = bool(case.surplus_fen) if kind == Kind.REFUND else case.state == RecoveryCase.State.OPEN
    effect = Effect(str(STEPS[kind]), facts_of(case), possible=goes_on)
    question = Question(kind.label, effect, do, as_shown(form, case), REFUSALS, address_of(case))
    return ask_first(request, question) or redirect(address_of(case))


@require_http_methods(["GET", "POST"])
@staff_page(DECIDE, CONFIRM)
def decide_proposed(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Approve a step that another person proposed, or decline it."""
    if slug not in ("approve", "decline"):
        raise Http404
    loaded = RecoveryStep.objects.select_related("case__claim__trade_in", "case__proposed_by", "proposed_by")
    found = get_object_or_404(loaded, pk=pk)
    by, approves, back = person(request), slug == "approve", address_of(found.case)
    if not request.user.has_perm(rights_of(found.kind)[1]):
        raise PermissionDenied
    own = found.proposed_by == by

    def do(told: dict[str, Any]) -> str:
        decide_step(step=found, approve=approves, by=by, now=timezone.now(), note=told["note"])
        told_of = {"what": found.get_kind_display()}
        return (_("“%(what)s”已核准。") if approves else _("“%(what)s”未予核准。")) % told_of

    facts = [
        *facts_of(found.case),
        (_("办理"), found.get_kind_display()),
        (_("理由"), found.note),
        *([(_("文号或凭证号"), found.reference)] if found.reference else []),
        *(
            [(_("新的还款计划"), plan_as_typed(Due(p.due_on, p.amount_fen) for p in _plan_of(found)))]
            if found.plan_no
            else []
        ),
        (_("提出人"), name_of(found.proposed_by)),
    ]
    possible = found.state == RecoveryStep.State.PROPOSED and not (own and approves)
    told = str(STEPS[Kind(found.kind)]) if approves else _("不核准时案件照旧。")
    if own and approves:
        told = _("提出的人不能自己核准，须由另一人核准。")
    title = _("核准：%s") if approves else _("不核准：%s")
    form = as_shown(NoteForm, found.case)
    question = Question(
        title % found.get_kind_display(), Effect(told, facts, possible=possible), do, form, REFUSALS, back
    )
    return ask_first(request, question) or redirect(back)


def _plan_of(found: RecoveryStep) -> Any:
    return found.case.instalments.filter(plan_no=found.plan_no or 0)
