"""What staff may do with claims, one or many: each action once, as a whole.

Pages add what they call it and the form that asks for it (`actions/pages/questions.py`), and nothing else.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Case, CharField, Count, Q, QuerySet, Sum, Value, When
from django.utils.functional import Promise

from core.models import User
from subsidies import decision_reasons
from subsidies.claims.services import undo
from subsidies.claims.services.undo import UnknownReason
from subsidies.models import Claim, PayoutBatch, PayoutLine
from subsidies.payouts.services import payouts
from subsidies.recoveries.services import cases
from subsidies.review.selectors.obstacles import (
    APPROVED_BY_YOU,
    ARCHIVED,
    ASKED_ALREADY,
    CHANGED_BY_YOU,
    DEMANDED,
    HANDLED_BY_YOU,
    HELD,
    HELD_BY_STAFF,
    NAME_NOT_ASKED,
    NO_ADDRESS,
    NOT_HELD,
    NOT_LOOKED_AT,
    PAID_BESIDES,
    SAME_PAYEE,
    SUPPLEMENTED,
    Obstacle,
    schemes_of,
)
from subsidies.review.services import decide, hold_claims
from subsidies.states import ClaimState

DECIDE, CHANGE = "subsidies.decide_claim", "subsidies.change_claim"
MAKE_BATCH, DEMAND = "subsidies.add_payoutbatch", "subsidies.add_recoverycase"


class NoteMissing(ValueError):
    """This decision has to say in words why it was taken."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many claims it was done with, and the payout batches that they stand in now."""

    count: int
    batches: tuple[PayoutBatch, ...] = ()


@dataclass(frozen=True, slots=True)
class StaffAction:
    """One thing that staff do with claims. It begins with those in `starts_from` that nothing in `blocked_by` stops.

    `rights`: any of them lets somebody do it. `blocked_by` stands in the order in which it is told. `reasons`: the codes to
    choose from, with their titles; where there are any, one has to be given. `ends`: the claim asks for nothing any
    more, its money comes free. `run`: the verb, which leaves alone by itself what is not to be moved.
    """

    slug: str
    rights: tuple[str, ...]
    starts_from: frozenset[ClaimState]
    run: Callable[..., Outcome]
    blocked_by: tuple[Obstacle, ...] = ()
    reasons: Mapping[str, str | Promise] = field(default_factory=dict)
    needs_note: bool = False
    ends: bool = False

    def allowed(self, user: Any) -> bool:
        """Whether this person has one of the rights, whatever the claims."""
        return any(user.has_perm(right) for right in self.rights)

    def lacks_note(self, reasons: Sequence[str], note: str) -> bool:
        """Whether the decision would not say why: a reason that is not on the list is told in the note."""
        return not note.strip() and (self.needs_note or decision_reasons.OTHER in reasons)


def _counted(verb: Callable[..., int]) -> Callable[..., Outcome]:
    return lambda **how: Outcome(verb(**how))


def _in_each_scheme(verb: Callable[..., int]) -> Callable[..., Outcome]:
    def run(*, claims: QuerySet[Claim], **how: Any) -> Outcome:
        return Outcome(sum(verb(scheme=scheme, claims=claims, **how) for scheme in schemes_of(claims)))

    return run


def _order_payment(*, claims: QuerySet[Claim], by: User, now: datetime, note: str) -> Outcome:
    made = payouts.order_payments(claims=claims, by=by, now=now)
    return Outcome(PayoutLine.objects.filter(batch__in=made.batches).count(), made.batches)


