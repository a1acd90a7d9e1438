"""The half-year report: every figure with its definition, and a link to the rows that it counts."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.audit.record import Action, record
from core.content_types import XLSX
from core.shanghai import FIRST_DAY, LAST_DAY, today
from core.staff.access import person, staff_page
from merchants.documents.sheet import sheet_xlsx
from subsidies.models import Scheme
from subsidies.overview.pages.figure_links import Rows
from subsidies.reports.pages.report_rows import ReportSection, sections
from subsidies.reports.pages.report_stages import stage_table
from subsidies.reports.selectors.report import Report, half_year, report, usual_period
from subsidies.schemes.pages.chooser import SchemeChoice, choose_scheme
from subsidies.shops.pages.authorisations import DayInput

RIGHTS = ("merchants.view_inspection", "subsidies.view_scheme")


WITHIN = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]


class PeriodForm(forms.Form):
    """Which days, both included."""

    first = forms.DateField(label=gettext_lazy("自"), widget=DayInput(), validators=WITHIN)
    last = forms.DateField(label=gettext_lazy("至"), widget=DayInput(), validators=WITHIN)

    def clean(self) -> dict[str, Any]:
        """The days in their order."""
        data: dict[str, Any] = super().clean() or {}
        if "first" in data and "last" in data and data["last"] < data["first"]:
            raise forms.ValidationError(_("截止日期不能早于起始日期。"))
        return data


@dataclass(frozen=True, slots=True)
class Choice:
    """A period that is chosen by one click."""

    title: str
    first: date
    last: date


def _asked(request: HttpRequest) -> tuple[PeriodForm, SchemeChoice, Report]:
    """The period that was chosen, the scheme's own where none was, or one that makes no sense; and the scheme.

    Where no scheme was chosen, it is that of the period's last day.
    """
    choice = choose_scheme(request, Scheme.objects.all())
    usual = usual_period(scheme=choice.scheme, today=today())
    given = (
        request.GET
        if {"first", "last"} & set(request.GET)
        else dict(zip(("first", "last"), usual, strict=True))
    )
    form = PeriodForm(given)
    first, last = (form.cleaned_data["first"], form.cleaned_data["last"]) if form.is_valid() else usual
    scheme = choice.scheme if choice.named else Scheme.objects.on(last) or choice.scheme
    return form, choice, report(scheme=scheme, first=first, last=last, today=today())


def _choices(scheme: Scheme | None) -> list[Choice]:
    first, last = usual_period(scheme=scheme, today=today())
    return [
        Choice(_("补贴方案期间"), first, last),
        Choice(_("方案所在半年"), *half_year(first)),
        Choice(_("本半年"), *half_year(today())),
    ]


@staff_page(*RIGHTS)
def report_page(request: HttpRequest) -> HttpResponse:
    """The report on a page that prints."""
    form, choice, found = _asked(request)
    rows = Rows(request)
    context = {
        **admin.site.each_context(request),
        "title": _("报表"),
        "form": form,
        "choice": choice,
        "choices": _choices(found.scheme),
        "report": found,
        "sections": sections(found, rows) if form.is_valid() else [],
        "stages": stage_table(found, rows) if form.is_valid() else [],
        "now": timezone.now(),
    }
    return TemplateResponse(request, "subsidies/reports/report.html", context)


@staff_page(*RIGHTS)
def report_file(request: HttpRequest) -> HttpResponse:
    """The same as a workbook; that it was taken away is written down. Days that make no sense: the page says so."""
    form, _choice, found = _asked(request)
    if not form.is_valid():
        return redirect(f"{reverse('staff-report')}?{request.GET.urlencode()}")
    rows, period = Rows(request), found.period
    heading = f"{period.first} – {period.last}"
    detail = {"report": heading}
    record(Action.DOWNLOAD, by=person(request), detail=detail)
    content = sheet_xlsx(_("报表"), _lines(sections(found, rows), heading) + _stage_lines(found, rows))
    name = f'attachment; filename="report-{period.first}-{period.last}.xlsx"'
    return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": name})


def _lines(parts: list[ReportSection], heading: str) -> list[list[str]]:
    lines = [[_("电动自行车淘汰置换补贴工作报表"), heading], []]
    for part in parts:
        lines.append([part.title])
        lines.append([_("指标"), _("数值"), _("占比"), _("口径")])
        lines += [[row.title, row.figure.text, row.rate, row.meaning] for row in part.rows]
        lines.append([])
    return lines


def _stage_lines(found: Report, rows: Rows) -> list[list[str]]:
    table = stage_table(found, rows)
    if not table:
        return []
    lines = [[_("分阶段资金")], [_("阶段"), *(title for title, _figure in table[0].cells), _("说明")]]
    return lines + [
        [str(line.stage), *(figure.text for _title, figure in line.cells), line.remark] for line in table
    ]
