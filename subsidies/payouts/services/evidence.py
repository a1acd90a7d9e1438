"""What the operator does not tell soundly is settled by evidence, which one person brings and another accepts."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.audit.acting import acting
from core.decisions import mark
from core.models import User
from subsidies.ledger.services.append import lock_scheme
from subsidies.marked import EVIDENCE_DECIDED, EVIDENCE_PROPOSED
from subsidies.models import LineEvidence, PayoutBatch, PayoutLine
from subsidies.payouts.judge import LineResult
from subsidies.payouts.services.record_results import finish_lines

PATIENCE = timedelta(hours=24)  # for so long an operator may take to answer at all
PROPOSED, APPROVED, DECLINED = LineEvidence.State


class NotUnknown(ValueError):
    """The payment's outcome is known, or its evidence waits for a decision already."""


class UnderWay(ValueError):
    """The operator is still being asked; nothing that it said is in doubt."""


class OwnEvidence(PermissionError):
    """Whoever brought the evidence does not accept it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What the statement or the voucher says: success with its time (aware), or failure with its reason."""

    outcome: LineEvidence.Outcome
    statement_no: str
    note: str
    paid_at: datetime | None = None
    fail_reason: str = ""


def propose_evidence(*, line: PayoutLine, finding: Finding, by: User, now: datetime) -> LineEvidence:
    """Say what became of a payment, by which voucher. Nothing moves before another person accepts it.

    Raises NotUnknown, UnderWay.
    """
    with acting("propose_evidence", by=by, now=now, note=finding.note):
        locked = PayoutLine.objects.select_for_update(no_key=True).get(pk=line.pk)
        if locked.state != PayoutLine.State.UNKNOWN or locked.evidence.filter(state=PROPOSED).exists():
            raise NotUnknown(f"payment {locked.request_no} is {locked.state}")
        batch = locked.batch
        waits = batch.released_at is not None and now - batch.released_at >= PATIENCE
        if not (locked.doubt or waits or batch.state == PayoutBatch.State.REJECTED):
            raise UnderWay(f"payment {locked.request_no} is under way")
        evidence = LineEvidence.objects.create(
            line=locked,
            outcome=finding.outcome,
            statement_no=finding.statement_no,
            paid_at=finding.paid_at,
            fail_reason=finding.fail_reason,
            note=finding.note,
            proposed_by=by,
            proposed_at=now,
        )
        mark(EVIDENCE_PROPOSED, [evidence.pk], at=now)
        return evidence


def decide_evidence(*, evidence: LineEvidence, accept: bool, by: User, now: datetime) -> None:
    """Accept what another person found, so that payment, claim and ledger follow it; or decline it.

    Raises OwnEvidence, and NotUnknown where the operator has answered meanwhile or it was decided already.
    """
    with acting("decide_evidence", by=by, now=now):
        scheme = lock_scheme(evidence.line.batch.scheme)
        batch = PayoutBatch.objects.select_for_update().get(pk=evidence.line.batch_id)
        line = PayoutLine.objects.select_for_update(no_key=True).get(pk=evidence.line_id)
        found = LineEvidence.objects.select_for_update(no_key=True).get(pk=evidence.pk)
        if found.proposed_by == by:
            raise OwnEvidence("whoever brought the evidence does not accept it")
        if found.state != PROPOSED or (accept and line.state != PayoutLine.State.UNKNOWN):
            raise NotUnknown(f"payment {line.request_no} is {line.state}")
        found.state, found.decided_by, found.decided_at = (APPROVED if accept else DECLINED), by, now
        found.save(update_fields=["state", "decided_by", "decided_at"])
        mark(EVIDENCE_DECIDED, [found.pk], at=now)
        if not accept:
            return
        result = LineResult(
            PayoutLine.State(found.outcome), fail_reason=found.fail_reason, paid_at=found.paid_at
        )
        finish_lines([(line, result)], scheme=scheme, by=by, now=now)
        if not batch.lines.filter(state=PayoutLine.State.UNKNOWN).exists():
            batch.state, batch.next_ask_at = PayoutBatch.State.FINISHED, None
            batch.save(update_fields=["state", "next_ask_at"])
