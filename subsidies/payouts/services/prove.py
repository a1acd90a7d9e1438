"""The gate before money: what an order rests upon is proved before anything of it is said to the operator."""

from dataclasses import replace
from datetime import datetime

from core.audit.acting import acting
from subsidies.claims.services.alarm import hold_unproved
from subsidies.payouts.doubts import Doubt
from subsidies.payouts.judge import doubted
from subsidies.payouts.operator import Order
from subsidies.payouts.selectors.proof import unproved


def proved(order: Order, *, now: datetime) -> Order:
    """The same order without the payments that are not proved: they are held, and wait in doubt for two people.

    What may have arrived before is asked about whole, and not sent again.
    Outside of every lock, after the order was leased: what is changed behind its back is proved at the next attempt.
    """
    found = unproved(order.batch, order.lines)
    if not found:
        return order
    kept_back = [line for line in order.lines if line.pk in found]
    with acting("prove_order", by=None, now=now):
        hold_unproved({line.claim_id: found[line.pk] for line in kept_back}, now=now)
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
