"""Whose a case is: given to somebody, handed over, given back."""

from collections.abc import Collection
from datetime import date, datetime

from core.audit.acting import acting
from core.models import User
from core.shanghai import local_day
from subsidies.casework.selectors.queue import may_handle
from subsidies.models import CaseAssignment, Claim
from subsidies.review.selectors.open_cases import open_cases

Outcome = CaseAssignment.Outcome


class NotTheirs(PermissionError):
    """This person decides no cases, or is not here any more: nothing is given to them."""


class NothingWaits(ValueError):
    """None of these claims waits for anybody."""


class DayIsOver(ValueError):
    """The day by which it shall be done is over."""


def assign_cases(
    *,
    claims: Collection[int],
    holder: User,
    by: User,
    now: datetime,
    note: str = "",
    due_on: date | None = None,
) -> int:
    """Give cases to somebody, whoever has them now; return how many changed hands. What waits for nobody is left alone.

    `due_on`: a day of their own, where the policy's term does not do. What is theirs already stays as it is, unless a
    day or a note is given. Raises NotTheirs, DayIsOver, NothingWaits.
    """
    if not may_handle(holder):
        raise NotTheirs
    if due_on is not None and due_on < local_day(now):
        raise DayIsOver
    with acting("assign_cases", by=by, now=now):
        locked = Claim.objects.select_for_update(no_key=True).filter(pk__in=claims).order_by("pk")
        theirs = set(open_cases().filter(pk__in=[claim.pk for claim in locked]).values_list("pk", flat=True))
        if not theirs:
            raise NothingWaits
        open_ones = CaseAssignment.objects.open().filter(claim__in=theirs)
        if due_on is None and not note:
            theirs -= set(open_ones.filter(holder=holder).values_list("claim", flat=True))
        open_ones.filter(claim__in=theirs).update(ended_at=now, outcome=Outcome.HANDED_OVER)
        CaseAssignment.objects.bulk_create(
            CaseAssignment(claim_id=pk, holder=holder, given_by=by, given_at=now, due_on=due_on, note=note)
            for pk in sorted(theirs)
        )
    return len(theirs)


def give_back(*, claims: Collection[int], by: User, now: datetime, note: str = "") -> int:
    """Cases are nobody's again, and stand in everybody's list; return how many."""
    with acting("give_back_cases", by=by, now=now, note=note):
        open_ones = CaseAssignment.objects.open().filter(claim__in=claims)
        return open_ones.update(ended_at=now, outcome=Outcome.GIVEN_BACK)
