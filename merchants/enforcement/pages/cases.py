"""Cases that others investigate: proposed, handed over under their number, and what became of them."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from core.audit.record import Action, record
from core.money import yuan
from core.staff.access import person, staff_page
from core.staff.ask_first import (
    Done,
    Effect,
    NoteForm,
    Question,
    RequiredNoteForm,
    ask_first,
    bound_to_what_was_seen,
)
from merchants.enforcement.cases import (
    Result,
    close_case,
    decline_case,
    open_case,
    propose_case,
    return_outcome,
    write_outcome,
)
from merchants.enforcement.orders import Incomplete, NotNow, OwnProposal
from merchants.enforcement.pages.case_forms import NumberForm, OutcomeForm, ProposalForm
from merchants.models import EnforcementCase, Inspection, SamplingLot

LOOK, PROPOSE, CONFIRM = (
    "merchants.view_enforcementcase",
    "merchants.add_enforcementcase",
    "merchants.change_enforcementcase",
)
REFUSALS: dict[type[Exception], object] = {
    NotNow: gettext_lazy("情况有变：没有可移送的问题，或案件已经办理。没有办理。"),
    OwnProposal: gettext_lazy("自己提出或登记的，须由另一人办理。"),
    Incomplete: gettext_lazy(
        "填写不完整，没有办理：案号不能与其他案件相同，处理结果须有决定书文号和不晚于今天的日期。"
    ),
}
State = EnforcementCase.State
SOURCES: dict[str, type[Inspection] | type[SamplingLot]] = {"inspection": Inspection, "sampling": SamplingLot}


@require_GET
@staff_page(LOOK)
def case_page(request: HttpRequest, pk: int) -> HttpResponse:
    """A case, how it stands, and what this person may do with it."""
    case = _loaded(pk)
    record(Action.VIEW, by=person(request), of=case)
    context = {
        **admin.site.each_context(request),
        "title": case.number or _("查处案件(待移送)"),
        "state": case.get_state_display(),
        "facts": facts_of(case),
        "verbs": verbs_of(case, request),
        "files": [
            *(
                [(reverse("staff-visit", args=[case.inspection_id]), _("检查记录"))]
                if case.inspection_id
                else []
            ),
            *([(reverse("staff-order", args=[case.order_id]), _("责令改正通知书"))] if case.order_id else []),
            *(
                [(reverse("admin:merchants_samplinglot_change", args=[case.lot_id]), _("监督抽查"))]
                if case.lot_id
                else []
            ),
        ],
    }
    return TemplateResponse(request, "merchants/enforcement/paper.html", context)


def verbs_of(case: EnforcementCase, request: HttpRequest) -> list[tuple[str, object]]:
    """The addresses and titles of what this person may do with the case as it stands."""
    may, by = request.user.has_perm, person(request).pk
    offered: Sequence[tuple[str, object, bool]] = {
        State.PROPOSED: [
            ("open", gettext_lazy("移送…"), may(CONFIRM) and case.proposed_by_id != by),
            ("decline", gettext_lazy("不移送…"), may(CONFIRM) or case.proposed_by_id == by),
        ],
        State.OPEN: [("outcome", gettext_lazy("登记处理结果…"), may(PROPOSE))],
        State.OUTCOME: [
            ("close", gettext_lazy("核对无误，结案…"), may(CONFIRM) and case.outcome_by_id != by),
            ("return", gettext_lazy("退回处理结果…"), may(CONFIRM) or case.outcome_by_id == by),
        ],
    }.get(State(case.state), [])
    return [
        (reverse("staff-enforcement-verb", args=[case.pk, slug]), title)
        for slug, title, is_ in offered
        if is_
    ]


@require_http_methods(["GET", "POST"])
@staff_page(PROPOSE)
def new(request: HttpRequest, source: str, pk: int) -> HttpResponse:
    """Propose to hand over what an inspection found, or a lot that failed."""
    if source not in SOURCES:
        raise Http404
    found: Any = get_object_or_404(SOURCES[source]._default_manager.select_related("merchant"), pk=pk)
    back = (
        reverse("staff-visit", args=[pk])
        if source == "inspection"
        else reverse("admin:merchants_samplinglot_change", args=[pk])
    )

    def do(told: dict[str, Any]) -> Done:
        case = propose_case(source=found, **told, by=person(request), now=timezone.now())
        return Done(_("已提请移送，须由另一人核对后移送。"), reverse("staff-enforcement", args=[case.pk]))

    possible = found.merchant is not None and not found.cases.unended().exists()
    sentence = _("由另一人核对、填写案号后移送。") if possible else str(REFUSALS[NotNow])
    facts = [(_("商户"), found.merchant), (_("来由"), found)]
    question = Question(
        _("提请移送立案"), Effect(sentence, facts, possible=possible), do, ProposalForm, REFUSALS, back
    )
    return ask_first(request, question) or redirect(back)


# Each verb: its title, what is said, the form, the state that it begins in.
VERBS: dict[str, tuple[object, object, type[forms.Form], str]] = {
    "open": (
        gettext_lazy("移送案件"),
        gettext_lazy("移送后由承办机构查处；没有按期改正的通知书转为“已移送立案”。"),
        NumberForm,
        State.PROPOSED,
    ),
    "decline": (
        gettext_lazy("不移送案件"),
        gettext_lazy("这件案件就此作罢。"),
        RequiredNoteForm,
        State.PROPOSED,
    ),
    "outcome": (
        gettext_lazy("登记处理结果"),
        gettext_lazy("由另一人核对后结案。罚没款和没收产品只在行政处罚时填写。"),
        OutcomeForm,
        State.OPEN,
    ),
    "close": (gettext_lazy("结案"), gettext_lazy("核对无误后结案，不能再改。"), NoteForm, State.OUTCOME),
    "return": (
        gettext_lazy("退回处理结果"),
        gettext_lazy("案件回到查处中，可以重新登记结果。"),
        RequiredNoteForm,
        State.OUTCOME,
    ),
}


@require_http_methods(["GET", "POST"])
@staff_page(PROPOSE, CONFIRM)
def verb(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Ask, then do one thing with a case."""
    if slug not in VERBS:
        raise Http404
    case, by = _loaded(pk), person(request)
    own = by.pk == {"decline": case.proposed_by_id, "return": case.outcome_by_id}.get(slug)
    if not own and not request.user.has_perm(PROPOSE if slug == "outcome" else CONFIRM):
        raise PermissionDenied
    title, sentence, form, begins = VERBS[slug]
    mine = by.pk == {"open": case.proposed_by_id, "close": case.outcome_by_id}.get(slug)
    possible = case.state == begins and not mine
    said = str(sentence) if possible else str(REFUSALS[OwnProposal if mine else NotNow])
    seen = f"{case.state}/{case.outcome}/{case.fine_fen}/{case.decision_no}"
    question = Question(
        title,
        Effect(said, facts_of(case), possible=possible),
        lambda told: _do(slug, case, told, request),
        bound_to_what_was_seen(form, seen),
        REFUSALS,
        reverse("staff-enforcement", args=[pk]),
    )
    return ask_first(request, question) or redirect(question.back)


