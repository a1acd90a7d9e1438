"""How a recovery stands: what came, which part is covered, what is overdue, and what is to be done next."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import prefetch_related_objects

from subsidies.models import Claim, RecoveryCase, RecoveryInstalment, RecoveryReceipt, RecoveryStep

State = RecoveryCase.State


@dataclass(frozen=True, slots=True)
class Part:
    """An instalment of the present plan, and how much of it is covered by what came."""

    instalment: RecoveryInstalment
    covered_fen: int
    is_overdue: bool

    @property
    def missing_fen(self) -> int:
        return self.instalment.amount_fen - self.covered_fen


@dataclass(frozen=True, slots=True)
class Standing:
    """One case on a day. `receipt`, `step`: the oldest that waits for a second person. Amounts in fen."""

    case: RecoveryCase
    received_fen: int
    parts: tuple[Part, ...]
    receipt: RecoveryReceipt | None
    step: RecoveryStep | None

    @property
    def open_fen(self) -> int:
        return self.case.amount_fen - self.received_fen if self.case.state == State.OPEN else 0

    @property
    def overdue_fen(self) -> int:
        return sum(part.missing_fen for part in self.parts if part.is_overdue)

    @property
    def overdue_since(self) -> date | None:
        return next((part.instalment.due_on for part in self.parts if part.is_overdue), None)

    @property
    def next_part(self) -> Part | None:
        """The next part that is due, overdue or not."""
        return next((part for part in self.parts if part.missing_fen), None)


def standings(cases: Iterable[RecoveryCase], *, today: date) -> list[Standing]:
    """Each case's, in the order given; a fixed number of queries."""
    cases = list(cases)
    prefetch_related_objects(cases, "instalments", "receipts", "steps")
    return [_standing(case, today) for case in cases]


def shown_recovery(claim: Claim, *, today: date) -> Standing | None:
    """The newest demand that its owner and shop know of: confirmed, and not dropped since; None where there is none."""
    told = claim.recoveries.filter(number__isnull=False).exclude(state=State.DROPPED)
    newest = told.order_by("-pk").first()
    return standings([newest], today=today)[0] if newest else None


def _standing(case: RecoveryCase, today: date) -> Standing:
    receipts, steps = list(case.receipts.all()), list(case.steps.all())
    received = sum(each.amount_fen for each in receipts if each.state == RecoveryReceipt.State.CONFIRMED)
    waiting = [each for each in receipts if each.state == RecoveryReceipt.State.TAKEN]
    proposed = [each for each in steps if each.state == RecoveryStep.State.PROPOSED]
    return Standing(
        case,
        received,
        tuple(_parts(case, received - case.planned_from_fen, today)),
        min(waiting, key=lambda each: each.pk, default=None),
        min(proposed, key=lambda each: each.pk, default=None),
    )


def _parts(case: RecoveryCase, came_fen: int, today: date) -> Iterable[Part]:
    """What came covers the parts in the order in which they are due; `overdue.py` says the same in SQL."""
    plan = sorted(
        (each for each in case.instalments.all() if each.plan_no == case.plan_no), key=lambda p: p.no
    )
    for each in plan:
        covered = max(0, min(each.amount_fen, came_fen))
        came_fen -= each.amount_fen
        late = case.state == State.OPEN and each.due_on < today and covered < each.amount_fen
        yield Part(each, covered, late)
