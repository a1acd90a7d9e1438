"""A payment in doubt settled by evidence: one person brings it, another accepts or declines it."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from core.money import yuan
from core.shanghai import to_the_minute
from core.staff.access import person, staff_page
from core.staff.ask_first import Effect, NoteForm, Question, RequiredNoteForm, ask_first
from subsidies.models import LineEvidence, PayoutLine
from subsidies.payouts.doubts import Doubt
from subsidies.payouts.pages.batches import MOVE
from subsidies.payouts.services.evidence import (
    Finding,
    NotUnknown,
    OwnEvidence,
    UnderWay,
    decide_evidence,
    propose_evidence,
)
from subsidies.reasons import PAYOUT_FAILURES
from subsidies.review.pages.claim_facts import masked_payee, name_of

REFUSALS = {
    NotUnknown: gettext_lazy("这一笔的结果已经明确，或已有一份凭证等待核准。"),
    UnderWay: gettext_lazy("运营机构仍在处理，尚无存疑；放行满 24 小时仍无结果的才能凭证认定。"),
    OwnEvidence: gettext_lazy("提出凭证的人不能自己核准，须由另一位财务人员核准。"),
}
EARLIEST = 2020
ACCEPT = {"accept": True, "decline": False}


class EvidenceForm(RequiredNoteForm):
    """What the statement says: success wants its time, failure its reason."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("结果"),
        choices=[("", gettext_lazy("请选择")), *LineEvidence.Outcome.choices],
        widget=UnfoldAdminSelectWidget,
    )
    statement_no = forms.CharField(
        label=gettext_lazy("对账单流水号或凭证号"), max_length=64, widget=UnfoldAdminTextInputWidget
    )
    paid_at = forms.DateTimeField(
        label=gettext_lazy("付款时间(成功时填写)"),
        required=False,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"],
        widget=UnfoldAdminTextInputWidget({"type": "datetime-local"}),
    )
    fail_reason = forms.ChoiceField(
        label=gettext_lazy("失败原因(失败时选择)"),
        required=False,
        choices=[("", gettext_lazy("无")), *PAYOUT_FAILURES.items()],
        widget=UnfoldAdminSelectWidget,
    )
    field_order = ("outcome", "statement_no", "paid_at", "fail_reason", "note")

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        paid_at, outcome = told.get("paid_at"), told.get("outcome")
        if outcome == LineEvidence.Outcome.SUCCESS and not paid_at and "paid_at" not in self.errors:
            self.add_error("paid_at", _("成功的付款须填写付款时间。"))
        if paid_at and paid_at > timezone.now():
            self.add_error("paid_at", _("付款时间晚于现在。"))
        if paid_at and paid_at.year < EARLIEST:
            self.add_error("paid_at", _("付款时间过早，请核对年份。"))
        if outcome == LineEvidence.Outcome.FAILED and not told.get("fail_reason"):
            self.add_error("fail_reason", _("失败的付款须选择原因。"))
        return told


def doubt_of(line: PayoutLine) -> str:
    """Why what was said of a payment is not believed, and in which word; empty where nothing is in doubt."""
    if not line.doubt:
        return ""
    why = Doubt(line.doubt).label
    return _("%(why)s：%(said)s") % {"why": why, "said": line.said} if line.said else str(why)


@require_http_methods(["GET", "POST"])
@staff_page(MOVE)
def bring(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what became of a payment, by which voucher."""
    line = get_object_or_404(PayoutLine.objects.select_related("batch", "claim__trade_in"), pk=pk)
    back = _page_of(line)

    def do(told: dict[str, Any]) -> str:
        success = told["outcome"] == LineEvidence.Outcome.SUCCESS
        finding = Finding(
            LineEvidence.Outcome(told["outcome"]),
            told["statement_no"],
            told["note"],
            paid_at=told["paid_at"] if success else None,
            fail_reason="" if success else told["fail_reason"],
        )
        propose_evidence(line=line, finding=finding, by=person(request), now=timezone.now())
        return _("凭证已提出，须由另一位财务人员核准后生效。")

    facts = [*_facts(line), (_("存疑"), doubt_of(line) or _("尚无答复"))]
    effect = Effect(
        _("按对账单或凭证认定这一笔的结果。"), facts, possible=line.state == PayoutLine.State.UNKNOWN
    )
    question = Question(_("凭证认定"), effect, do, EvidenceForm, REFUSALS, back)
    return ask_first(request, question) or redirect(back)


@require_http_methods(["GET", "POST"])
@staff_page(MOVE)
def decide(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Accept or decline what another person found."""
    if slug not in ACCEPT:
        raise Http404
    found = get_object_or_404(
        LineEvidence.objects.select_related("line__batch", "line__claim__trade_in", "proposed_by"), pk=pk
    )
    back, accept = _page_of(found.line), ACCEPT[slug]
    if found.proposed_by == person(request) and request.method == "POST":
        raise PermissionDenied

    def do(_told: dict[str, Any]) -> str:
        decide_evidence(evidence=found, accept=accept, by=person(request), now=timezone.now())
        return _("凭证已核准，申请和账目已更新。") if accept else _("凭证未予核准，这一笔仍待查。")

    facts = [*_facts(found.line), *evidence_facts(found)]
    sentence = (
        _("核准后这一笔即按此结果入账，不能撤销。")
        if accept
        else _("不核准时这一笔仍是“结果待查”，可另提凭证。")
    )
    own = found.proposed_by == person(request)
    effect = Effect(
        str(REFUSALS[OwnEvidence]) if own else sentence,
        facts,
        possible=not own and found.state == LineEvidence.State.PROPOSED,
    )
    title = _("核准凭证") if accept else _("不核准凭证")
    return ask_first(request, Question(title, effect, do, NoteForm, REFUSALS, back)) or redirect(back)


def evidence_facts(found: LineEvidence) -> list[tuple[str, object]]:
    """What was found, by whom."""
    told = (
        to_the_minute(found.paid_at)
        if found.paid_at
        else PAYOUT_FAILURES.get(found.fail_reason, found.fail_reason)
    )
    return [
        (_("认定结果"), _("%(outcome)s：%(told)s") % {"outcome": found.get_outcome_display(), "told": told}),
        (_("对账单流水号或凭证号"), found.statement_no),
        (_("提出人"), name_of(found.proposed_by)),
        (_("说明"), found.note),
    ]


def _facts(line: PayoutLine) -> list[tuple[str, object]]:
    return [
        (_("单号"), line.claim.trade_in.record_no),
        (_("收款人"), masked_payee(line)),
        (_("金额(元)"), yuan(line.amount_fen)),
        (_("请求号"), line.request_no),
    ]


def _page_of(line: PayoutLine) -> str:
    return f"{reverse('admin:subsidies_payoutbatch_change', args=[line.batch_id])}#lines"
