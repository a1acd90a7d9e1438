"""The states of a claim and the moves between them: the one table that Python and PostgreSQL both obey."""

from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _


class ClaimState(models.TextChoices):
    """Where a claim stands."""

    RECEIVED = "received", _("已收到")
    CHECKING = "checking", _("核验中")
    NEEDS_CORRECTION = "needs_correction", _("待更正")
    REVIEW = "review", _("待人工复核")
    ELIGIBLE = "eligible", _("符合条件")
    WAITLISTED = "waitlisted", _("候补")
    SETTLED = "settled", _("已锁定补贴")
    ON_NOTICE = "on_notice", _("公示中")
    OBJECTED = "objected", _("有异议")
    APPROVED = "approved", _("已批准")
    IN_PAYOUT = "in_payout", _("发放中")
    PAID = "paid", _("已发放")
    PAYOUT_FAILED = "payout_failed", _("发放失败")
    PAYOUT_UNKNOWN = "payout_unknown", _("发放结果待查")
    REFUSED = "refused", _("不予补贴")
    CANCELLED = "cancelled", _("已撤回")
    RECOVERING = "recovering", _("追回中")
    RECOVERED = "recovered", _("已追回")
    WRITTEN_OFF = "written_off", _("已核销")


S = ClaimState

MOVES: dict[ClaimState, tuple[ClaimState, ...]] = {
    S.RECEIVED: (S.CHECKING, S.REFUSED, S.CANCELLED),
    S.CHECKING: (S.ELIGIBLE, S.REFUSED, S.REVIEW, S.NEEDS_CORRECTION, S.CANCELLED),
    S.NEEDS_CORRECTION: (S.CHECKING, S.REFUSED, S.CANCELLED),
    S.REVIEW: (S.CHECKING, S.ELIGIBLE, S.NEEDS_CORRECTION, S.REFUSED, S.CANCELLED),
    S.ELIGIBLE: (S.SETTLED, S.WAITLISTED, S.CHECKING, S.REFUSED, S.CANCELLED),
    S.WAITLISTED: (S.SETTLED, S.CHECKING, S.REFUSED, S.CANCELLED),
    S.SETTLED: (S.ON_NOTICE, S.APPROVED, S.REFUSED, S.CANCELLED),
    S.ON_NOTICE: (S.OBJECTED, S.APPROVED, S.REFUSED, S.CANCELLED),
    S.OBJECTED: (S.ON_NOTICE, S.APPROVED, S.REFUSED, S.CANCELLED),
    S.APPROVED: (S.IN_PAYOUT, S.SETTLED, S.REFUSED, S.CANCELLED),
    S.IN_PAYOUT: (S.PAID, S.PAYOUT_FAILED, S.PAYOUT_UNKNOWN, S.APPROVED),
    S.PAYOUT_UNKNOWN: (S.PAID, S.PAYOUT_FAILED, S.APPROVED),
    S.PAYOUT_FAILED: (S.APPROVED, S.CANCELLED, S.PAID),
    S.PAID: (S.RECOVERING, S.PAYOUT_FAILED),
    S.RECOVERING: (S.RECOVERED, S.PAID, S.WRITTEN_OFF),
    S.RECOVERED: (),
    S.WRITTEN_OFF: (S.RECOVERING,),
    S.REFUSED: (S.CHECKING,),  # for a paper that two people accept, and nothing else (papers/sql/papers.sql)
    S.CANCELLED: (),
}


def leading_to(state: ClaimState) -> frozenset[ClaimState]:
    """The states from which a claim may move to this one."""
    return frozenset(before for before, moves in MOVES.items() if state in moves)


# Ended: the claim asks for nothing any more, and its old bike and new vehicle are free again.
ENDED = (S.REFUSED, S.CANCELLED, S.RECOVERED)
# Asking: still to be checked; counts in the queue so that a slow licensing system costs nobody the place.
PENDING = (S.RECEIVED, S.CHECKING, S.NEEDS_CORRECTION, S.REVIEW)
# Due: the licensing systems are to be asked, or asked again.
DUE = (S.RECEIVED, S.CHECKING)
# Decidable: the checks are through, the walk down the queue says what becomes of it.
DECIDABLE = (S.ELIGIBLE, S.WAITLISTED)
# Open: in the queue for money.
OPEN = (*PENDING, *DECIDABLE)
# Reserved: money is set aside for it in the ledger and not yet paid.
RESERVED = (S.SETTLED, S.ON_NOTICE, S.OBJECTED, S.APPROVED, S.IN_PAYOUT, S.PAYOUT_FAILED, S.PAYOUT_UNKNOWN)
# On the way out: its approval stands, and whether its payment was made is still open.
ON_THE_WAY = (S.APPROVED, S.IN_PAYOUT, S.PAYOUT_UNKNOWN)
# Spent: the money has left, and not all of it came back. What was written off stays out: the bike was subsidised.
SPENT = (S.PAID, S.RECOVERING, S.WRITTEN_OFF)
# Kept: approved, and not undone since: the province's register lets no other claim have its bike and vehicle any more.
KEPT = (*ON_THE_WAY, S.PAYOUT_FAILED, *SPENT)
# Granted: settled, and not undone since: the money is set aside or has left.
GRANTED = (*RESERVED, *SPENT)
# For a person: goes no further until somebody acts.
FOR_A_PERSON = (S.REVIEW, S.NEEDS_CORRECTION, S.PAYOUT_FAILED)
# Besides, few moves lead into these: an index knows them.
RARE = (S.OBJECTED, S.PAYOUT_UNKNOWN, S.RECOVERING, S.RECOVERED, S.WRITTEN_OFF)


def in_sql(states: Iterable[ClaimState]) -> str:
    """States as a list for `IN (…)` of a constant statement."""
    return ", ".join(f"'{state.value}'" for state in states)
