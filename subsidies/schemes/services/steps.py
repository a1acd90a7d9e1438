"""The steps of a scheme's life: one person proposes, another confirms, and the database moves the scheme then."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import Max
from django.utils import translation

from core.audit.acting import acting
from core.decisions import mark
from core.models import User
from core.shanghai import local_day
from subsidies.ledger.services.append import lock_scheme
from subsidies.marked import STEP_DECIDED, STEP_PROPOSED
from subsidies.models import Scheme, SchemeStep
from subsidies.schemes.calendar import lock_calendar
from subsidies.schemes.selectors.open_points import OpenPoint, open_points
from subsidies.schemes.services.changes import AlreadyOpen, Decided, NoteMissing, NotYours
from subsidies.schemes.states import STEPS, StepKind

State = SchemeStep.State
ENDING = (StepKind.CLOSE, StepKind.ARCHIVE)


class NotFromHere(ValueError):
    """This step does not begin in the state in which the scheme stands."""


class NotOver(ValueError):
    """The scheme's last day is not over yet."""


class StillOpen(ValueError):
    """Something is open that nobody named (of a close), or that must be done first (of the archive); `points` says what."""

    def __init__(self, points: Sequence[OpenPoint]) -> None:
        super().__init__(", ".join(point.code for point in points))
        self.points = points


def propose_step(
    *,
    scheme: Scheme,
    kind: StepKind,
    note: str,
    by: User,
    now: datetime,
    named: Mapping[str, str] | None = None,
) -> SchemeStep:
    """Write down what shall become of a scheme. `named`: by the code of each open point, why it may be closed all the same.

    Raises NoteMissing, NotFromHere, AlreadyOpen, NotOver, StillOpen.
    """
    reasons = {code: told.strip() for code, told in (named or {}).items() if told.strip()}
    with acting("propose_step", by=by, now=now, note=note):
        locked = lock_scheme(scheme)
        if not note.strip():
            raise NoteMissing
        if locked.steps.open().exists():
            raise AlreadyOpen
        _check(locked, kind, reasons, now=now)
        step = SchemeStep.objects.create(
            scheme=locked,
            kind=kind,
            from_state=locked.state,
            note=note.strip(),
            named=reasons,
            proposed_by=by,
            proposed_at=now,
        )
        mark(STEP_PROPOSED, [step.pk], at=now)
        return step


def confirm_step(*, step: SchemeStep, by: User, now: datetime, note: str = "") -> SchemeStep:
    """Confirm what another person proposed: from now on the scheme stands so.

    Whoever submits or allots at this moment is waited for, and goes by the new state afterwards.

    Raises NotYours, Decided, NotFromHere, NotOver, StillOpen.
    """
    with acting("confirm_step", by=by, now=now, note=note):
        lock_calendar(to_change=True)
        scheme, locked = _take(step)
        if locked.proposed_by_id == by.pk:
            raise NotYours
        if locked.from_state != scheme.state:
            raise NotFromHere
        points = _check(scheme, StepKind(locked.kind), locked.named, now=now)
        locked.open_points = [point.as_json() for point in points]
        return _decide(locked, State.CONFIRMED, by=by, now=now, note=note)


def decline_step(*, step: SchemeStep, by: User, now: datetime, note: str) -> SchemeStep:
    """Say no, and why. Raises NotYours, Decided, NoteMissing."""
    with acting("decline_step", by=by, now=now, note=note):
        _scheme, locked = _take(step)
        if locked.proposed_by_id == by.pk:
            raise NotYours
        if not note.strip():
            raise NoteMissing
        return _decide(locked, State.DECLINED, by=by, now=now, note=note)


def withdraw_step(*, step: SchemeStep, by: User, now: datetime, note: str = "") -> SchemeStep:
    """Take one's own proposal back. Raises NotYours, Decided."""
    with acting("withdraw_step", by=by, now=now, note=note):
        _scheme, locked = _take(step)
        if locked.proposed_by_id != by.pk:
            raise NotYours
        return _decide(locked, State.WITHDRAWN, by=by, now=now, note=note)


def _check(scheme: Scheme, kind: StepKind, named: Mapping[str, str], *, now: datetime) -> list[OpenPoint]:
    """What is open at a close, all of it named; nothing of another step, nor of one that is archived."""
    if scheme.state not in STEPS[kind]:
        raise NotFromHere
    if kind not in ENDING:
        return []
    last = scheme.stages.aggregate(last=Max("ends_on"))["last"]
    if last is not None and local_day(now) <= last:
        raise NotOver
    with translation.override(settings.LANGUAGE_CODE):
        points = open_points(scheme)
    missing = points if kind == StepKind.ARCHIVE else [point for point in points if point.code not in named]
    if missing:
        raise StillOpen(missing)
    return points


def _take(step: SchemeStep) -> tuple[Scheme, SchemeStep]:
    """The scheme and the step, both locked, as they are now. Raises Decided."""
    scheme = lock_scheme(step.scheme)
    locked = SchemeStep.objects.select_for_update(no_key=True).get(pk=step.pk)
    if locked.state != State.PROPOSED:
        raise Decided
    return scheme, locked


def _decide(step: SchemeStep, state: State, *, by: User, now: datetime, note: str) -> SchemeStep:
    step.state, step.decided_by, step.decided_at = state, by, now
    step.decision_note = note.strip()
    step.save(update_fields=["state", "decided_by", "decided_at", "decision_note", "open_points"])
    mark(STEP_DECIDED, [step.pk], at=now)
    return step
