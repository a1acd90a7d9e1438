"""Paying out: approve, make a batch, release it. Three verbs for three people."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count, QuerySet

from core.audit.acting import acting
from core.decisions import mark
from core.models import User
from subsidies.cells.selectors.locks import lock_kept
from subsidies.claims.models.claim import PLACE
from subsidies.claims.selectors.payee import payees_of
from subsidies.ledger.services.append import lock_scheme
from subsidies.marked import APPROVED, BATCH_RELEASED
from subsidies.models import Claim, PayoutBatch, PayoutLine, Scheme, Supplement
from subsidies.payees.selectors.names import name_asked
from subsidies.payees.services.altered import hold_altered
from subsidies.payouts.selectors.seen import digest_of_lines
from subsidies.payouts.services.ordering import Made, NotYours, approved_by, give_back, line_of, make_batches
from subsidies.payouts.services.supplement_payouts import order_supplements
from subsidies.review.selectors.handlers import handled_by
from subsidies.review.selectors.holds import is_held, open_holds
from subsidies.review.selectors.looked_at import not_looked_at
from subsidies.review.selectors.obstacles import fails_again, schemes_of
from subsidies.states import ClaimState

APPROVE_FROM = frozenset({ClaimState.SETTLED, ClaimState.ON_NOTICE, ClaimState.OBJECTED})
MAKE_PAYOUTS_FROM = frozenset({ClaimState.APPROVED})
RETRY_FAILED_FROM = frozenset({ClaimState.PAYOUT_FAILED})


class WrongState(ValueError):
    """The batch is not in the state that this verb needs."""


class ChangedSince(ValueError):
    """It is not any more what the person who decides was shown."""


class ClaimHeld(ValueError):
    """A claim in the batch was held after the batch was made."""


def approve_claims(*, claims: QuerySet[Claim], by: User, now: datetime, note: str = "") -> int:
    """Approve those of `claims` that are settled (or through their public notice); return how many.

    Left alone: what is held, what `by` handled: handler and approver are two people, and what the look for doubts has not
    come to.
    """
    with acting("approve_claims", by=by, now=now, note=note):
        ready = claims.filter(state__in=APPROVE_FROM)
        ready = ready.exclude(is_held()).exclude(handled_by(by)).exclude(not_looked_at())
        return _approve(ready, by=by, now=now)


def make_payouts(*, scheme: Scheme, claims: QuerySet[Claim], by: User, now: datetime) -> Made:
    """Order the payment of the approved ones among `claims`, in batches of at most 500 lines, in order of place.

    Claims that are held are left out, those whose payee was altered (and held for it), and those of whose payee the
    operator has not said whose it is, or the lock register of the province has not kept. So are those that
    `by` approved, for another maker; raises NotYours where nothing else is left.
    """
    with acting("make_payouts", by=by, now=now):
        lock_scheme(scheme)  # as whoever ends claims does: first the scheme, then its claims
        approved = claims.filter(scheme=scheme, state__in=MAKE_PAYOUTS_FROM)
        ready = list(
            approved.exclude(approved_by=by)
            .exclude(is_held())
            .filter(name_asked())
            .filter(lock_kept())
            .select_for_update(of=("self",), no_key=True)
            .select_related("trade_in")
            .order_by(*PLACE)
        )
        if not ready and approved.filter(approved_by=by).exists():
            raise NotYours("whoever approved a claim cannot make its payout")
        payees = payees_of(ready)
        hold_altered(payees, now=now)
        payable: list[Claim] = []
        without: list[Claim] = []
        for claim in ready:
            reached = payees[claim.pk].wallet_no or payees[claim.pk].phone
            (payable if reached else without).append(claim)
        attempts = _attempts(payable)
        lines = [line_of(scheme, claim, payees[claim.pk], attempts.get(claim.pk, 0) + 1) for claim in payable]
        batches = make_batches(scheme, lines, by=by, now=now)
        Claim.objects.filter(pk__in=[c.pk for c in payable]).update(state=ClaimState.IN_PAYOUT)
        return Made(batches, tuple(claim.pk for claim in without))


def order_payments(*, claims: QuerySet[Claim], by: User, now: datetime) -> Made:
    """Make the payouts in every scheme for which `by` may; raises NotYours where that is none."""
    made: list[Made] = []
    refused = None
    for scheme in schemes_of(claims):
        try:
            made.append(make_payouts(scheme=scheme, claims=claims, by=by, now=now))
        except NotYours as error:
            refused = error
    batches = tuple(batch for each in made for batch in each.batches)
    if refused and not batches:
        raise refused
    return Made(batches, tuple(claim for each in made for claim in each.without_address))


def _attempts(claims: Sequence[Claim]) -> dict[int, int]:
    """By claim: how many of its payments failed for good, or came back. The database counts again."""
    over = PayoutLine.objects.filter(claim__in=claims, supplement=None, state__in=PayoutLine.OVER)
    return dict(over.values_list("claim").annotate(n=Count("pk")))


def release_payout(*, batch: PayoutBatch, by: User, now: datetime, seen: str = "") -> None:
    """Let a batch go to the operator. `seen`: `digest_of_lines` as the releaser was shown it; its digest now is kept.

    Raises NotYours for its maker or an approver in it, WrongState if it is not a draft, ClaimHeld if a claim in it is held,
    ChangedSince where it is not what was seen.
    """
    with acting("release_payout", by=by, now=now):
        locked = PayoutBatch.objects.select_for_update().get(pk=batch.pk)
        if locked.state != PayoutBatch.State.DRAFT:
            raise WrongState(f"batch {locked.request_no} is {locked.state}")
        if by == locked.made_by or locked.lines.filter(approved_by(by)).exists():
            raise NotYours("approver, maker and releaser are three people")
        if open_holds().filter(claim__payout_lines__batch=locked).exists():
            raise ClaimHeld(f"batch {locked.request_no} holds a claim that is held")
        locked.seen = digest_of_lines(locked)
        if seen not in ("", locked.seen):
            raise ChangedSince(f"batch {locked.request_no} is not as it was seen")
        locked.state, locked.released_by, locked.released_at, locked.next_ask_at = (
            PayoutBatch.State.RELEASED,
            by,
            now,
            now,
        )
        locked.save(update_fields=["state", "seen", "released_by", "released_at", "next_ask_at"])
        mark(BATCH_RELEASED, [locked.pk], at=now)


def discard_payout(*, batch: PayoutBatch, by: User, now: datetime, note: str = "") -> None:
    """Take back a batch that was never released; its claims are approved again. Raises WrongState."""
    with acting("discard_payout", by=by, now=now, note=note):
        locked = PayoutBatch.objects.select_for_update().get(pk=batch.pk)
        if locked.state != PayoutBatch.State.DRAFT:
            raise WrongState(f"batch {locked.request_no} is {locked.state}")
        Claim.objects.filter(payout_lines__batch=locked, state=ClaimState.IN_PAYOUT).update(
            state=ClaimState.APPROVED
        )
        give_back(locked.lines.all())
        locked.lines.update(state=PayoutLine.State.DISCARDED)
        locked.state = PayoutBatch.State.DISCARDED
        locked.save(update_fields=["state"])


def leave_held_behind(*, batch: PayoutBatch, by: User, now: datetime, note: str = "") -> Made:
    """Discard a draft in which claims are held, and order the others at once; the held ones are approved again.

    Raises WrongState, and NotYours for whoever approved all the others.
    """
    with acting("leave_held_behind", by=by, now=now, note=note):
        held = open_holds().filter(claim__payout_lines__batch=batch).values("claim")
        others = list(batch.lines.exclude(claim__in=held).values_list("claim", "supplement"))
        discard_payout(batch=batch, by=by, now=now, note=note)
        claims = Claim.objects.filter(pk__in=[claim for claim, supplement in others if supplement is None])
        besides = Supplement.objects.filter(
            pk__in=[supplement for _claim, supplement in others if supplement]
        )
        if besides.exists():  # a batch has the one or the other
            return order_supplements(scheme=batch.scheme, supplements=besides, by=by, now=now)
        return make_payouts(scheme=batch.scheme, claims=claims, by=by, now=now)


def take_apart(*, batch: PayoutBatch, by: User, now: datetime, note: str = "") -> int:
    """Give the claims of an order that the operator declined back as approved, to be ordered again; return how many.

    They keep their numbers: had the operator carried the order out after all, it would pay nothing twice. A payment that
    it knows otherwise stays, for evidence to settle. Raises WrongState.
    """
    with acting("take_apart", by=by, now=now, note=note):
        locked = PayoutBatch.objects.select_for_update().get(pk=batch.pk)
        if locked.state != PayoutBatch.State.REJECTED:
            raise WrongState(f"batch {locked.request_no} is {locked.state}")
        lines = locked.lines.filter(state=PayoutLine.State.UNKNOWN, doubt="")
        claims = list(lines.values_list("claim", flat=True))
        give_back(lines)
        lines.update(state=PayoutLine.State.DISCARDED)
        Claim.objects.filter(pk__in=claims, state=ClaimState.PAYOUT_UNKNOWN).update(state=ClaimState.APPROVED)
        left = locked.lines.exclude(state=PayoutLine.State.DISCARDED)
        if not left.filter(state=PayoutLine.State.UNKNOWN).exists():  # else evidence settles the rest
            locked.state = PayoutBatch.State.FINISHED if left.exists() else PayoutBatch.State.DISCARDED
            locked.save(update_fields=["state"])
        return len(claims)


def retry_failed(
    *, claims: QuerySet[Claim], by: User, now: datetime, reasons: Sequence[str] = (), note: str = ""
) -> int:
    """Approve claims whose payment failed for good again, after the payee's details were put right; return how many.

    Left alone: what is held, what `by` handled, what failed for the payee's sake and has the same payee still, and what the
    look for doubts has not come to.
    """
    with acting("retry_failed", by=by, now=now, reasons=reasons, note=note):
        failed = claims.filter(state__in=RETRY_FAILED_FROM).exclude(is_held()).exclude(handled_by(by))
        failed = failed.exclude(fails_again()).exclude(not_looked_at())
        return _approve(failed, by=by, now=now)


def _approve(claims: QuerySet[Claim], *, by: User, now: datetime) -> int:
    chosen = list(
        claims.order_by("pk").select_for_update(of=("self",), no_key=True).values_list("pk", flat=True)
    )
    count = Claim.objects.filter(pk__in=chosen).update(state=ClaimState.APPROVED, approved_by=by)
    mark(APPROVED, chosen, at=now)
    return count
