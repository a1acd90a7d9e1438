"""What a replay is asked by: its name and question, and one variant or two, each with all the terms of the scheme."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from core.privacy.notes import names_nobody
from subsidies.laboratory.variants import Variant
from subsidies.models import PolicyVersion, Scheme
from subsidies.schemes.pages.forms import STAGES, NumberField, StagesForm, YuanField
from subsidies.schemes.selectors.faults import Fault
from subsidies.schemes.selectors.terms import SETTINGS, Terms


class RunForm(forms.Form):
    """What the replay is called, and what somebody wants to know."""

    title = forms.CharField(label=gettext_lazy("名称"), max_length=100, widget=UnfoldAdminTextInputWidget)
    note = forms.CharField(
        label=gettext_lazy("想弄清什么"),
        validators=[names_nobody],
        max_length=500,
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 2}),
        help_text=gettext_lazy("请勿填写个人信息。"),
    )


class VariantForm(forms.Form):
    """The whole budget and the policy, as they should have been."""

    budget_fen = YuanField(label=gettext_lazy("资金总额(元)"))
    head_of_line = forms.ChoiceField(
        label=SETTINGS["head_of_line"],
        choices=PolicyVersion.HeadOfLine.choices,
        widget=UnfoldAdminSelectWidget,
    )
    per_person_cap = NumberField(
        label=SETTINGS["per_person_cap"], required=False, help_text=gettext_lazy("不限请留空")
    )
    filed_years_limit = NumberField(
        label=SETTINGS["filed_years_limit"], required=False, help_text=gettext_lazy("不限请留空")
    )
    settle_lag_hours = NumberField(label=SETTINGS["settle_lag_hours"])


class VariantForms:
    """One variant as it is typed: filled with what is in force, so that only what differs is typed."""

    def __init__(self, data: Any, *, scheme: Scheme, no: int) -> None:
        policy, prefix = scheme.policy, f"variant{no}"
        initial = {name: getattr(policy, name) for name in SETTINGS} | {"budget_fen": scheme.funded_fen}
        self.no = no
        self._in_force = (Terms.of(policy), scheme.funded_fen)
        self.settings = VariantForm(data, initial=initial, prefix=prefix)
        self.stages: StagesForm = STAGES(data, terms=Terms.of(policy), prefix=f"{prefix}-stages")

    @property
    def title(self) -> str:
        return name_of(self.no)

    def is_valid(self) -> bool:
        return all([self.settings.is_valid(), self.stages.is_valid()])

    @property
    def differs(self) -> bool:
        """Whether anything else is typed than what is in force, be it readable or not."""
        if not self.settings.is_bound:
            return False
        if not self.is_valid():
            return True
        typed = self.variant()
        return (typed.terms, typed.budget_fen) != self._in_force

    def variant(self) -> Variant:
        """What was typed, once it is valid."""
        told = self.settings.cleaned_data
        in_force, _funded = self._in_force
        settings = {
            name: told.get(name, getattr(in_force, name)) for name in SETTINGS
        }  # who pays changes no decision
        terms = Terms(**settings, stages=self.stages.plans())
        return Variant(f"{self.no}", terms, told["budget_fen"])

    def mark(self, faults: Iterable[Fault]) -> None:
        """Put each fault beside the field that it is about."""
        rows = {form.no: form for form in self.stages.forms}
        for fault in faults:
            form = rows.get(fault.stage, self.settings)
            form.add_error(fault.field if fault.field in form.fields else None, fault.sentence)


class NewRunForms:
    """All of it. The second variant counts where anything of it was changed."""

    def __init__(self, data: Any, *, scheme: Scheme) -> None:
        self.run = RunForm(data)
        self.variants = [VariantForms(data, scheme=scheme, no=no) for no in (1, 2)]

    def is_valid(self) -> bool:
        return all([self.run.is_valid(), *(each.is_valid() for each in self.wanted())])

    def wanted(self) -> list[VariantForms]:
        first, second = self.variants
        return [first, second] if second.differs else [first]

    def mark(self, faults: Iterable[Iterable[Fault]]) -> None:
        for each, found in zip(self.wanted(), faults, strict=True):
            each.mark(found)

    @property
    def with_errors(self) -> bool:
        return self.run.is_bound and bool(
            self.run.errors
            or any(each.settings.errors or each.stages.total_error_count() for each in self.wanted())
        )


def name_of(no: int) -> str:
    """What a variant is called."""
    return _("假设一") if no == 1 else _("假设二")
