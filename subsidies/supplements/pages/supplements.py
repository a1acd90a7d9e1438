"""A supplement on the staff's pages: proposed, decided, taken back, confirmed anew; each asked about first."""

from collections.abc import Callable
from dataclasses import dataclass
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
from unfold.widgets import UnfoldAdminSelectWidget

from core.models import User
from core.money import plain_yuan, yuan
from core.staff.access import person, staff_page
from core.staff.ask_first import (
    Effect,
    NoteForm,
    Question,
    RequiredNoteForm,
    ask_first,
    bound_to_what_was_seen,
)
from subsidies.decision_reasons import SUPPLEMENT
from subsidies.models import Claim, Supplement
from subsidies.payouts.services.ordering import NotYours
from subsidies.payouts.services.supplement_payouts import NotFailed, SamePayee, retry_supplement
from subsidies.recoveries.pages.asking import filled
from subsidies.recoveries.pages.forms import YuanField
from subsidies.review.pages.claim_facts import name_of
from subsidies.schemes.states import SchemeState
from subsidies.states import ClaimState
from subsidies.supplements.services.supplements import (
    Archived,
    BeyondHighest,
    NoMoney,
    NotOwed,
    OwnProposal,
    cancel_supplement,
    confirm_supplement,
    decline_supplement,
    propose_supplement,
    room_for,
)

PROPOSE, DECIDE = "subsidies.add_supplement", "subsidies.change_supplement"
State = Supplement.State
REFUSALS: dict[type[Exception], str | Promise] = {
    Archived: gettext_lazy("方案已归档，须由两人取消归档后再办"),
    NotOwed: gettext_lazy("申请不在“已发放”状态，或已有未办结的补发或追回，或这笔补发的状态已有变化。"),
    OwnProposal: gettext_lazy("提出补发的人不能自己核准，须由另一人核准。"),
    NotYours: gettext_lazy("提出补发的人不能自己核准，须由另一人核准。"),
    BeyondHighest: gettext_lazy("补发后将超过本方案的最高补贴标准。"),
    NoMoney: gettext_lazy("方案或阶段的剩余资金不够这笔补发：请先追加资金，或待有资金退回后再核准。"),
    SamePayee: gettext_lazy("因收款信息发放失败，尚未更正：请先更正收款信息。"),
    NotFailed: gettext_lazy("这笔补发不在“发放失败”状态。"),
}


def _why_not(*, archived: bool, room: int) -> type[Exception]:
    if archived:
        return Archived
    return NotOwed if room else BeyondHighest


class SupplementForm(RequiredNoteForm):
    """How much is owed, and why."""

    reason = forms.ChoiceField(
        label=gettext_lazy("理由"),
        choices=[("", gettext_lazy("请选择")), *SUPPLEMENT.items()],
        widget=UnfoldAdminSelectWidget,
    )
    amount = YuanField(label=gettext_lazy("补发金额(元)"))
    field_order = ("reason", "amount", "note")
    room_fen = 0

    def clean_amount(self) -> int:
        fen: int = self.cleaned_data["amount"]
        if fen > self.room_fen:
            raise forms.ValidationError(_("至多可补发 %s 元。") % yuan(self.room_fen))
        return fen


