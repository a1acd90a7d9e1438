"""Changing a scheme: one person proposes, another decides. Nothing changes before, and nobody is paid by it."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from core.audit.acting import acting
from core.decisions import mark
from core.models import User
from subsidies.engine.stages import StageTerms
from subsidies.ledger.services.append import append_change, lock_scheme
from subsidies.marked import CHANGE_DECIDED, CHANGE_PROPOSED, POLICY
from subsidies.models import PolicyVersion, Scheme, SchemeChange, Stage
from subsidies.schemes.calendar import lock_calendar
from subsidies.schemes.selectors.faults import Fault, faults_of
from subsidies.schemes.selectors.terms import SETTINGS, STAGE_TERMS, Proposal, Terms

State = SchemeChange.State


class Faulty(ValueError):
    """The change cannot be as it is; `faults` says why, all at once."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(fault.sentence for fault in faults))
        self.faults = faults


class AlreadyOpen(ValueError):
    """Another change of this scheme still waits for a decision."""


class NotYours(ValueError):
    """Whoever proposed a change does not decide it; nobody else withdraws it."""


class Decided(ValueError):
    """It was approved, rejected or withdrawn already."""


class Outdated(ValueError):
    """The scheme has a newer version than the one that the change was thought out for."""


class NoteMissing(ValueError):
    """Nothing is proposed or rejected without saying why."""


def propose_change(*, scheme: Scheme, proposal: Proposal, by: User, now: datetime) -> SchemeChange:
    """Write down what the scheme shall be like. Raises Faulty, AlreadyOpen, NoteMissing."""
    with acting("propose_change", by=by, now=now):
        return _propose(scheme, proposal, by=by, now=now)


def _propose(scheme: Scheme, proposal: Proposal, *, by: User, now: datetime) -> SchemeChange:
    locked = lock_scheme(scheme)
    if not proposal.note.strip():
        raise NoteMissing
    if locked.changes.open().exists():
        raise AlreadyOpen
    if faults := faults_of(locked, proposal.terms, proposal.budget_fen):
        raise Faulty(faults)
    change = SchemeChange.objects.create(
        scheme=locked,
        based_on=locked.policy.version,
        terms=proposal.terms.as_json(),
        budget_fen=proposal.budget_fen,
        ref=proposal.ref.strip(),
        note=proposal.note.strip(),
        proposed_at=now,
        proposed_by=by,
    )
    mark(CHANGE_PROPOSED, [change.pk], at=now)
    return change


def approve_change(
    *, change: SchemeChange, by: User, now: datetime, note: str = "", seen: str = ""
) -> SchemeChange:
    """Put a change in force: a new version where the terms differ, the stages after it, the budget in the ledger.

    The allocator's next run goes by it. `seen`: the digest of what the approver was shown, kept beside the approval.

    Raises NotYours, Decided, Outdated, Faulty (also where another scheme has the days).
    """
    with acting("approve_change", by=by, now=now, note=note):
        lock_calendar(to_change=True)
        scheme, locked = _take(change)
        if locked.proposed_by_id == by.pk:
            raise NotYours
        policy = scheme.policy
        if policy.version != locked.based_on:
            raise Outdated
        terms = Terms.from_json(locked.terms)
        if faults := faults_of(scheme, terms, locked.budget_fen):
            raise Faulty(faults)
        if terms != Terms.of(policy):
            locked.version = _put_in_force(locked, terms, by=by, now=now)
        locked.seen = seen
        approved = _decide(locked, State.APPROVED, by=by, now=now, note=note)
        append_change(approved, now=now)
        return approved


def reject_change(*, change: SchemeChange, by: User, now: datetime, note: str) -> SchemeChange:
    """Say no, and why. Raises NotYours, Decided, NoteMissing."""
    with acting("reject_change", by=by, now=now, note=note):
        _scheme, locked = _take(change)
        if locked.proposed_by_id == by.pk:
            raise NotYours
        if not note.strip():
            raise NoteMissing
        return _decide(locked, State.REJECTED, by=by, now=now, note=note)


def withdraw_change(*, change: SchemeChange, by: User, now: datetime, note: str = "") -> SchemeChange:
    """Take one's own proposal back. Raises NotYours, Decided."""
    with acting("withdraw_change", by=by, now=now, note=note):
        _scheme, locked = _take(change)
        if locked.proposed_by_id != by.pk:
            raise NotYours
        return _decide(locked, State.WITHDRAWN, by=by, now=now, note=note)


def _take(change: SchemeChange) -> tuple[Scheme, SchemeChange]:
    """The scheme and the proposal, both locked, as they are now. Raises Decided."""
    scheme = lock_scheme(change.scheme)
    locked = SchemeChange.objects.select_for_update(no_key=True).get(pk=change.pk)
    if locked.state != State.PROPOSED:
        raise Decided
    return scheme, locked


def _decide(change: SchemeChange, state: State, *, by: User, now: datetime, note: str) -> SchemeChange:
    change.state, change.decided_by, change.decided_at = state, by, now
    change.decision_note = note.strip()
    change.save(update_fields=["state", "decided_by", "decided_at", "decision_note", "version", "seen"])
    mark(CHANGE_DECIDED, [change.pk], at=now)
    return change


def _put_in_force(change: SchemeChange, terms: Terms, *, by: User, now: datetime) -> PolicyVersion:
    """The version first, then the stages, which follow it: gone, moved all at once, new."""
    version = PolicyVersion.objects.create(
        scheme=change.scheme,
        version=change.based_on + 1,
        **{name: getattr(terms, name) for name in SETTINGS},
        stages=terms.as_json()["stages"],
        note=change.note,
        created_at=now,
        created_by=change.proposed_by,
        approved_by=by,
    )
    mark(POLICY, [version.pk], at=now)
    kept = {stage.no: stage for stage in terms.stages}
    change.scheme.stages.exclude(no__in=kept).delete()
    known = _move_stages(change.scheme, kept)
    Stage.objects.bulk_create(_row(change.scheme, stage) for no, stage in kept.items() if no not in known)
    _check_now()
    return version


def _move_stages(scheme: Scheme, terms: dict[int, StageTerms]) -> set[int]:
    """Give the stages that stay their new terms, in one statement: a cut-off moves two windows at once. Their numbers."""
    rows = list(scheme.stages.all())
    for row in rows:
        for name in STAGE_TERMS:
            setattr(row, name, getattr(terms[row.no], name))
    Stage.objects.bulk_update(rows, list(STAGE_TERMS))
    return {row.no for row in rows}


def _row(scheme: Scheme, stage: StageTerms) -> Stage:
    return Stage(
        scheme=scheme,
        no=stage.no,
        starts_on=stage.starts_on,
        ends_on=stage.ends_on,
        amount_fen=stage.amount_fen,
        cap_fen=stage.cap_fen,
    )


def _check_now() -> None:
    """What the database would look at when the transaction ends, it looks at here, where a refusal is understood."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS policy_versions_are_put_in_force IMMEDIATE")
        cursor.execute("SET CONSTRAINTS policy_versions_are_put_in_force DEFERRED")
