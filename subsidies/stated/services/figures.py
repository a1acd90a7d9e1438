"""A figure from outside: told by one person with its source, confirmed by another."""

from dataclasses import dataclass
from datetime import date, datetime

from core.audit.acting import acting
from core.models import User
from core.privacy.proofs import Proof
from core.shanghai import local_day
from subsidies.models import Scheme, StatedFigure

State = StatedFigure.State


class NotYet(ValueError):
    """The source gives it for a day that is still to come."""


class SamePerson(PermissionError):
    """Whoever told it does not confirm it."""


class Decided(ValueError):
    """It was confirmed or given back already."""


class NoteMissing(ValueError):
    """Whoever gives it back says why."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What is told. `value`: pieces, people, or fen of a planned sum; `as_of`: the day for which the source gives it."""

    subject: str
    value: int
    as_of: date
    source: str
    title: str = ""
    scheme: Scheme | None = None
    stage_no: int | None = None
    exactness: str = StatedFigure.Exactness.EXACT
    note: str = ""


def tell_figure(*, told: Statement, proof: Proof | None, by: User, now: datetime) -> StatedFigure:
    """Write it down; it counts when another person has confirmed it. Raises NotYet."""
    if told.as_of > local_day(now):
        raise NotYet(str(told.as_of))
    with acting("tell_figure", by=by, now=now, note=told.note):
        figure = StatedFigure(
            subject=told.subject,
            title=told.title.strip(),
            scheme=told.scheme,
            stage_no=told.stage_no,
            value=told.value,
            exactness=told.exactness,
            as_of=told.as_of,
            source=told.source.strip(),
            note=told.note.strip(),
            told_by=by,
            told_at=now,
        )
        figure.attach(proof)
        figure.save()
        return figure


def decide_figure(
    *, figure: StatedFigure, confirm: bool, by: User, now: datetime, note: str = ""
) -> StatedFigure:
    """Confirm what another person told, or give it back (one's own too). Raises SamePerson, Decided, NoteMissing."""
    with acting("confirm_figure" if confirm else "decline_figure", by=by, now=now, note=note):
        locked = StatedFigure.objects.select_for_update().defer("proof").get(pk=figure.pk)
        if locked.state != State.PROPOSED:
            raise Decided(str(locked.pk))
        if confirm and locked.told_by_id == by.pk:
            raise SamePerson(str(locked.pk))
        if not confirm and not note.strip():
            raise NoteMissing(str(locked.pk))
        locked.state = State.CONFIRMED if confirm else State.DECLINED
        locked.decided_by, locked.decided_at, locked.decision_note = by, now, note.strip()
        locked.save(update_fields=["state", "decided_by", "decided_at", "decision_note"])
        return locked