@require_http_methods(["GET", "POST"])
@staff_page(PROPOSE)
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose what a claim is owed besides."""
    claim = get_object_or_404(Claim.objects.select_related("trade_in", "scheme"), pk=pk)
    back, room = reverse("admin:subsidies_claim_change", args=[claim.pk]), room_for(claim)

    def do(told: dict[str, Any]) -> str:
        propose_supplement(
            claim=claim,
            amount_fen=told["amount"],
            reason=told["reason"],
            note=told["note"],
            by=person(request),
            now=timezone.now(),
        )
        return _("已提出补发，须由另一人核准后锁定资金。")

    facts = [
        (_("单号"), claim.trade_in.record_no),
        (_("已发放"), _("%s 元") % yuan(claim.amount_fen)),
        (_("至多可补发"), _("%s 元") % yuan(room)),
    ]
    archived = claim.scheme.state == SchemeState.ARCHIVED
    possible = claim.state == ClaimState.PAID and room > 0 and not archived
    sentence = _("由另一人核准后锁定资金，再由财务制作批次、放行。合计不超过本方案的最高补贴标准。")
    told = sentence if possible else str(REFUSALS[_why_not(archived=archived, room=room)])
    form = filled(SupplementForm, {"amount": plain_yuan(room)}, room_fen=room)
    question = Question(_("提出补发"), Effect(told, facts, possible=possible), do, form, REFUSALS, back)
    return ask_first(request, question) or redirect(back)


@dataclass(frozen=True, slots=True)
class SupplementVerb:
    """What may be done with a supplement in these states. `own`: whether its proposer may, too."""

    title: str | Promise
    effect: str | Promise
    run: Callable[[Supplement, User, str], None]
    needs: tuple[Supplement.State, ...]
    form: type[NoteForm] = NoteForm
    own: bool = False


def _confirm(supplement: Supplement, by: User, note: str) -> None:
    confirm_supplement(supplement=supplement, by=by, now=timezone.now(), note=note)


def _decline(supplement: Supplement, by: User, note: str) -> None:
    decline_supplement(supplement=supplement, by=by, now=timezone.now(), note=note)


def _cancel(supplement: Supplement, by: User, note: str) -> None:
    cancel_supplement(supplement=supplement, by=by, now=timezone.now(), note=note)


def _retry(supplement: Supplement, by: User, note: str) -> None:
    retry_supplement(supplement=supplement, by=by, now=timezone.now(), note=note)


VERBS: dict[str, SupplementVerb] = {
    "confirm": SupplementVerb(
        gettext_lazy("核准补发"),
        gettext_lazy("锁定资金，由财务制作批次；提出人和核准人不能参与制单和放行。"),
        _confirm,
        (State.PROPOSED,),
    ),
    "decline": SupplementVerb(
        gettext_lazy("不核准补发"),
        gettext_lazy("这笔补发就此终止，可以重新提出。"),
        _decline,
        (State.PROPOSED,),
        RequiredNoteForm,
        own=True,
    ),
    "retry": SupplementVerb(
        gettext_lazy("重新核准发放失败的补发"),
        gettext_lazy("由财务重新制作批次，用新的请求号。请先确认收款信息无误。"),
        _retry,
        (State.FAILED,),
    ),
    "cancel": SupplementVerb(
        gettext_lazy("撤销补发"),
        gettext_lazy("锁定的资金退回，这笔补发就此终止。"),
        _cancel,
        (State.RESERVED, State.FAILED),
        RequiredNoteForm,
    ),
}


@require_http_methods(["GET", "POST"])
@staff_page(DECIDE)
def decide(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Ask, then do one thing with a supplement; back to its claim."""
    if slug not in VERBS:
        raise Http404
    loaded = Supplement.objects.select_related("claim__trade_in", "claim__scheme", "proposed_by")
    found, verb, by = get_object_or_404(loaded, pk=pk), VERBS[slug], person(request)
    back = reverse("admin:subsidies_claim_change", args=[found.claim_id])
    mine = found.proposed_by == by and not verb.own and slug != "cancel"
    if mine and request.method == "POST":
        raise PermissionDenied

    def do(told: dict[str, Any]) -> str:
        verb.run(found, by, told["note"])
        return _("%s：已办理。") % verb.title

    facts = [
        (_("单号"), found.claim.trade_in.record_no),
        (_("补发编号"), found.ref),
        (_("补发金额"), _("%s 元") % yuan(found.amount_fen)),
        (_("理由"), found.get_reason_display()),
        (_("查明的事实"), found.note),
        (_("提出人"), name_of(found.proposed_by)),
    ]
    possible = found.state in verb.needs and not mine
    told = str(verb.effect) if possible else str(REFUSALS[OwnProposal if mine else NotOwed])
    form = bound_to_what_was_seen(verb.form, f"{found.state}/{found.decided_at}")
    question = Question(verb.title, Effect(told, facts, possible=possible), do, form, REFUSALS, back)
    return ask_first(request, question) or redirect(back)


def verbs_of(supplement: Supplement, request: HttpRequest) -> list[tuple[str, object]]:
    """The addresses and titles of what this person may do with it now."""
    if not request.user.has_perm(DECIDE):
        return []
    own = supplement.proposed_by == request.user
    return [
        (reverse("staff-supplement-decide", args=[supplement.pk, slug]), verb.title)
        for slug, verb in VERBS.items()
        if supplement.state in verb.needs and (not own or verb.own or slug == "cancel")
    ]
