"""An issue of the report: made by one person, who freezes it; signed, or given back, by another."""

import hashlib
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.utils import translation

from core.audit.acting import acting
from core.locks import hold
from core.models import District, User
from core.shanghai import local_day
from subsidies.issues.frozen import pack
from subsidies.issues.prose import written
from subsidies.issues.selectors.contents import content_of, context_of, in_force, issue_xlsx
from subsidies.models import IssueDocument, IssueFigure, ReportIssue
from subsidies.reports.selectors.figures.figure import ROW, Scope
from subsidies.reports.selectors.report import Told, report

State = ReportIssue.State


class NotOver(ValueError):
    """The days of the report are not over yet."""


class SamePerson(PermissionError):
    """Whoever made the issue does not sign it."""


class Decided(ValueError):
    """It was signed or given back already."""


class OneDistrict(ValueError):
    """A report is one district's: its schemes are of several, or there is none that tells which."""


class NoteMissing(ValueError):
    """Whoever gives it back says why."""


def _district(scope: Scope, by: User) -> District:
    """Whose report it is: that of its schemes, else of whoever makes it. Raises OneDistrict."""
    told = {scheme.district_id for scheme in scope.schemes}
    if not told and by.district_id is not None:
        told = {by.district_id}
    found = (District.objects.filter(pk__in=told) if told else District.objects.all()).only_one()
    if found is None:
        raise OneDistrict(sorted(told))
    return found


def make_issue(*, scope: Scope, by: User, now: datetime, note: str = "") -> ReportIssue:
    """Freeze the report of these days: figures with their rows, table and prose. Raises NotOver, NotATemplate,
    OneDistrict.
    """
    if scope.last >= local_day(now):
        raise NotOver(str(scope.last))
    district = _district(scope, by)
    with acting("make_report", by=by, now=now, note=note), translation.override(settings.LANGUAGE_CODE):
        hold("report issues")  # their numbers have no gap
        issue = ReportIssue.objects.create(
            district=district,
            year=scope.last.year,
            serial=1 + ReportIssue.objects.filter(district=district, year=scope.last.year).count(),
            first=scope.first,
            last=scope.last,
            compared_with=ReportIssue.objects.signed()
            .filter(district=district)
            .order_by("-decided_at", "-pk")
            .first(),
            template=(template := in_force()),
            note=note.strip(),
            made_by=by,
            made_at=now,
        )
        issue.schemes.set(scope.schemes)
        sections = report(scope)
        places = enumerate((section.title, told) for section in sections for told in section.figures)
        figures = [_frozen(issue, place, title, told) for place, (title, told) in places]
        IssueFigure.objects.bulk_create(figures)
        prose = written(content_of(template), context_of(issue.number, scope, sections))
        for file_format, content in (("docx", prose), ("xlsx", issue_xlsx(issue))):
            IssueDocument.objects.create(
                issue=issue,
                file_format=file_format,
                content=content,
                sha256=hashlib.sha256(content).hexdigest(),
            )
        issue.digest = _digest(issue)
        issue.save(update_fields=["digest"])
    return issue


def _frozen(issue: ReportIssue, place: int, section: str, told: Told) -> IssueFigure:
    figure = told.figure
    rows = pack(figure.rows.order_by("pk").values_list(*ROW).iterator())
    return IssueFigure(
        issue=issue,
        place=place,
        section=section,
        code=figure.code,
        word=figure.word,
        title=str(figure.title),
        meaning=str(figure.meaning),
        is_money=figure.is_money,
        value=told.value,
        text=told.text,
        rate=told.rate,
        remark=figure.remark,
        late=told.late,
        count=told.count,
        rows=rows,
        rows_sha256=hashlib.sha256(rows).hexdigest(),
        opens=figure.model._meta.label_lower,
    )


def _digest(issue: ReportIssue) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("SELECT issue_digest(%s)", [issue.pk])
        return bytes(cursor.fetchone()[0])


def decide_issue(*, issue: ReportIssue, sign: bool, by: User, now: datetime, note: str = "") -> ReportIssue:
    """Sign what another person made, or give it back (one's own too). Raises SamePerson, Decided, NoteMissing."""
    with acting("sign_report" if sign else "decline_report", by=by, now=now, note=note):
        locked = ReportIssue.objects.select_for_update().get(pk=issue.pk)
        if locked.state != State.PROPOSED:
            raise Decided(locked.number)
        if sign and locked.made_by_id == by.pk:
            raise SamePerson(locked.number)
        if not sign and not note.strip():
            raise NoteMissing(locked.number)
        locked.state = State.SIGNED if sign else State.DECLINED
        locked.decided_by, locked.decided_at, locked.decision_note = by, now, note.strip()
        locked.save(update_fields=["state", "decided_by", "decided_at", "decision_note"])
        return locked
