"""Sending a released batch to the operator, and writing down what it says. The network lies between the two.

A line counts as sent, its outcome unknown, before the first byte leaves: after any crash the operator is asked
about that number, and an order that it does not know goes out again under the same number.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from core.audit.acting import acting
from core.backoff import wait_after
from core.models import User
from core.privacy.sealing import UnreadableSecret
from ebikes.licensing.answers import Problem
from ebikes.records.models.trade_in import contacts
from subsidies.claims.selectors.payee import Payee
from subsidies.ledger.services.append import Piece, append_for_claims, append_piece, lock_scheme
from subsidies.models import (
    Claim,
    Hold,
    OperatorAnswer,
    PayoutBatch,
    PayoutLine,
    Scheme,
    Supplement,
)
from subsidies.payouts.doubts import LASTING, SILENT, Doubt
from subsidies.payouts.judge import LineResult, doubted
from subsidies.payouts.operator import Heard, Order, Said
from subsidies.payouts.selectors.outcomes import read_back
from subsidies.payouts.selectors.stop import open_stop
from subsidies.review.services.holds import place_holds
from subsidies.states import ClaimState

# With these nothing of an order can have arrived.
NOT_ARRIVED = frozenset({Problem.REFUSED, Problem.BREAKER_OPEN, Problem.REJECTED})
# What becomes of a supplement where its claim would become that: the claim itself stays paid.
_OF_SUPPLEMENTS = {
    ClaimState.PAID: Supplement.State.PAID,
    ClaimState.PAYOUT_FAILED: Supplement.State.FAILED,
}
NOT_SENT = frozenset({Doubt.KNOWN, Doubt.ALTERED, Doubt.UNPROVED})
UNKNOWN, SUCCESS, FAILED = PayoutLine.State.UNKNOWN, PayoutLine.State.SUCCESS, PayoutLine.State.FAILED


def lease_due_order(*, now: datetime, new_ones: bool = True) -> Order | None:
    """Take one batch that is due to be sent or asked about; its lines count as sent from here on. None while stopped.

    `new_ones`: also such as have not left yet.
    """
    with acting("lease_due_order", by=None, now=now):
        if open_stop() is not None:
            return None
        batch = (
            PayoutBatch.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(state=PayoutBatch.State.RELEASED, next_ask_at__lte=now)
            .filter(Q() if new_ones else Q(ask_attempts__gt=0))
            .select_related("scheme")
            .order_by("next_ask_at")
            .first()
        )
        if batch is None:
            return None
        batch.ask_attempts += 1
        batch.next_ask_at = now + timedelta(seconds=settings.CHECK_LEASE_SECONDS)
        batch.save(update_fields=["ask_attempts", "next_ask_at"])
        batch.lines.filter(state=PayoutLine.State.READY).update(state=UNKNOWN)
        loaded = batch.lines.select_related("claim__trade_in", "supplement").defer(
            *contacts("claim__trade_in__")
        )
        lines = list(loaded.order_by("pk"))
        known = _known_before_sending(lines)
        memory = timedelta(days=settings.OPERATOR_MEMORY_DAYS)
        return Order(
            batch,
            tuple(line for line in lines if line.request_no not in known and line.doubt not in NOT_SENT),
            batch.ask_attempts,
            forgotten=batch.released_at is not None and now - batch.released_at > memory,
            may_be_there=_may_be_there(batch),
            known=known,
        )


def _known_before_sending(lines: Sequence[PayoutLine]) -> dict[str, LineResult]:
    """What must not go out: a payment that two people found in the operator's book, and one whose payee was altered.

    The first is booked as it stands there, where the amount is the same; the second, and the first where it is not, wait for
    evidence.
    """
    waiting = [line for line in lines if line.state == UNKNOWN]
    numbers = [line.request_no for line in waiting]
    there = {each.number: each for each in read_back(numbers)}
    known: dict[str, LineResult] = {}
    for line in waiting:
        payment = there.get(line.request_no)
        if _altered(line):
            known[line.request_no] = doubted(Doubt.ALTERED)
        elif payment is not None and payment.amount_fen == line.amount_fen and payment.paid_at is not None:
            known[line.request_no] = LineResult(SUCCESS, paid_at=payment.paid_at)
        elif payment is not None:
            known[line.request_no] = doubted(Doubt.KNOWN)
    return known


def _altered(line: PayoutLine) -> bool:
    """Whether the payee is not what was sealed for this payment when it was ordered."""
    try:
        payee = Payee(line.payee_phone, line.payee_wallet, line.payee_operator)
    except UnreadableSecret:
        return True
    return payee.index != bytes(line.payee_index or b"")


def _may_be_there(batch: PayoutBatch) -> bool:
    """Whether an earlier sending may have arrived: an attempt without a word of what came of it, or with an unclear one."""
    sent = list(batch.answers.filter(asked=OperatorAnswer.Asked.SENT).values_list("problem", flat=True))
    return len(sent) < batch.ask_attempts - 1 or any(problem not in NOT_ARRIVED for problem in sent)


def record_results(order: Order, heard: Heard, *, now: datetime) -> None:
    """Write down what the operator said, word for word, and what it makes of each payment (by its number).

    What it did not say, and what is not believed, stays unknown, the latter with its doubt. Doing it twice, or late,
    changes nothing: only payments whose outcome is unknown move, and what only evidence lifts stays in doubt.
    """
    with acting("record_results", by=None, now=now):
        scheme = lock_scheme(order.batch.scheme)
        batch = PayoutBatch.objects.select_for_update().get(pk=order.batch.pk)
        _keep(batch, heard.said)
        open_lines = list(batch.lines.select_for_update(no_key=True).filter(state=UNKNOWN).order_by("pk"))
        told = [
            (line, _after_what_was_said(line, heard.results[line.request_no]))
            for line in open_lines
            if line.request_no in heard.results and line.doubt not in LASTING
        ]
        _hold_reversed(batch, heard, now=now)
        if batch.state == PayoutBatch.State.REJECTED and told and not heard.rejected:
            batch.state = PayoutBatch.State.RELEASED  # it is there after all
        final = [(line, result) for line, result in told if result.state != UNKNOWN]
        _doubt([(line, result) for line, result in told if result.state == UNKNOWN])
        finish_lines(final, scheme=scheme, by=batch.released_by, now=now)
        _schedule(batch, remaining=len(open_lines) - len(final), rejected=heard.rejected, now=now)


def _after_what_was_said(line: PayoutLine, result: LineResult) -> LineResult:
    """A failure after anything that sounded like success contradicts it; nor does silence make that unsaid."""
    if line.doubt in SILENT or result.state == SUCCESS:
        return result
    if result.state == FAILED:
        return doubted(Doubt.CONTRADICTION, f"{line.said} / FAIL")
    return LineResult(UNKNOWN, doubt=line.doubt, said=line.said) if result.doubt in SILENT else result


def _hold_reversed(batch: PayoutBatch, heard: Heard, *, now: datetime) -> None:
    """What was said to have failed for good, and now to have succeeded, is not paid again before a person has looked."""
    succeeded = [number for number, result in heard.results.items() if result.state == SUCCESS]
    reversed_ = batch.lines.filter(state=FAILED, request_no__in=succeeded, claim__live=True)
    noticed = {line.claim_id: {"note": line.request_no} for line in reversed_}
    place_holds(kind=Hold.Kind.OPERATOR, evidence=noticed, by=None, now=now)


def finish_lines(
    lines: Sequence[tuple[PayoutLine, LineResult]], *, scheme: Scheme, by: User | None, now: datetime
) -> None:
    """Payments that succeeded, or failed for good: line, claim and ledger say so. The scheme must be locked."""
    succeeded = [(line, result) for line, result in lines if result.state == SUCCESS]
    failed = [(line, result) for line, result in lines if result.state == FAILED]
    _finish(succeeded, ClaimState.PAID, now=now)
    _finish(failed, ClaimState.PAYOUT_FAILED, now=now)
    paid = [line.claim_id for line, _ in succeeded if line.supplement_id is None]
    append_for_claims(scheme=scheme, kind="pay", claim_ids=paid, by=by, now=now)
    for line, _result in succeeded:
        if line.supplement is not None:
            piece = Piece(line.amount_fen, line.supplement.ref)
            append_piece(scheme=scheme, kind="pay", claim=line.claim, piece=piece, by=by, now=now)


def _keep(batch: PayoutBatch, said: Sequence[Said]) -> None:
    OperatorAnswer.objects.bulk_create(
        OperatorAnswer(
            batch=batch,
            asked=each.asked,
            at=each.at,
            http_status=each.http_status,
            problem=each.problem,
            request_id=each.request_id,
            raw=each.raw,
            proof=each.proof,
        )
        for each in said
    )


def _doubt(lines: Sequence[tuple[PayoutLine, LineResult]]) -> None:
    for line, result in lines:
        line.doubt, line.said = result.doubt, result.said
    PayoutLine.objects.bulk_update([line for line, _ in lines], ["doubt", "said"])


def _finish(lines: Sequence[tuple[PayoutLine, LineResult]], state: ClaimState, *, now: datetime) -> None:
    for line, result in lines:
        line.state, line.fail_reason, line.finished_at, line.doubt, line.said = (
            result.state,
            result.fail_reason,
            result.paid_at or now,
            "",
            "",
        )
    changed = ["state", "fail_reason", "finished_at", "doubt", "said"]
    PayoutLine.objects.bulk_update([line for line, _ in lines], changed)
    subsidies = [line.claim_id for line, _ in lines if line.supplement_id is None]
    Claim.objects.filter(pk__in=subsidies).update(state=state)
    besides = [line.supplement_id for line, _ in lines if line.supplement_id is not None]
    Supplement.objects.filter(pk__in=besides).update(state=_OF_SUPPLEMENTS[state])


def _schedule(batch: PayoutBatch, *, remaining: int, rejected: str, now: datetime) -> None:
    if batch.state != PayoutBatch.State.RELEASED:
        return
    if not remaining:
        batch.state, batch.next_ask_at = PayoutBatch.State.FINISHED, None
        batch.save(update_fields=["state", "next_ask_at"])
        return
    Claim.objects.filter(
        payout_lines__batch=batch, payout_lines__state=UNKNOWN, state=ClaimState.IN_PAYOUT
    ).update(state=ClaimState.PAYOUT_UNKNOWN)
    if rejected:  # nobody asks any more: a person takes it apart
        batch.state, batch.rejection, batch.next_ask_at = PayoutBatch.State.REJECTED, rejected, None
        batch.save(update_fields=["state", "rejection", "next_ask_at"])
        return
    batch.next_ask_at = now + wait_after(batch.ask_attempts)
    batch.save(update_fields=["state", "next_ask_at"])
