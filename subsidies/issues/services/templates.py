"""The template of the prose: handed in by one person as a Word document, put in force by another."""

import hashlib
from datetime import datetime

from core.audit.acting import acting
from core.locks import hold
from core.models import User
from subsidies.issues.prose import written
from subsidies.issues.selectors.contents import EXAMPLE, context_of
from subsidies.models import ReportTemplate
from subsidies.reports.selectors.figures.figure import Scope
from subsidies.reports.selectors.report import report

State = ReportTemplate.State


class AlreadyOpen(ValueError):
    """Another version still waits for a decision."""


class OwnProposal(PermissionError):
    """Whoever proposed it does not approve it."""


class Decided(ValueError):
    """It was approved or declined already."""


class NoteMissing(ValueError):
    """Whoever proposes or declines one says why."""


def propose_template(
    *, name: str, content: bytes, scope: Scope, by: User, now: datetime, note: str
) -> ReportTemplate:
    """Take a version in by which the report of `scope` can be written. Raises AlreadyOpen, NotATemplate, NoteMissing."""
    if not note.strip():
        raise NoteMissing
    written(content, context_of(EXAMPLE, scope, report(scope)))
    with acting("propose_template", by=by, now=now, note=note):
        hold("report templates")
        if ReportTemplate.objects.filter(state=State.PROPOSED).exists():
            raise AlreadyOpen
        return ReportTemplate.objects.create(
            version=1 + ReportTemplate.objects.count(),
            file_name=name[-200:],
            content=content,
            sha256=hashlib.sha256(content).hexdigest(),
            note=note.strip(),
            proposed_by=by,
            proposed_at=now,
        )


def decide_template(
    *, template: ReportTemplate, approve: bool, by: User, now: datetime, note: str = ""
) -> ReportTemplate:
    """Put another person's version in force, or give one back (one's own too). Raises OwnProposal, Decided, NoteMissing."""
    with acting("approve_template" if approve else "decline_template", by=by, now=now, note=note):
        locked = ReportTemplate.objects.select_for_update().get(pk=template.pk)
        if locked.state != State.PROPOSED:
            raise Decided(str(locked.pk))
        if approve and locked.proposed_by_id == by.pk:
            raise OwnProposal(str(locked.pk))
        if not approve and not note.strip():
            raise NoteMissing
        locked.state = State.APPROVED if approve else State.DECLINED
        locked.decided_by, locked.decided_at, locked.decision_note = by, now, note.strip()
        locked.save(update_fields=["state", "decided_by", "decided_at", "decision_note"])
        return locked
