"""Demanding money back: one person proposes, another confirms, and the demand has its number from then on.

Until it is confirmed whoever may propose can put the proposal right, and stands for it then; afterwards it is changed by two
people, step by step (`steps.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max, QuerySet

from core.audit.acting import acting
from core.decisions import mark
from core.locks import hold
from core.models import User
from core.shanghai import local_day
from subsidies.decision_reasons import LEGAL_BASIS, OTHER, titles_of
from subsidies.marked import RECOVERY_CONFIRMED, RECOVERY_PROPOSED
from subsidies.models import Claim, RecoveryCase, RecoveryInstalment, Supplement
from subsidies.recoveries.plans import Due, check_plan
from subsidies.recoveries.selectors.kept import kept_by, kept_by_claim
from subsidies.schemes.states import SchemeState
from subsidies.states import ClaimState, leading_to

START_RECOVERY_FROM = leading_to(ClaimState.RECOVERING)
PROPOSED, DECLINED, OPEN = (
    RecoveryCase.State.PROPOSED,
    RecoveryCase.State.DECLINED,
    RecoveryCase.State.OPEN,
)


class NotProposed(ValueError):
    """The case is not waiting to be confirmed, or its claim has moved meanwhile."""


class OwnProposal(PermissionError):
    """Whoever proposes does not confirm."""


class TooMuch(ValueError):
    """More is demanded than the claim was paid and has kept; `kept_fen` says how much that is."""

    def __init__(self, kept_fen: int) -> None:
        super().__init__(f"only {kept_fen} fen were kept")
        self.kept_fen = kept_fen


@dataclass(frozen=True, slots=True)
class Demand:
    """What is demanded back and why. `reason`: a code of START_RECOVERY; `note`: the facts; `plan`: what is due when."""

    reason: str
    basis: str
    note: str
    amount_fen: int
    plan: tuple[Due, ...]


def propose_recoveries(
    *, claims: QuerySet[Claim], by: User, now: datetime, reasons: Sequence[str], note: str = ""
) -> int:
    """Propose to demand back all that these claims have kept, due in RECOVERY_DAYS; return for how many.

    Left alone: what is not paid, what has a case already, and what is archived.
    """
    reason = reasons[0] if reasons else OTHER
    due = local_day(now) + timedelta(days=settings.RECOVERY_DAYS)
    facts = note or titles_of([reason])
    with acting("propose_recoveries", by=by, now=now, reasons=reasons, note=note):
        ready = claims.filter(state__in=START_RECOVERY_FROM).exclude(scheme__state=SchemeState.ARCHIVED)
        kept = kept_by(ready.values_list("pk", flat=True))
        found = ready.filter(pk__in=[pk for pk, fen in kept.items() if fen > 0])
        found = found.exclude(recoveries__state__in=RecoveryCase.UNENDED)
        found = found.exclude(supplements__state__in=Supplement.UNENDED)
        claims_found = list(found.order_by("pk"))
        for claim in claims_found:
            whole = kept[claim.pk]
            demand = Demand(reason, LEGAL_BASIS[reason], facts, whole, (Due(due, whole),))
            propose_recovery(claim=claim, demand=demand, by=by, now=now)
        return len(claims_found)


def propose_recovery(*, claim: Claim, demand: Demand, by: User, now: datetime) -> RecoveryCase:
    """Propose one demand; nothing moves before another person confirms it. Raises NotProposed, TooMuch, WrongPlan."""
    with acting("propose_recovery", by=by, now=now, reasons=[demand.reason], note=demand.note):
        locked = Claim.objects.select_for_update(no_key=True).get(pk=claim.pk)
        beside = locked.recoveries.unended().exists() or locked.supplements.unended().exists()
        if locked.state not in START_RECOVERY_FROM or beside:
            raise NotProposed(f"claim {locked.pk} is {locked.state}")
        _check(demand, locked, now=now)
        case = RecoveryCase.objects.create(
            claim=locked,
            reason=demand.reason,
            basis=demand.basis,
            note=demand.note,
            amount_fen=demand.amount_fen,
            proposed_by=by,
            proposed_at=now,
        )
        write_plan(case, demand.plan, plan_no=0)
        mark(RECOVERY_PROPOSED, [case.pk], at=now)
        return case


def amend_proposal(*, case: RecoveryCase, demand: Demand, by: User, now: datetime) -> None:
    """Put a proposal right; whoever does so stands for it from then on. Raises NotProposed, TooMuch, WrongPlan."""
    with acting("amend_proposal", by=by, now=now, reasons=[demand.reason], note=demand.note):
        locked = locked_case(case)
        if locked.state != PROPOSED:
            raise NotProposed(f"recovery {locked.pk} is {locked.state}")
        _check(demand, locked.claim, now=now)
        locked.reason, locked.basis, locked.note, locked.amount_fen = (
            demand.reason,
            demand.basis,
            demand.note,
            demand.amount_fen,
        )
        locked.proposed_by, locked.proposed_at = by, now
        locked.save(update_fields=["reason", "basis", "note", "amount_fen", "proposed_by", "proposed_at"])
        locked.instalments.all().delete()
        write_plan(locked, demand.plan, plan_no=0)
        mark(RECOVERY_PROPOSED, [locked.pk], at=now)


def confirm_recovery(*, case: RecoveryCase, by: User, now: datetime, note: str = "") -> RecoveryCase:
    """Demand the money back: the case has its number, its claim is being recovered.

    Raises OwnProposal; NotProposed; TooMuch, WrongPlan where claim and day are not any more what they were.
    """
    with acting("confirm_recovery", by=by, now=now, note=note):
        locked = locked_case(case)
        if locked.state != PROPOSED or locked.claim.state not in START_RECOVERY_FROM:
            raise NotProposed(f"recovery {locked.pk} is {locked.state}")
        if locked.proposed_by == by:
            raise OwnProposal("whoever proposes does not confirm")
        plan = tuple(Due(each.due_on, each.amount_fen) for each in locked.instalments.filter(plan_no=0))
        _check(
            Demand(locked.reason, locked.basis, locked.note, locked.amount_fen, plan), locked.claim, now=now
        )
        locked.year = local_day(now).year
        locked.serial = _next_serial(locked.year)
        locked.number = f"{settings.RECOVERY_PREFIX}〔{locked.year}〕{locked.serial}号"
        locked.state, locked.decided_by, locked.decided_at = OPEN, by, now
        locked.save(update_fields=["year", "serial", "number", "state", "decided_by", "decided_at"])
        mark(RECOVERY_CONFIRMED, [locked.pk], at=now)
        Claim.objects.filter(pk=locked.claim_id).update(state=ClaimState.RECOVERING)
        return locked


def decline_recovery(*, case: RecoveryCase, by: User | None, now: datetime, note: str = "") -> None:
    """Take a proposal back, or turn it down; its claim stays as it is. Raises NotProposed."""
    with acting("decline_recovery", by=by, now=now, note=note):
        locked = locked_case(case)
        if locked.state != PROPOSED:
            raise NotProposed(f"recovery {locked.pk} is {locked.state}")
        locked.state, locked.decided_by, locked.decided_at, locked.ended_at = DECLINED, by, now, now
        locked.save(update_fields=["state", "decided_by", "decided_at", "ended_at"])


def locked_case(case: RecoveryCase) -> RecoveryCase:
    """The case as it is now, its claim and itself locked, in this order."""
    Claim.objects.select_for_update(no_key=True).get(pk=case.claim_id)
    locked = RecoveryCase.objects.select_for_update(of=("self",), no_key=True)
    return locked.select_related("claim").get(pk=case.pk)


def write_plan(case: RecoveryCase, plan: Sequence[Due], *, plan_no: int) -> None:
    """Keep the parts of a plan under its number, in their order."""
    RecoveryInstalment.objects.bulk_create(
        RecoveryInstalment(case=case, plan_no=plan_no, no=no, due_on=each.on, amount_fen=each.fen)
        for no, each in enumerate(plan, 1)
    )


def _check(demand: Demand, claim: Claim, *, now: datetime) -> None:
    kept = kept_by_claim(claim.pk)
    if not 0 < demand.amount_fen <= kept:
        raise TooMuch(kept)
    check_plan(demand.plan, total_fen=demand.amount_fen, today=local_day(now))


def _next_serial(year: int) -> int:
    """The next number of a year. Whoever asks waits until the one before is through: there is no gap."""
    hold("subsidies_recoverycase", year)
    return 1 + (RecoveryCase.objects.filter(year=year).aggregate(last=Max("serial"))["last"] or 0)
