"""A demand is put right before it is confirmed; then confirmed, or declined."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.money import plain_yuan
from core.staff.access import person, staff_page
from core.staff.ask_first import Effect, NoteForm, Question, RequiredNoteForm, ask_first
from subsidies.models import RecoveryCase
from subsidies.recoveries.pages.asking import (
    DECIDE,
    PROPOSE,
    address_of,
    as_shown,
    facts_of,
    filled,
    load_case,
)
from subsidies.recoveries.pages.forms import DemandForm, plan_as_typed
from subsidies.recoveries.pages.wording import REFUSALS
from subsidies.recoveries.plans import Due
from subsidies.recoveries.selectors.kept import kept_by_claim
from subsidies.recoveries.services.cases import (
    Demand,
    NotProposed,
    OwnProposal,
    amend_proposal,
    confirm_recovery,
    decline_recovery,
)


@require_http_methods(["GET", "POST"])
@staff_page(PROPOSE)
def amend(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a proposal right before it is confirmed."""
    case = load_case(pk)
    plan = [Due(each.due_on, each.amount_fen) for each in case.instalments.filter(plan_no=0)]
    initial = {
        "reason": case.reason,
        "basis": case.basis,
        "note": case.note,
        "amount": plain_yuan(case.amount_fen),
        "plan": plan_as_typed(plan),
    }
    form = filled(DemandForm, initial, kept_fen=kept_by_claim(case.claim_id))

    def do(told: dict[str, Any]) -> str:
        demand = Demand(told["reason"], told["basis"], told["note"], told["amount"], told["plan"])
        amend_proposal(case=case, demand=demand, by=person(request), now=timezone.now())
        return _("追回方案已修改，由您提出，须由另一人核准。")

    effect = Effect(
        _("修改后由您作为提出人，须由另一人核准。"),
        facts_of(case),
        possible=case.state == RecoveryCase.State.PROPOSED,
    )
    question = Question(_("修改追回方案"), effect, do, as_shown(form, case), REFUSALS, address_of(case))
    return ask_first(request, question) or redirect(address_of(case))


@require_http_methods(["GET", "POST"])
@staff_page(PROPOSE, DECIDE)
def decide(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Confirm a demand, or decline it; whoever proposed it may take it back."""
    if slug not in ("confirm", "decline"):
        raise Http404
    case, confirms, by = load_case(pk), slug == "confirm", person(request)
    own = case.proposed_by == by
    if not request.user.has_perm(DECIDE) and (confirms or not own):
        raise PermissionDenied

    def do(told: dict[str, Any]) -> str:
        if not confirms:
            decline_recovery(case=case, by=by, now=timezone.now(), note=told["note"])
            return _("这份追回未予核准，申请不受影响。")
        confirmed = confirm_recovery(case=case, by=by, now=timezone.now(), note=told["note"])
        return _("已核准，文号 %s。请打印追回通知书，盖章后送达。") % confirmed.number

    sentence = (
        _("核准后编定文号、出具追回通知书，申请转为“追回中”，不能再修改方案。")
        if confirms
        else _("不核准的追回就此终止，申请不受影响；可以重新提出。")
    )
    possible = case.state == RecoveryCase.State.PROPOSED and not (confirms and own)
    told = sentence if possible else str(REFUSALS[OwnProposal if own and confirms else NotProposed])
    form = as_shown(NoteForm if confirms else RequiredNoteForm, case)
    title = _("核准追回") if confirms else _("不核准追回")
    question = Question(
        title, Effect(told, facts_of(case), possible=possible), do, form, REFUSALS, address_of(case)
    )
    return ask_first(request, question) or redirect(address_of(case))
