"""The forms of recoveries: a demand with its plan, a receipt, a step."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from core.money import plain_yuan, to_fen, yuan
from core.privacy.notes import names_nobody
from core.shanghai import today
from core.staff.ask_first import NoteForm, RequiredNoteForm
from subsidies.claims.models.claim import ClaimQuerySet
from subsidies.decision_reasons import START_RECOVERY
from subsidies.models import Claim, RecoveryReceipt
from subsidies.recoveries.pages.wording import plan_in_words
from subsidies.recoveries.plans import Due, WrongPlan, check_plan

MOST_YUAN = Decimal(100_000_000)


def claim_in_words(claim: Claim) -> str:
    """A claim to choose: its record and its subsidy."""
    return _("%(record)s(%(yuan)s 元)") % {"record": claim.trade_in.record_no, "yuan": yuan(claim.amount_fen)}


class YuanField(forms.DecimalField):
    """An amount in yuan; its value is fen."""

    def __init__(self, **kwargs: Any) -> None:
        widget = UnfoldAdminDecimalFieldWidget({"inputmode": "decimal", "step": "0.01"})
        super().__init__(
            min_value=Decimal("0.01"), max_value=MOST_YUAN, decimal_places=2, widget=widget, **kwargs
        )

    def clean(self, value: Any) -> Any:
        amount = super().clean(value)
        return to_fen(amount) if amount is not None else None


class PlanField(forms.CharField):
    """A plan as it is typed, a part on each line: the day and the yuan. Its value is a tuple of `Due`."""

    def __init__(self, **kwargs: Any) -> None:
        help_text = gettext_lazy("每行一期：到期日和金额(元)，例如 2026-12-31 100.00。一次还清的只写一行。")
        widget = UnfoldAdminTextareaWidget({"rows": 4})
        super().__init__(widget=widget, label=gettext_lazy("还款计划"), help_text=help_text, **kwargs)

    def clean(self, value: Any) -> Any:
        lines = enumerate(filter(str.strip, super().clean(value).splitlines()), 1)
        return tuple(_part(no, line) for no, line in lines)


def _part(no: int, line: str) -> Due:
    words = line.replace("，", " ").replace("元", " ").split()
    try:
        on, amount = words
        day = parse_date(on.replace("/", "-"))
        fen = to_fen(Decimal(amount.replace(",", "")))
        if day is None:
            raise ValueError
    except (ValueError, ArithmeticError) as wrong:
        raise ValidationError(
            _("第 %(no)s 行无法识别：%(line)s。请写成“2026-12-31 100.00”。") % {"no": no, "line": line[:40]}
        ) from wrong
    return Due(day, fen)


def plan_as_typed(plan: Iterable[Due]) -> str:
    """A plan as the field takes it."""
    return "\n".join(f"{each.on.isoformat()} {plain_yuan(each.fen)}" for each in plan)


class DemandForm(RequiredNoteForm):
    """Why, on what law, how much, by when."""

    reason = forms.ChoiceField(
        label=gettext_lazy("理由"), choices=list(START_RECOVERY.items()), widget=UnfoldAdminSelectWidget
    )
    basis = forms.CharField(
        label=gettext_lazy("法律依据"),
        max_length=300,
        widget=UnfoldAdminTextareaWidget({"rows": 4}),
        validators=[names_nobody],
    )
    amount = YuanField(label=gettext_lazy("追回金额(元)"))
    plan = PlanField()
    field_order = ("reason", "basis", "note", "amount", "plan")
    kept_fen = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].label = gettext_lazy("查明的事实")
        self.fields["note"].help_text = gettext_lazy("印在追回通知书上。请勿填写证件号码、手机号等个人信息。")

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        fen, plan = told.get("amount"), told.get("plan")
        if fen and fen > self.kept_fen:
            self.add_error("amount", _("实际发放、尚未退回的只有 %s 元。") % yuan(self.kept_fen))
        elif fen and plan is not None:
            _say_what_is_wrong(self, plan, fen)
        return told


class PlanForm(RequiredNoteForm):
    """Another plan for what is still open, and why."""

    plan = PlanField()
    field_order = ("plan", "note")
    open_fen = 0

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        if told.get("plan") is not None:
            _say_what_is_wrong(self, told["plan"], self.open_fen)
        return told


def _say_what_is_wrong(form: forms.Form, plan: tuple[Due, ...], total_fen: int) -> None:
    try:
        check_plan(plan, total_fen=total_fen, today=today())
    except WrongPlan as wrong:
        form.add_error("plan", plan_in_words(wrong, total_fen))


class PaperForm(RequiredNoteForm):
    """Why, and by which paper."""

    reference = forms.CharField(
        label=gettext_lazy("文号或凭证号"), max_length=64, widget=UnfoldAdminTextInputWidget
    )
    field_order = ("reference", "note")


class ReceiptForm(NoteForm):
    """How much arrived, how, when, by which voucher; of a set-off, of which claim."""

    way = forms.ChoiceField(
        label=gettext_lazy("收款方式"),
        choices=[("", gettext_lazy("请选择")), *RecoveryReceipt.Way.choices],
        widget=UnfoldAdminSelectWidget,
    )
    amount = YuanField(label=gettext_lazy("金额(元)"))
    received_on = forms.DateField(
        label=gettext_lazy("到账日期"), widget=UnfoldAdminTextInputWidget({"type": "date"})
    )
    voucher = forms.CharField(
        label=gettext_lazy("凭证号"),
        max_length=64,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("银行流水号、缴款书号或抵扣告知书文号。"),
    )
    set_off = forms.ModelChoiceField(
        label=gettext_lazy("抵扣的申请(抵扣时选择)"),
        queryset=Claim.objects.none(),
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    field_order = ("way", "amount", "received_on", "voucher", "set_off", "note")
    open_fen = 0
    since: date | None = None
    due: ClaimQuerySet = Claim.objects.none()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["set_off"]
        choice.queryset, choice.label_from_instance = self.due, claim_in_words

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        if (fen := told.get("amount")) and fen > self.open_fen:
            self.add_error("amount", _("尚未收到的只有 %s 元(待核对的收款已计入)。") % yuan(self.open_fen))
        day = told.get("received_on")
        if day and (day > today() or (self.since and day < self.since)):
            self.add_error("received_on", _("到账日期应在追回核准之日和今天之间。"))
        sets_off = told.get("way") == RecoveryReceipt.Way.SET_OFF
        if sets_off and not told.get("set_off") and "set_off" not in self.errors:
            self.add_error(
                "set_off", _("请选择抵扣的申请；没有可选的，说明同一车主没有已批准、待发放的申请。")
            )
        if not sets_off and told.get("set_off"):
            self.add_error("set_off", _("只有“抵扣应发补贴”才选择申请。"))
        return told
