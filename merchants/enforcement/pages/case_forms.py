"""The forms of cases: what was found, the number, what became of it."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from core.shanghai import today
from core.staff.ask_first import NoteForm
from merchants.models import EnforcementCase
from merchants.supervision.fields import DayInput, YuanField, line, lines

Outcome = EnforcementCase.Outcome


class ProposalForm(forms.Form):
    """What was found, and who takes it over."""

    facts = lines(gettext_lazy("查明的事实"), 2000, gettext_lazy("请勿填写证件号码、手机号等个人信息。"))
    handed_to = line(gettext_lazy("承办机构"), 100, gettext_lazy("例如：区局执法稽查大队。"))


class NumberForm(NoteForm):
    """The number that the investigators gave."""

    number = line(gettext_lazy("案号"), 60)
    field_order = ("number", "note")


class OutcomeForm(forms.Form):
    """What the investigators decided."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("处理结果"),
        widget=UnfoldAdminSelectWidget,
        choices=lambda: [("", _("请选择")), *Outcome.choices],
    )
    decision_no = line(gettext_lazy("决定书文号"), 60)
    decided_on = forms.DateField(label=gettext_lazy("决定日期"), initial=today, widget=DayInput())
    fine_fen = YuanField(label=gettext_lazy("罚款(元)"), required=False)
    forfeited_fen = YuanField(label=gettext_lazy("没收款(元)"), required=False)
    goods = forms.IntegerField(
        label=gettext_lazy("没收产品(件)"),
        required=False,
        min_value=0,
        max_value=1_000_000,
        widget=UnfoldAdminIntegerFieldWidget(),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        costs = any(data.get(name) for name in ("fine_fen", "forfeited_fen", "goods"))
        if costs and data.get("outcome") not in ("", None, Outcome.PENALTY):
            self.add_error("outcome", _("只有行政处罚才有罚没款和没收产品。"))
        if data.get("decided_on") and data["decided_on"] > today():
            self.add_error("decided_on", _("决定日期不能晚于今天。"))
        return data