ACTIONS: dict[str, StaffAction] = {
    action.slug: action
    for action in (
        StaffAction(
            "approve",
            (CHANGE,),
            payouts.APPROVE_FROM,
            _counted(payouts.approve_claims),
            blocked_by=(HELD, HANDLED_BY_YOU, NOT_LOOKED_AT),
        ),
        StaffAction(
            "order_payment",
            (MAKE_BATCH,),
            payouts.MAKE_PAYOUTS_FROM,
            _order_payment,
            blocked_by=(HELD, APPROVED_BY_YOU, NO_ADDRESS, NAME_NOT_ASKED),
        ),
        StaffAction(
            "ask_again",
            (DECIDE,),
            decide.ASK_AGAIN_FROM,
            _counted(decide.ask_again),
            reasons=decision_reasons.ASK_AGAIN,
        ),
        StaffAction(
            "demand_correction",
            (DECIDE,),
            decide.DEMAND_CORRECTION_FROM,
            _counted(decide.demand_correction),
            reasons=decision_reasons.DEMAND_CORRECTION,
        ),
        StaffAction(
            "clear_holds",
            (DECIDE, CHANGE),
            hold_claims.CLEAR_FROM,
            _counted(hold_claims.clear_claims),
            blocked_by=(NOT_HELD, CHANGED_BY_YOU),
            reasons=decision_reasons.CLEAR_HOLDS,
        ),
        StaffAction(
            "hold",
            (DECIDE, CHANGE),
            hold_claims.HOLD_FROM,
            _counted(hold_claims.hold_claims),
            blocked_by=(HELD_BY_STAFF,),
            reasons=decision_reasons.HOLD,
        ),
        StaffAction(
            "demand_evidence",
            (DECIDE, CHANGE),
            hold_claims.DEMAND_EVIDENCE_FROM,
            _counted(hold_claims.demand_evidence),
            blocked_by=(ASKED_ALREADY,),
            reasons=decision_reasons.DEMAND_EVIDENCE,
        ),
        StaffAction(
            "propose_refusal",
            (DECIDE,),
            hold_claims.PROPOSE_REFUSAL_FROM,
            _counted(hold_claims.propose_refusal),
            blocked_by=(HELD_BY_STAFF,),
            reasons=decision_reasons.REFUSE,
            needs_note=True,
        ),
        StaffAction(
            "refuse",
            (CHANGE,),
            undo.REFUSE_FROM,
            _in_each_scheme(undo.refuse_claims),
            reasons=decision_reasons.REFUSE,
            needs_note=True,
            ends=True,
        ),
        StaffAction(
            "retry_failed",
            (CHANGE,),
            payouts.RETRY_FAILED_FROM,
            _counted(payouts.retry_failed),
            blocked_by=(HELD, HANDLED_BY_YOU, SAME_PAYEE, NOT_LOOKED_AT),
            reasons=decision_reasons.RETRY_FAILED,
        ),
        StaffAction(
            "cancel",
            (CHANGE,),
            undo.CANCEL_FROM,
            _in_each_scheme(undo.cancel_claims),
            blocked_by=(PAID_BESIDES,),
            reasons=decision_reasons.CANCEL,
            ends=True,
        ),
        StaffAction(
            "start_recovery",
            (DEMAND,),
            cases.START_RECOVERY_FROM,
            _counted(cases.propose_recoveries),
            blocked_by=(ARCHIVED, DEMANDED, SUPPLEMENTED),
            reasons=decision_reasons.START_RECOVERY,
            needs_note=True,
        ),
    )
}


@dataclass(frozen=True, slots=True)
class ActionPreview:
    """How many claims would move and their sum; those that would not, by the code of the first reason."""

    moves: int
    fen: int
    left: dict[str, int]

    @property
    def seen(self) -> str:
        """A short text that another selection, or another state of the same one, does not have."""
        return f"{self.moves}/{self.fen}/{sum(self.left.values())}"


def preview(action: StaffAction, claims: QuerySet[Claim], *, by: User) -> ActionPreview:
    """What the action would do with these claims, done by this person now. One query."""
    whens = [When(~Q(state__in=action.starts_from), then=Value("state"))]
    whens += [When(each.stands(by), then=Value(each.code)) for each in action.blocked_by]
    why = Case(*whens, default=Value(""), output_field=CharField())
    rows = claims.order_by().annotate(why=why).values("why").annotate(n=Count("pk"), fen=Sum("amount_fen"))
    counted = {why: (n, fen) for why, n, fen in rows.values_list("why", "n", "fen")}
    moves, fen = counted.pop("", (0, 0))
    return ActionPreview(moves, fen or 0, {code: n for code, (n, _fen) in counted.items()})


def would_move(action: StaffAction, claims: QuerySet[Claim], *, by: User) -> QuerySet[Claim]:
    """Those of these claims that the action would move, done by this person now."""
    found = claims.filter(state__in=action.starts_from)
    for each in action.blocked_by:
        found = found.exclude(each.stands(by))
    return found


def may_do(action: StaffAction, claim: Claim, *, by: User) -> bool:
    """Whether this person may do it with this claim now. Of what does not begin in its state nothing is asked."""
    possible = action.allowed(by) and claim.state in action.starts_from
    return possible and preview(action, Claim.objects.filter(pk=claim.pk), by=by).moves > 0


def perform(
    action: StaffAction,
    claims: QuerySet[Claim],
    *,
    by: User,
    now: datetime,
    reasons: Sequence[str] = (),
    note: str = "",
) -> Outcome:
    """Do it. Raises UnknownReason, NoteMissing, and whatever the verb refuses with."""
    if not set(reasons) <= action.reasons.keys() or (action.reasons and not reasons):
        raise UnknownReason(", ".join(reasons) or "none")
    if action.lacks_note(reasons, note):
        raise NoteMissing(action.slug)
    said = {"reasons": reasons} if action.reasons else {}
    return action.run(claims=claims, by=by, now=now, note=note.strip(), **said)
