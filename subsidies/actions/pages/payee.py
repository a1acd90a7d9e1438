"""Staff put right where a claim's money goes, on proof; another person then looks before it is paid."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from unfold.widgets import UnfoldAdminTextInputWidget

from core.privacy.fields import NeverShown
from core.staff.access import person, staff_page
from core.staff.ask_first import Effect, Question, RequiredNoteForm, ask_first
from subsidies.actions.services.staff_actions import DECIDE
from subsidies.claims.selectors.payee import may_change_payee
from subsidies.claims.services.change_payee import FIELDS, TooLate, change_payee, payee_problems
from subsidies.models import Claim
from subsidies.review.pages.claim_facts import payee_in_words

REFUSALS: dict[type[Exception], object] = {
    TooLate: gettext_lazy("补贴正在发放或已经办结，不能再改收款信息。")
}


class NumberInput(NeverShown, UnfoldAdminTextInputWidget):  # type: ignore[misc]
    """The theme's field for a number that tells who somebody is."""


class PayeeForm(RequiredNoteForm):
    """A wallet, or a phone, and on what proof."""

    wallet_no = forms.CharField(
        label=gettext_lazy("数字人民币钱包编号"),
        required=False,
        widget=NumberInput({"inputmode": "numeric", "autocomplete": "off"}),
    )
    wallet_operator = forms.CharField(
        label=gettext_lazy("钱包运营机构"), required=False, max_length=32, widget=UnfoldAdminTextInputWidget
    )
    phone = forms.CharField(
        label=gettext_lazy("手机号"),
        required=False,
        widget=NumberInput({"inputmode": "tel", "autocomplete": "off"}),
    )
    field_order = (*FIELDS, "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].label = gettext_lazy("依据")
        self.fields["note"].help_text = gettext_lazy(
            "车主以何种方式证明，例如“本人到场出示身份证和钱包页面”。请勿填写证件号码、手机号等个人信息。"
        )

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        for field, sentence in payee_problems(told).items():
            self.add_error(field, sentence)
        return told


@require_http_methods(["GET", "POST"])
@staff_page(DECIDE)
def payee(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the new payee and the proof; then it waits for another person."""
    claim = get_object_or_404(Claim.objects.select_related("trade_in", "owner"), pk=pk)
    back = reverse("admin:subsidies_claim_change", args=[claim.pk])

    def do(told: dict[str, Any]) -> str:
        cells = {field: told[field] for field in FIELDS}
        change_payee(claim=claim, cells=cells, by=person(request), now=timezone.now(), note=told["note"])
        return _("收款信息已更正，须由另一人向车主核实、解除暂缓后才能发放。")

    possible = may_change_payee(claim)
    effect = Effect(
        _("名次不变。更正后暂缓发放，须由另一人核实；已批准的退回批准前。")
        if possible
        else str(REFUSALS[TooLate]),
        [(_("单号"), claim.trade_in.record_no), (_("现在的收款信息"), payee_in_words(claim))],
        possible=possible,
    )
    question = Question(_("更正收款信息"), effect, do, PayeeForm, REFUSALS, back)
    return ask_first(request, question) or redirect(back)
