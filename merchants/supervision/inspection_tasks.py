"""Visits that are asked for: by whoever has a doubt about a shop; done by an inspection, or dropped with a reason."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from core.audit.acting import acting
from core.models import User
from merchants.models import Inspection, InspectionTask, Merchant


class NoReason(ValueError):
    """A visit is asked for, or dropped, for a reason."""


class AlreadyEnded(ValueError):
    """The visit was made, or somebody dropped it."""


def ask_for_inspection(
    *, shop: Merchant, why: str, by: User, now: datetime, due_on: date | None = None
) -> InspectionTask:
    """Ask the inspectors to visit a shop. The same reason twice, while the first waits, is one task. Raises NoReason.

    `why`: at most 500 characters, without personal data. `due_on`: by which local day, None where there is no hurry.
    """
    said = why.strip()[:500]
    if not said:
        raise NoReason(_("请写明为什么要检查。"))
    with acting("ask_for_inspection", by=by, now=now, note=said):
        Merchant.objects.select_for_update(no_key=True).get(pk=shop.pk)  # one asks at a time
        there = InspectionTask.objects.open().filter(merchant=shop, why=said).first()
        return there or InspectionTask.objects.create(
            merchant=shop, why=said, due_on=due_on, asked_by=by, asked_at=now
        )


def drop_task(*, task: InspectionTask, by: User, now: datetime, note: str) -> None:
    """Say that the visit is not needed any more, and why. Raises NoReason, AlreadyEnded."""
    if not note.strip():
        raise NoReason(_("请写明为什么不再需要检查。"))
    with acting("drop_inspection_task", by=by, now=now, note=note):
        moved = InspectionTask.objects.open().filter(pk=task.pk)
        ended = {"ended_by": by, "ended_at": now, "note": note.strip()[:500]}
        if not moved.update(state=InspectionTask.State.DROPPED, **ended):
            raise AlreadyEnded(f"task {task.pk} has ended")


def tasks_done_by(inspection: Inspection, *, by: User, now: datetime) -> int:
    """Whatever was asked for at this shop is done by the visit; within the transaction that concludes it."""
    return (
        InspectionTask.objects.open()
        .filter(merchant=inspection.merchant_id)
        .update(state=InspectionTask.State.DONE, inspection=inspection, ended_by=by, ended_at=now)
    )
