"""What becomes of a confirmed case: another plan, enforcement, a write-off, the end of the demand. Each takes two people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from core.audit.acting import acting
from core.decisions import mark
from core.models import User
from core.shanghai import local_day
from subsidies.marked import RECOVERY_STEP_APPROVED, RECOVERY_STEP_PROPOSED
from subsidies.models import Claim, RecoveryCase, RecoveryReceipt, RecoveryStep
from subsidies.recoveries.plans import Due, WrongPlan, check_plan
from subsidies.recoveries.services.cases import locked_case, write_plan
from subsidies.states import ClaimState

Kind = RecoveryStep.Kind
PROPOSED, APPROVED, DECLINED = RecoveryStep.State


class NotNow(ValueError):
    """The case does not stand so that this could be done, or a step waits to be decided already."""


class MoneyCame(ValueError):
    """A demand is not dropped once money came for it; nor is it written off while a receipt waits to be confirmed."""


class OwnStep(PermissionError):
    """Whoever proposes a step does not approve it."""


class NotSaid(ValueError):
    """A step says why; a hand-over and a refund name their paper."""


@dataclass(frozen=True, slots=True)
class Motion:
    """What shall become of a case, and why. `plan`: of REPLAN, the instalments of what is still open."""

    kind: RecoveryStep.Kind
    note: str
    reference: str = ""
    plan: Sequence[Due] = ()


def propose_step(*, case: RecoveryCase, motion: Motion, by: User, now: datetime) -> RecoveryStep:
    """Propose what shall become of a case; nothing moves before another person approves it.

    Raises NotNow, MoneyCame, NotSaid, WrongPlan.
    """
    kind, note, reference = motion.kind, motion.note, motion.reference
    if not note.strip() or (kind in (Kind.HAND_OVER, Kind.REFUND) and not reference.strip()):
        raise NotSaid(kind)
    with acting("propose_step", by=by, now=now, note=note):
        locked = locked_case(case)
        _may_stand(locked, kind)
        if locked.steps.filter(state=PROPOSED).exists():
            raise NotNow("a step waits to be decided")
        plan_no = None
        if kind == Kind.REPLAN:
            check_plan(motion.plan, total_fen=locked.open_fen, today=local_day(now))
            plan_no = 1 + (locked.instalments.aggregate(last=Max("plan_no"))["last"] or 0)
        step = RecoveryStep.objects.create(
            case=locked,
            kind=kind,
            plan_no=plan_no,
            reference=reference,
            note=note,
            proposed_by=by,
            proposed_at=now,
        )
        if plan_no is not None:
            write_plan(locked, motion.plan, plan_no=plan_no)
        mark(RECOVERY_STEP_PROPOSED, [step.pk], at=now)
        return step


def decide_step(*, step: RecoveryStep, approve: bool, by: User, now: datetime, note: str = "") -> None:
    """Approve what another person proposed, so that it is done; or turn it down, which its own author may, too.

    Raises OwnStep, NotNow, MoneyCame; WrongPlan where more money came since the plan was made.
    """
    with acting("decide_step", by=by, now=now, note=note):
        case = locked_case(step.case)
        locked = RecoveryStep.objects.select_for_update(of=("self",), no_key=True).get(pk=step.pk)
        if locked.state != PROPOSED:
            raise NotNow(f"step {locked.pk} is {locked.state}")
        if approve and locked.proposed_by == by:
            raise OwnStep("whoever proposes does not approve")
        if approve:
            _may_stand(case, Kind(locked.kind))
        locked.state, locked.decided_by, locked.decided_at = (APPROVED if approve else DECLINED), by, now
        locked.save(update_fields=["state", "decided_by", "decided_at"])
        if approve:
            mark(RECOVERY_STEP_APPROVED, [locked.pk], at=now)
            _carry_out(case, locked, now=now)


def _may_stand(case: RecoveryCase, kind: RecoveryStep.Kind) -> None:
    if kind == Kind.REFUND:
        if not case.surplus_fen:
            raise NotNow("nothing is to be paid back")
        return
    if case.state != RecoveryCase.State.OPEN or (kind == Kind.HAND_OVER and case.handed_over_at):
        raise NotNow(f"recovery {case.pk} is {case.state}")
    came = case.receipts.exclude(state=RecoveryReceipt.State.DECLINED)
    if kind == Kind.DROP and came.exists():
        raise MoneyCame("money came for it")
    if kind == Kind.WRITE_OFF and came.filter(state=RecoveryReceipt.State.TAKEN).exists():
        raise MoneyCame("a receipt waits to be confirmed")


def _carry_out(case: RecoveryCase, step: RecoveryStep, *, now: datetime) -> None:
    match step.kind:
        case Kind.REPLAN:
            _plan_anew(case, step)
        case Kind.HAND_OVER:
            case.handed_over_at = now
        case Kind.REFUND:
            case.surplus_fen = 0
        case Kind.WRITE_OFF:
            case.state, case.ended_at = RecoveryCase.State.WRITTEN_OFF, now
        case Kind.DROP:
            case.state, case.ended_at = RecoveryCase.State.DROPPED, now
    case.save(
        update_fields=["plan_no", "planned_from_fen", "handed_over_at", "surplus_fen", "state", "ended_at"]
    )
    after = {Kind.WRITE_OFF: ClaimState.WRITTEN_OFF, Kind.DROP: ClaimState.PAID}.get(Kind(step.kind))
    if after:
        Claim.objects.filter(pk=case.claim_id).update(state=after)


def _plan_anew(case: RecoveryCase, step: RecoveryStep) -> None:
    number = step.plan_no or 0
    planned = sum(each.amount_fen for each in case.instalments.filter(plan_no=number))
    if planned != case.open_fen:
        raise WrongPlan("sum", planned)
    case.plan_no, case.planned_from_fen = number, case.received_fen
