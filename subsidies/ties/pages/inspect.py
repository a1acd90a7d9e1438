"""A shop of a doubtful group is to be inspected: what the inspectors will read is shown before they are asked."""

from datetime import date
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextInputWidget

from core.shanghai import today
from core.staff.access import person, staff_page
from core.staff.ask_first import Effect, Question, ask_first, bound_to_what_was_seen, digest_of
from merchants.models import Merchant
from merchants.supervision.heads import HEADS
from subsidies.models import Claim, Hold
from subsidies.ties.selectors.groups import TIED_BY, members_of
from subsidies.ties.services.inspect import AskedAlready, ask_inspection, asked_for, reason

ASK_INSPECTION = "merchants.add_inspectiontask"
ASKED: str | Promise = gettext_lazy("这家商户已有同一疑点的检查任务，尚未检查。")


class InspectForm(forms.Form):
    """Which heads of the visit matter most, and by when it is to be made."""

    heads = forms.MultipleChoiceField(
        label=gettext_lazy("重点检查"),
        required=False,
        choices=[(head.code, head.title) for head in HEADS],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=gettext_lazy("勾选的项目写入检查任务的事由；到店仍须逐项检查。"),
    )
    due_on = forms.DateField(
        label=gettext_lazy("办理期限"),
        required=False,
        widget=UnfoldAdminTextInputWidget({"type": "date"}),
        help_text=gettext_lazy("不填则不限期。"),
    )

    def clean_due_on(self) -> date | None:
        due_on: date | None = self.cleaned_data["due_on"]
        if due_on is not None and due_on < today():
            raise forms.ValidationError(_("期限已过，请另选日期。"))
        return due_on


@require_http_methods(["GET", "POST"])
@staff_page(ASK_INSPECTION)
def inspect(request: HttpRequest, kind: str, pk: int, shop: int) -> HttpResponse:
    """Ask, then have the shop inspected for its members of the group."""
    if kind not in {each.value for each in TIED_BY}:
        raise Http404
    tie = Hold.Kind(kind)
    ids = members_of(tie, get_object_or_404(Claim, pk=pk))
    if not ids:
        return redirect("staff-tie", kind, pk)
    merchant = get_object_or_404(Merchant.objects.filter(trade_ins__claims__in=ids).distinct(), pk=shop)
    told = reason(merchant=merchant, kind=tie, claims=ids)
    waits = bool(asked_for([merchant], tie))

    def do(data: dict[str, Any]) -> str:
        ask_inspection(
            merchant=merchant,
            kind=tie,
            told=reason(merchant=merchant, kind=tie, claims=ids, heads=data["heads"]),
            due_on=data["due_on"],
            by=person(request),
            now=timezone.now(),
        )
        return _("已生成检查任务：%s。") % merchant

    effect = Effect(
        str(ASKED if waits else _("生成一项检查任务，检查人员会在“检查任务”里看到下列事由。")),
        [
            (_("商户"), str(merchant)),
            (_("所在街道"), merchant.subdistrict or "–"),
            (_("涉及的申请"), _("%s 份") % f"{told.count:,}"),
            (_("事由"), told.text),
        ],
        possible=not waits,
    )
    form = bound_to_what_was_seen(InspectForm, digest_of(merchant.pk, told.text))
    back = reverse("staff-tie", args=[kind, pk])
    question = Question(_("生成检查任务"), effect, do, form, {AskedAlready: ASKED}, back)
    return ask_first(request, question) or redirect(back)
