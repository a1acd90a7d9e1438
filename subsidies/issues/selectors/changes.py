"""What changed since an issue was given out: which figures, and which rows made the difference."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from subsidies.issues.frozen import FrozenRow, unpack
from subsidies.models import IssueFigure, ReportIssue
from subsidies.reports.selectors.figures.figure import ROW, Figure, Scope
from subsidies.reports.selectors.report import Told

ADDED, GONE, ALTERED = "added", "gone", "altered"


@dataclass(frozen=True, slots=True)
class Change:
    """One row that is not as it was: new, gone, or now with another value, day or remark (`before`)."""

    kind: str
    row: FrozenRow
    before: FrozenRow | None = None


def issue_of(scope: Scope) -> ReportIssue | None:
    """The newest signed issue of just these days and schemes."""
    wanted = sorted(scheme.pk for scheme in scope.schemes)
    found = (
        ReportIssue.objects.signed().filter(first=scope.first, last=scope.last).prefetch_related("schemes")
    )
    return next((each for each in found if sorted(s.pk for s in each.schemes.all()) == wanted), None)


def scope_of(issue: ReportIssue) -> Scope:
    """What the issue is about."""
    return Scope.of(issue.first, issue.last, tuple(issue.schemes.order_by("pk")))


def changed_since(issue: ReportIssue, figures: Iterable[Told]) -> dict[str, str]:
    """Of each figure that is another now than in the issue, what it was there, by code."""
    frozen = {code: (value, text) for code, value, text in issue.figures.values_list("code", "value", "text")}
    return {
        told.figure.code: _("第 %(number)s 期为 %(text)s") % {"number": issue.number, "text": was[1]}
        for told in figures
        if (was := frozen.get(told.figure.code)) and was[0] != told.value
    }


def changes(kept: IssueFigure, figure: Figure) -> list[Change]:
    """The rows that make the difference between a figure as it was given out and as it is now."""
    before = {row.pk: row for row in unpack(kept.rows)}
    now = {row.pk: row for row in _rows_now(figure)}
    found = [Change(ADDED, row) for pk, row in now.items() if pk not in before]
    found += [Change(GONE, row) for pk, row in before.items() if pk not in now]
    found += [
        Change(ALTERED, row, before[pk])
        for pk, row in now.items()
        if pk in before and (before[pk].value, before[pk].day) != (row.value, row.day)
    ]
    return found


def _rows_now(figure: Figure) -> Iterable[FrozenRow]:
    for pk, label, day, note, value, late in figure.rows.order_by("pk").values_list(*ROW).iterator():
        yield FrozenRow(pk, label or "", str(day or ""), note or "", value, late)
