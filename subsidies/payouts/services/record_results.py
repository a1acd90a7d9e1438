"""Sending a released batch to the operator, and writing down what it says. The network lies between the two.

A line counts as sent, its outcome unknown, before the first byte leaves: after any crash the operator is asked
about that number, and an order that it does not know goes out again under the same number.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings

from core.audit.acting import acting
from core.backoff import wait_after
from subsidies.ledger.services.append import append_for_claims, lock_scheme
from subsidies.models import Claim, PayoutBatch, PayoutLine
from subsidies.payouts.operator import LineResult, Order, Results
from subsidies.states import ClaimState

UNKNOWN, SUCCESS, FAILED = PayoutLine.State.UNKNOWN, PayoutLine.State.SUCCESS, PayoutLine.State.FAILED


def lease_due_order(*, now: datetime) -> Order | None:
    """Take one batch that is due to be sent or asked about; its lines count as sent from here on."""
    with acting("lease_due_order", by=None, now=now):
        batch = (
            PayoutBatch.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(state=PayoutBatch.State.RELEASED, next_ask_at__lte=now)
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
        return Order(batch, tuple(batch.lines.order_by("pk")), batch.ask_attempts)


def record_results(order: Order, results: Results, *, now: datetime) -> None:
    """Write down what the operator said of each line (by request number); what it did not say stays unknown.

    Doing it twice, or late, changes nothing: only lines whose outcome is unknown move.
    """
    with acting("record_results", by=None, now=now):
        scheme = lock_scheme(order.batch.scheme)
        batch = PayoutBatch.objects.select_for_update().get(pk=order.batch.pk)
        open_lines = list(batch.lines.select_for_update(no_key=True).filter(state=UNKNOWN).order_by("pk"))
        final = [(line, results[line.request_no]) for line in open_lines if line.request_no in results]
        succeeded = [(line, r) for line, r in final if r.state == SUCCESS]
        failed = [(line, r) for line, r in final if r.state == FAILED]
        _finish(succeeded, ClaimState.PAID, now=now)
        _finish(failed, ClaimState.PAYOUT_FAILED, now=now)
        append_for_claims(
            scheme=scheme,
            kind="pay",
            claim_ids=[line.claim_id for line, _ in succeeded],
            by=batch.released_by,
            now=now,
        )
        _schedule(batch, remaining=len(open_lines) - len(final), now=now)


def _finish(lines: Sequence[tuple[PayoutLine, LineResult]], state: ClaimState, *, now: datetime) -> None:
    for line, result in lines:
        line.state, line.fail_reason, line.finished_at = (
            result.state,
            result.fail_reason,
            result.paid_at or now,
        )
    PayoutLine.objects.bulk_update([line for line, _ in lines], ["state", "fail_reason", "finished_at"])
    Claim.objects.filter(pk__in=[line.claim_id for line, _ in lines]).update(state=state)


def _schedule(batch: PayoutBatch, *, remaining: int, now: datetime) -> None:
    if not remaining:
        batch.state, batch.next_ask_at = PayoutBatch.State.FINISHED, None
        batch.save(update_fields=["state", "next_ask_at"])
        return
    Claim.objects.filter(
        payout_lines__batch=batch, payout_lines__state=UNKNOWN, state=ClaimState.IN_PAYOUT
    ).update(state=ClaimState.PAYOUT_UNKNOWN)
    batch.next_ask_at = now + wait_after(batch.ask_attempts)
    batch.save(update_fields=["next_ask_at"])
