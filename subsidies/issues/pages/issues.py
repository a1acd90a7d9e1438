"""An issue as it was given out, the rows behind each of its figures as they were, and what changed since."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core.staff.access import staff_page
from subsidies.issues.frozen import unpack
from subsidies.issues.pages.making import LOOK, VERBS, may_take, page_of
from subsidies.issues.prose import prose_of
from subsidies.issues.selectors.changes import ADDED, ALTERED, GONE, changes, scope_of
from subsidies.issues.selectors.contents import issue_lines
from subsidies.models import IssueFigure, ReportIssue
from subsidies.overview.pages.figure_links import Rows
from subsidies.reports.pages.lines import Line, parts
from subsidies.reports.pages.row_words import heading_of, row_shown
from subsidies.reports.selectors.report import figure_named

A_PAGE = 100


def shown(request: HttpRequest, issue: ReportIssue) -> dict[str, Any]:
    """What an issue's page shows."""
    lists, mine = Rows(request), issue.made_by_id == request.user.pk
    waits = issue.state == ReportIssue.State.PROPOSED
    prose = issue.documents.get(file_format="docx")

    def line(figure: IssueFigure, before: str, apart: str) -> Line:
        opens = figure.count and lists.may(apps.get_model(figure.opens))
        return Line(
            code=figure.code,
            title=figure.title,
            text=figure.text,
            meaning=figure.meaning,
            rate=figure.rate,
            remark=figure.remark,
            late=figure.late,
            url=reverse("staff-issue-rows", args=[issue.pk, figure.code]) if opens else "",
            before=f"{before}{f'（{apart}）' if apart else ''}" if before else "",
        )

    return {
        "issue": issue,
        "schemes": list(issue.schemes.order_by("pk")),
        "digest": bytes(issue.digest or b"").hex(),
        "parts": parts([(title, [line(*told) for told in figures]) for title, figures in issue_lines(issue)]),
        "prose": prose_of(bytes(prose.content)),
        "verbs": [
            (reverse("staff-issue-verb", args=[issue.pk, slug]), verb.title)
            for slug, verb in VERBS.items()
            if waits and (verb.own or not mine) and may_take(request, verb, mine=mine)
        ],
    }


def _figure(request: HttpRequest, pk: int, code: str) -> IssueFigure:
    """A figure of an issue. Raises Http404; PermissionDenied for whoever may not see what it counts."""
    kept = get_object_or_404(IssueFigure.objects.select_related("issue"), issue=pk, code=code)
    if not Rows(request).may(apps.get_model(kept.opens)):
        raise PermissionDenied
    return kept


@require_GET
@staff_page(LOOK)
def rows(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """The rows behind a figure, as they were when the issue was made."""
    kept = _figure(request, pk, code)
    model = apps.get_model(kept.opens)
    page = Paginator(list(unpack(kept.rows)), A_PAGE).get_page(request.GET.get("page"))
    context = {
        **admin.site.each_context(request),
        "title": f"{kept.title} · {_('第 %s 期') % kept.issue.number}",
        "heading": heading_of(model),
        "page": page,
        "rows": [row_shown(model, row, is_money=kept.is_money) for row in page],
        "meaning": kept.meaning,
        "period": f"{kept.issue.first} – {kept.issue.last}",
        "frozen": kept.issue,
        "back": page_of(kept.issue),
    }
    return TemplateResponse(request, "subsidies/reports/rows.html", context)


@require_GET
@staff_page(LOOK)
def changes_page(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """The rows that make the difference between a figure as it was given out and as it is now."""
    kept = _figure(request, pk, code)
    figure = figure_named(scope_of(kept.issue), code)
    if figure is None:
        raise Http404
    model = apps.get_model(kept.opens)
    titles = {ADDED: _("新增"), GONE: _("不再计入"), ALTERED: _("有改动")}
    found = [
        (
            titles[change.kind],
            row_shown(model, change.row, is_money=kept.is_money),
            change.before and row_shown(model, change.before, is_money=kept.is_money),
        )
        for change in changes(kept, figure)
    ]
    context = {
        **admin.site.each_context(request),
        "title": _("%(title)s：第 %(number)s 期以来的变化")
        % {"title": kept.title, "number": kept.issue.number},
        "kept": kept,
        "page": Paginator(found, A_PAGE).get_page(request.GET.get("page")),
        "back": page_of(kept.issue),
    }
    return TemplateResponse(request, "subsidies/issues/changes.html", context)
