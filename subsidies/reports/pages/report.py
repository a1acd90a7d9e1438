"""The half-year report as it stands now: every figure as of the end of its period, with its definition and its rows."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.audit.record import Action, record
from core.content_types import XLSX
from core.staff.access import person, staff_page
from merchants.documents.sheet import sheet_xlsx
from subsidies.issues.selectors.changes import changed_since, issue_of
from subsidies.overview.pages.figure_links import Rows
from subsidies.reports.pages.charts import CHARTS
from subsidies.reports.pages.lines import Line, Part, as_table, parts
from subsidies.reports.pages.row_words import heading_of, row_shown
from subsidies.reports.pages.scope import RIGHTS, Asked, asked, choices
from subsidies.reports.selectors.figures.figure import ROW
from subsidies.reports.selectors.report import Told, figure_named, report

A_PAGE = 100


def _parts(request: HttpRequest, found: Asked) -> list[Part]:
    rows = Rows(request)
    sections = report(found.scope)
    issue = issue_of(found.scope)
    changed = (
        changed_since(issue, [told for section in sections for told in section.figures]) if issue else {}
    )

    def line(told: Told) -> Line:
        figure = told.figure
        address = f"{reverse('staff-report-rows', args=[figure.code])}?{found.query}"
        opens = rows.may(figure.model)
        return Line(
            code=figure.code,
            title=str(figure.title),
            text=told.text,
            meaning=str(figure.meaning),
            rate=told.rate,
            remark=figure.remark,
            late=told.late,
            url=address if told.count and opens else "",
            changed=changed.get(figure.code, ""),
            changed_url=reverse("staff-issue-changes", args=[issue.pk, figure.code])
            if issue and opens
            else "",
        )

    return parts([(section.title, [line(told) for told in section.figures]) for section in sections])


@staff_page(*RIGHTS)
def report_page(request: HttpRequest) -> HttpResponse:
    """The report on a page that prints."""
    found = asked(request)
    context = {
        **admin.site.each_context(request),
        "title": _("报表"),
        "form": found.form,
        "choices": choices(found),
        "scope": found.scope,
        "last": found.last,
        "guessed": found.guessed,
        "query": found.query,
        "parts": _parts(request, found) if found.makes_sense else [],
        "charts": [(name, chart.title) for name, chart in CHARTS.items() if chart.may(Rows(request))],
        "issue": issue_of(found.scope) if found.makes_sense else None,
        "may_make": request.user.has_perm("subsidies.add_reportissue"),
        "now": timezone.now(),
    }
    return TemplateResponse(request, "subsidies/reports/report.html", context)


@staff_page(*RIGHTS)
def report_file(request: HttpRequest) -> HttpResponse:
    """The same as a workbook; that it was taken away is written down. Days that make no sense: the page says so."""
    found = asked(request)
    if not found.makes_sense:
        return redirect(f"{reverse('staff-report')}?{request.GET.urlencode()}")
    heading = f"{found.scope.first} – {found.last}"
    record(Action.DOWNLOAD, by=person(request), detail={"report": heading})
    content = sheet_xlsx(_("报表"), as_table(_parts(request, found), heading))
    name = f'attachment; filename="report-{found.scope.first}-{found.last}.xlsx"'
    return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": name})


@staff_page(*RIGHTS)
def report_rows(request: HttpRequest, code: str) -> HttpResponse:
    """The rows that a figure counts, just these: with the day of each, and which came after the period's end."""
    found = asked(request)
    if not found.makes_sense:
        return redirect(f"{reverse('staff-report')}?{request.GET.urlencode()}")
    figure = figure_named(found.scope, code)
    if figure is None:
        raise Http404
    rows = Rows(request)
    if not rows.may(figure.model):
        raise PermissionDenied
    pages = Paginator(figure.rows.order_by("row_day", "pk").values_list(*ROW), A_PAGE)
    page = pages.get_page(request.GET.get("page"))
    context = {
        **admin.site.each_context(request),
        "title": str(figure.title),
        "heading": heading_of(figure.model),
        "page": page,
        "rows": [row_shown(figure.model, row, is_money=figure.is_money) for row in page],
        "meaning": figure.meaning,
        "period": f"{found.scope.first} – {found.last}",
        "query": found.query,
        "back": f"{reverse('staff-report')}?{found.query}",
    }
    return TemplateResponse(request, "subsidies/reports/rows.html", context)