def _do(slug: str, case: EnforcementCase, told: dict[str, Any], request: HttpRequest) -> str:
    who: dict[str, Any] = {"by": person(request), "now": timezone.now()}
    told.pop("seen", None)
    if slug == "open":
        return _("已移送，案号 %s。") % open_case(case=case, number=told["number"], **who).number
    if slug == "outcome":
        write_outcome(case=case, result=Result(**told), **who)
        return _("处理结果已登记，须由另一人核对。")
    if slug == "close":
        close_case(case=case, **who)
        return _("已结案。")
    verb = decline_case if slug == "decline" else return_outcome
    verb(case=case, note=told["note"], **who)
    return _("已退回。")


def _loaded(pk: int) -> EnforcementCase:
    beside = (
        "merchant",
        "inspection",
        "order",
        "lot",
        "proposed_by",
        "decided_by",
        "outcome_by",
        "closed_by",
    )
    return get_object_or_404(EnforcementCase.objects.select_related(*beside), pk=pk)


def facts_of(case: EnforcementCase) -> list[tuple[str, object]]:
    """What every page says of a case."""
    money = [
        (title, _("%s 元") % yuan(fen))
        for title, fen in ((_("罚款"), case.fine_fen), (_("没收款"), case.forfeited_fen))
        if fen is not None
    ]
    facts: list[tuple[str, object]] = [
        (_("商户"), case.merchant.name),
        (_("查明的事实"), case.facts),
        (_("承办机构"), case.handed_to),
        (_("提出人"), case.proposed_by),
        (_("移送人"), case.decided_by),
        (_("处理结果"), case.get_outcome_display()),
        (_("决定书文号"), case.decision_no),
        (_("决定日期"), case.decided_on.isoformat() if case.decided_on else None),
        *money,
        (_("没收产品(件)"), case.goods),
        (_("登记结果的人"), case.outcome_by),
        (_("核对结果的人"), case.closed_by),
    ]
    return [(title, fact) for title, fact in facts if fact not in ("", None)]
