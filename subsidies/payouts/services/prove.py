"""The gate before money: what an order rests upon is proved before anything of it is said to the operator."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from django.db import connection

from core.audit.acting import acting
from core.decisions import mark
from subsidies.claims.services.alarm import hold_unproved
from subsidies.marked import GATE_PASSED
from subsidies.models import GatePass
from subsidies.payouts.doubts import Doubt
from subsidies.payouts.judge import doubted
from subsidies.payouts.operator import Order
from subsidies.payouts.selectors.proof import LOCK, unproved


def proved(order: Order, *, now: datetime, not_locked: Collection[int] = ()) -> Order:
    """The same order without the payments that are not proved: they are held, and wait in doubt for two people.

    `not_locked`: the claims of which the lock register of the province has just said that it does not keep them.
    What may have arrived before is asked about whole, and not sent again.
    Outside of every lock, after the order was leased: what is changed behind its back is proved at the next attempt.
    """
    settled_at = _seen_by_now()
    found = dict(unproved(order.batch, order.lines, now=now))
    for line in order.lines:
        if line.claim_id in not_locked:
            found.setdefault(line.pk, set()).add(LOCK)
    kept_back = [line for line in order.lines if line.pk in found]
    with acting("prove_order", by=None, now=now):
        hold_unproved({line.claim_id: found[line.pk] for line in kept_back}, now=now)
        passed = GatePass.objects.create(
            batch=order.batch, at=now, settled_at=settled_at, withheld=[line.pk for line in kept_back]
        )
        mark(GATE_PASSED, [passed.pk], at=now)
    if not kept_back:
        return order
    doubts = {
        line.request_no: doubted(Doubt.UNPROVED, ", ".join(sorted(found[line.pk]))) for line in kept_back
    }
    if order.attempt > 1 and order.may_be_there:
        return replace(order, withheld=doubts)
    return replace(
        order,
        lines=tuple(line for line in order.lines if line.pk not in found),
        known={**order.known, **doubts},
    )


def _seen_by_now() -> datetime:
    """What is written down with an earlier time, by the database's clock, is seen by whoever reads from here on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT seen_by_now()")
        settled_at: datetime = cursor.fetchone()[0]
        return settled_at
