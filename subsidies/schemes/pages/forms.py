"""The form by which a scheme's change is proposed: all its terms, money typed in yuan and kept in fen."""

import unicodedata
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from itertools import chain, count
from typing import Any

from django import forms
from django.forms.formsets import BaseFormSet
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from core.money import to_fen, yuan
from core.privacy.notes import names_nobody
from subsidies.engine.stages import StageTerms
from subsidies.models import PolicyVersion
from subsidies.schemes.selectors.faults import Fault
from subsidies.schemes.selectors.terms import SETTINGS, STAGE_TERMS, Proposal, Terms


class DayInput(UnfoldAdminTextInputWidget):  # type: ignore[misc]
    """The browser's own calendar."""

    input_type = "date"

    def format_value(self, value: Any) -> str | None:
        return value.isoformat() if isinstance(value, date) else value


class YuanField(forms.DecimalField):
    """Yuan with at most two decimals, as they are typed, to whole fen."""

    def __init__(self, **more: Any) -> None:
        widget = UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(max_digits=14, decimal_places=2, widget=widget, **more)

    def to_python(self, value: Any) -> Any:
        typed = unicodedata.normalize("NFKC", str(value)).replace(",", "").strip() if value else value
        return super().to_python(typed)

    def clean(self, value: Any) -> Any:
        yuan: Decimal | None = super().clean(value)
        return None if yuan is None else to_fen(yuan)

    def prepare_value(self, value: Any) -> Any:
        return yuan(value).replace(",", "") if isinstance(value, int) else value


class NumberField(forms.IntegerField):
    """A whole number; one that need not be given means no limit."""

    def __init__(self, **more: Any) -> None:
        widget = UnfoldAdminTextInputWidget(attrs={"inputmode": "numeric", "autocomplete": "off"})
        super().__init__(widget=widget, **more)


