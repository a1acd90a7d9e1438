"""Which days and schemes a page of the report is about, as its address says."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget as Ticks

from core.shanghai import FIRST_DAY, LAST_DAY, today
from subsidies.models import Scheme
from subsidies.reports.selectors.figures.figure import Scope
from subsidies.reports.selectors.report import half_year, last_busy_half_year, schemes_of, usual_period
from subsidies.shops.pages.authorisations import DayInput

RIGHTS = ("merchants.view_inspection", "subsidies.view_scheme")
WITHIN = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]


# What follows from a scheme's usual period, by the button that asks for it.
OF_A_SCHEME: dict[str | None, Callable[[date, date], tuple[date, date]]] = {
    "scheme": lambda first, last: (first, last),
    "half": lambda first, last: half_year(first),
}


class ScopeForm(forms.Form):
    """Which days, both included, and which schemes; without one, those of the days."""

    first = forms.DateField(label=gettext_lazy("自"), widget=DayInput(), validators=WITHIN)
    last = forms.DateField(label=gettext_lazy("至"), widget=DayInput(), validators=WITHIN)
    scheme = forms.MultipleChoiceField(label=gettext_lazy("补贴方案"), required=False, widget=Ticks)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["scheme"]
        field.choices = list(Scheme.objects.order_by("-pk").values_list("code", "name"))

    def clean(self) -> dict[str, Any]:
        """The days in their order."""
        data: dict[str, Any] = super().clean() or {}
        if "first" in data and "last" in data and data["last"] < data["first"]:
            raise forms.ValidationError(_("截止日期不能早于起始日期。"))
        return data


@dataclass(frozen=True, slots=True)
class Choice:
    """A period that is chosen by one click: an address, or (`period`) a scheme's own, sent with the schemes ticked."""

    title: str
    address: str = ""
    period: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for: the form as it is shown, and the scope that follows.

    `guessed`: nobody said which days or schemes, and the last half-year in which something was done is shown.
    """

    form: ScopeForm
    scope: Scope
    last: date
    named: tuple[str, ...]
    guessed: bool = False

    @property
    def makes_sense(self) -> bool:
        return self.form.is_valid()

    @property
    def query(self) -> str:
        """The same as an address says it."""
        codes = [("scheme", scheme.code) for scheme in self.scope.schemes]
        return urlencode([("first", str(self.scope.first)), ("last", str(self.last)), *codes])


def asked(request: HttpRequest) -> Asked:
    """The period and schemes of the address.

    Where it says neither: the last half-year that is over and in which something was done. Where it names a scheme and no
    period, or one that makes no sense: the scheme's own.
    """
    named, wish = tuple(request.GET.getlist("scheme")), request.GET.get("period")
    first_named = Scheme.objects.filter(code__in=named).first() or Scheme.objects.on(today())
    usual = usual_period(scheme=first_named or Scheme.objects.order_by("-pk").first(), today=today())
    given = request.GET.copy()
    likely = None if {"first", "last", "scheme", "period"} & set(given) else last_busy_half_year(today())
    usual = likely or usual
    if wish in OF_A_SCHEME and named:
        usual = OF_A_SCHEME[wish](*usual)
    if not {"first", "last"} & set(given) or (wish in OF_A_SCHEME and named):
        given["first"], given["last"] = map(str, usual)
    form = ScopeForm(given)
    makes_sense = form.is_valid()
    if wish in OF_A_SCHEME and not named:
        form.add_error(None, _("没有勾选补贴方案，不知道按哪个方案的期间统计：请先勾选。"))
        makes_sense = False
    first, last = (form.cleaned_data["first"], form.cleaned_data["last"]) if makes_sense else usual
    chosen = tuple(form.cleaned_data.get("scheme", ())) if makes_sense else ()
    schemes = tuple(schemes_of(first, last, chosen))
    if makes_sense and not chosen:
        given.setlist("scheme", [scheme.code for scheme in schemes])
        form = ScopeForm(given)
        form.is_valid()
    return Asked(form, Scope.of(first, last, schemes), last, chosen, guessed=likely is not None)


def choices(found: Asked) -> list[Choice]:
    """Periods to choose by one click."""
    first, last = half_year(today())
    codes = [("scheme", code) for code in found.named]
    now = f"?{urlencode([('first', str(first)), ('last', str(last)), *codes])}"
    return [
        Choice(_("补贴方案期间"), period="scheme"),
        Choice(_("方案所在半年"), period="half"),
        Choice(_("本半年"), now),
    ]
