"""What the report waits for: another person's look at what was made, told or proposed."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from subsidies.models import ReportIssue, ReportTemplate, StatedFigure
from subsidies.overview.pages.figure_links import Rows
from subsidies.overview.pages.task import Task


def report_tasks(rows: Rows) -> Iterator[Task]:
    """Each only where there is any."""
    state = {"state__exact": "proposed"}
    if rows.may(ReportIssue) and (n := ReportIssue.objects.filter(state=ReportIssue.State.PROPOSED).count()):
        signs = rows.can("subsidies.change_reportissue")
        yield Task(_("待签发的报告"), rows.figure(n, ReportIssue, **state), signs)
    if rows.may(StatedFigure) and (n := StatedFigure.objects.open().count()):
        confirms = rows.can("subsidies.change_statedfigure")
        yield Task(_("待确认的外部数据"), rows.figure(n, StatedFigure, **state), confirms)
    if not rows.can("subsidies.view_reporttemplate"):
        return
    if n := ReportTemplate.objects.filter(state=ReportTemplate.State.PROPOSED).count():
        approves = rows.can("subsidies.change_reporttemplate")
        yield Task(_("待核准的报告模板"), rows.page(n, "staff-report-templates"), approves)
