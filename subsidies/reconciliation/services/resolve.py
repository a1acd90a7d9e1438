"""A difference is closed by two people: one says what it was, another signs; the ledger follows where money is concerned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from core.audit.acting import acting
from core.decisions import mark
from core.models import User
from subsidies.ledger.services.append import lock_scheme
from subsidies.marked import DIFFERENCE_PROPOSED, DIFFERENCE_SIGNED
from subsidies.models import Difference, PayoutLine, StatementEntry
from subsidies.payouts.judge import LineResult
from subsidies.payouts.services.record_results import finish_lines
from subsidies.payouts.services.returns import record_returned
from subsidies.reconciliation.services.reconcile import reopen
from subsidies.states import ClaimState

Resolution, State = Difference.Resolution, Difference.State


class NotOpen(ValueError):
    """The difference is closed, or waits for a signature, or there is none to sign."""


class SamePerson(PermissionError):
    """Whoever said what it was does not sign it."""


class DoesNotFit(ValueError):
    """What is proposed cannot be booked: the payment is not in the state for it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What the difference was, and what is booked for it."""

    resolution: Difference.Resolution
    note: str


def take_over(*, differences: QuerySet[Difference], by: User, now: datetime) -> int:
    """Be the one who looks into them; return how many."""
    with acting("take_over", by=by, now=now):
        return differences.filter(state__in=Difference.LIVE).update(owner=by)


def propose_resolution(
    *, differences: QuerySet[Difference], finding: Finding, by: User, now: datetime
) -> int:
    """Say what these were; nothing is booked before another person signs. Raises NotOpen, DoesNotFit."""
    with acting("propose_resolution", by=by, now=now, note=finding.note):
        locked = _locked(differences, State.OPEN)
        for each in locked:
            if not fits(finding.resolution, each):
                raise DoesNotFit(f"{each.number} cannot be booked as {finding.resolution}")
            each.state, each.resolution, each.note = State.PROPOSED, finding.resolution, finding.note
            each.proposed_by, each.proposed_at, each.owner = by, now, each.owner or by
        changed = ["state", "resolution", "note", "proposed_by", "proposed_at", "owner"]
        Difference.objects.bulk_update(locked, changed)
        mark(DIFFERENCE_PROPOSED, [each.pk for each in locked], at=now)
        return len(locked)


def decline_resolution(*, differences: QuerySet[Difference], by: User, now: datetime, note: str = "") -> int:
    """Send what was proposed back, with the reason, which stands with the case. Raises NotOpen."""
    with acting("decline_resolution", by=by, now=now, note=note):
        locked = _locked(differences, State.PROPOSED)
        for each in locked:
            reopen(each, note=note)
        return len(locked)


def sign_resolution(*, differences: QuerySet[Difference], by: User, now: datetime) -> int:
    """Sign what another person proposed, and book it. Raises NotOpen, SamePerson, DoesNotFit."""
    with acting("sign_resolution", by=by, now=now):
        locked = _locked(differences, State.PROPOSED)
        if any(each.proposed_by == by for each in locked):
            raise SamePerson("two people close a difference")
        for each in locked:
            each.state, each.signed_by, each.closed_at = State.SIGNED, by, now
        Difference.objects.bulk_update(locked, ["state", "signed_by", "closed_at"])
        mark(DIFFERENCE_SIGNED, [each.pk for each in locked], at=now)
        for each in locked:
            _book(each, by=by, now=now)
        return len(locked)


def fits(resolution: str, case: Difference) -> bool:
    """Whether this can be booked for it now."""
    if resolution == Resolution.EXPLAINED:
        return True
    line = case.line
    if line is None:
        return False
    if resolution == Resolution.NOT_PAID:  # never against a statement that has it as paid
        missing = case.kind in (Difference.Kind.OURS, Difference.Kind.GONE, Difference.Kind.RETURNED)
        return missing and line.state == PayoutLine.State.SUCCESS and line.claim.state == ClaimState.PAID
    own = line.supplement_id is None  # a supplement that failed is confirmed anew instead
    own = own and case.kind == Difference.Kind.STATE
    return own and line.state == PayoutLine.State.FAILED and line.claim.state == ClaimState.PAYOUT_FAILED


def _locked(differences: QuerySet[Difference], state: str) -> Sequence[Difference]:
    chosen = differences.order_by().values("pk")
    locked = list(
        Difference.objects.filter(pk__in=chosen, state=state)
        .select_for_update(of=("self",), no_key=True)
        .select_related("line__claim", "proposed_by")
        .order_by("pk")
    )
    if not locked:
        raise NotOpen("nothing here is in the state for it")
    return locked


def _book(case: Difference, *, by: User, now: datetime) -> None:
    if case.resolution == Resolution.EXPLAINED or case.line is None:
        return
    if case.resolution == Resolution.NOT_PAID:
        if record_returned(numbers=[case.number], now=now) != 1:
            raise DoesNotFit(f"{case.number} is not paid")
        return
    scheme = lock_scheme(case.line.batch.scheme)
    line = PayoutLine.objects.select_for_update(no_key=True).get(pk=case.line.pk)
    if not fits(Resolution.PAID, case) or line.state != PayoutLine.State.FAILED:
        raise DoesNotFit(f"{case.number} did not fail")
    paid_at = StatementEntry.objects.get(number=case.number).paid_at
    result = LineResult(PayoutLine.State.SUCCESS, paid_at=paid_at)
    finish_lines([(line, result)], scheme=scheme, by=by, now=now)