class StageForm(forms.Form):
    """One stage. `no`: its number, which nobody types."""

    no: int
    starts_on = forms.DateField(label=STAGE_TERMS["starts_on"], input_formats=["%Y-%m-%d"], widget=DayInput)
    ends_on = forms.DateField(label=STAGE_TERMS["ends_on"], input_formats=["%Y-%m-%d"], widget=DayInput)
    amount_fen = YuanField(label=STAGE_TERMS["amount_fen"])
    cap_fen = YuanField(label=STAGE_TERMS["cap_fen"], required=False, help_text=_("不设上限请留空"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.needed = [name for name, field in self.fields.items() if field.required]
        if self.empty_permitted:
            for name in self.needed:
                self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        """A stage that may be left out is filled in whole or not at all."""
        data: dict[str, Any] = super().clean() or {}
        missing = [name for name in self.needed if data.get(name) is None and name not in self.errors]
        for name in missing:
            self.add_error(name, self.fields[name].error_messages["required"])
        if missing and self.empty_permitted:
            self.add_error(None, _("这一阶段只填了一部分：增加阶段请填全，不增加请全部留空。"))
        return data


class StagesForm(BaseFormSet):  # type: ignore[type-arg]
    """The stages as a table of forms; the last, empty, adds one."""

    deletion_widget = UnfoldBooleanWidget

    def __init__(self, data: Any, *, terms: Terms, prefix: str = "stages") -> None:
        rows = [{name: getattr(stage, name) for name in STAGE_TERMS} for stage in terms.stages]
        super().__init__(data, initial=rows, prefix=prefix)
        known = [stage.no for stage in terms.stages]
        numbers = chain(known, count(max(known, default=0) + 1))
        for form, no in zip(self.forms, numbers, strict=False):
            form.no = no

    def add_fields(self, form: StageForm, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].label = _("删除这一阶段")

    def plans(self) -> tuple[StageTerms, ...]:
        """The stages as they shall be, once the forms are valid."""
        return tuple(
            StageTerms(form.no, *(form.cleaned_data[name] for name in STAGE_TERMS))
            for form in self.forms
            if form.cleaned_data and not form.cleaned_data.get("DELETE")
        )


STAGES: Any = forms.formset_factory(StageForm, formset=StagesForm, extra=1, max_num=24, can_delete=True)


class TopUpForm(forms.Form):
    """More money, on whose paper and why."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    budget_fen = YuanField(label=_("追加金额(元)"))
    ref = forms.CharField(label=_("文号"), max_length=64, required=False, widget=UnfoldAdminTextInputWidget)
    note = forms.CharField(
        label=_("说明"),
        validators=[names_nobody],
        max_length=500,
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
        help_text=_("写明依据和理由，与版本一同永久保存。请勿填写个人信息。"),
    )

    def clean_budget_fen(self) -> int:
        fen: int = self.cleaned_data["budget_fen"]
        if fen <= 0:
            raise forms.ValidationError(_("追加金额应大于 0 元"))
        return fen


class SettingsForm(forms.Form):
    """The policy, the budget and the reasons: everything but the stages."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    head_of_line = forms.ChoiceField(
        label=SETTINGS["head_of_line"],
        choices=PolicyVersion.HeadOfLine.choices,
        widget=UnfoldAdminSelectWidget,
    )
    per_person_cap = NumberField(label=SETTINGS["per_person_cap"], required=False, help_text=_("不限请留空"))
    filed_years_limit = NumberField(
        label=SETTINGS["filed_years_limit"], required=False, help_text=_("不限请留空")
    )
    settle_lag_hours = NumberField(label=SETTINGS["settle_lag_hours"])
    review_days = NumberField(
        label=SETTINGS["review_days"],
        required=False,
        help_text=_("申请等待人工处理起，次日起算，按法定工作日计；不限请留空"),
    )
    payer_wallet = forms.CharField(
        label=SETTINGS["payer_wallet"],
        max_length=32,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("数字人民币钱包，16 位数字。与付款单位一并留空，按系统设置付款"),
    )
    payer_name = forms.CharField(
        label=SETTINGS["payer_name"], max_length=100, required=False, widget=UnfoldAdminTextInputWidget
    )
    budget_fen = YuanField(
        label=_("资金增减(元)"), required=False, help_text=_("追加填正数，调减填负数，不变请留空")
    )
    ref = TopUpForm.declared_fields["ref"]
    note = TopUpForm.declared_fields["note"]

    def __init__(self, data: Any, *, policy: PolicyVersion, budget: bool) -> None:
        settings = {name: getattr(policy, name) for name in SETTINGS}
        super().__init__(data, initial={"version": policy.version, **settings})
        if not budget:
            del self.fields["budget_fen"]


class ChangeForms:
    """All that a proposal is typed into. `budget`: whether this person may ask for more or less money."""

    def __init__(self, data: Any, *, policy: PolicyVersion, budget: bool) -> None:
        self.settings = SettingsForm(data, policy=policy, budget=budget)
        self.stages: StagesForm = STAGES(data, terms=Terms.of(policy))

    def proposal(self) -> Proposal | None:
        """What is proposed; None where something is missing or unreadable, which is said beside it."""
        if not all([self.settings.is_valid(), self.stages.is_valid()]):
            return None
        told = self.settings.cleaned_data
        terms = Terms(**{name: told[name] for name in SETTINGS}, stages=self.stages.plans())
        return Proposal(terms, told["note"], told.get("budget_fen") or 0, told["ref"])

    def mark(self, faults: Iterable[Fault]) -> None:
        """Put each fault beside the field that it is about."""
        rows = {form.no: form for form in self.stages.forms}
        for fault in faults:
            form = rows.get(fault.stage, self.settings)
            form.add_error(fault.field if fault.field in form.fields else None, fault.sentence)


class TopUpForms:
    """The short form: the terms stay, the budget grows."""

    def __init__(self, data: Any, *, policy: PolicyVersion) -> None:
        self._terms = Terms.of(policy)
        self.settings = TopUpForm(data, initial={"version": policy.version})
        self.stages = None

    def proposal(self) -> Proposal | None:
        if not self.settings.is_valid():
            return None
        told = self.settings.cleaned_data
        return Proposal(self._terms, told["note"], told["budget_fen"], told["ref"])

    def mark(self, faults: Iterable[Fault]) -> None:
        for fault in faults:
            field = fault.field if fault.stage is None and fault.field in self.settings.fields else None
            self.settings.add_error(field, fault.sentence)
