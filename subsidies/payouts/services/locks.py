"""What the lock register of the province has to do with the money: nothing leaves without it, and a restored cell stops."""

from datetime import datetime

from subsidies.cells.selectors.locks import is_cell
from subsidies.cells.services.ask import NOBODY, LiesBehind, Sweep, not_kept, sweep_questions
from subsidies.locks.protocol import MOST
from subsidies.models import PayoutStop
from subsidies.payouts.operator import Order
from subsidies.payouts.services.stops import stop_sending


def ask_for_locks(*, now: datetime) -> Sweep:
    """Ask all that is due at `now`. Where the register knows more of this cell than we do, payouts stop."""
    asked, sweep = 0, NOBODY
    while is_cell():
        sweep = _sweep(now=now)
        asked += sweep.asked
        if sweep.asked < MOST:
            break
    return Sweep(sweep.answered, asked)


def register_answers(*, now: datetime) -> bool:
    """Whether the register is there, for whoever is about to ask it for an order; so it is where there is none."""
    return not is_cell() or _sweep(now=now).answered


def not_locked(order: Order, *, now: datetime) -> set[int] | None:
    """The claims of an order that the register does not keep at this moment; None where it does not say: nothing leaves."""
    if not is_cell():
        return set()
    try:
        return not_kept({line.claim_id for line in order.lines}, now=now)
    except LiesBehind as how:
        _stop(how, now=now)
        return None


def _sweep(*, now: datetime) -> Sweep:
    try:
        return sweep_questions(now=now)
    except LiesBehind as how:
        _stop(how, now=now)
        return NOBODY


def _stop(how: LiesBehind, *, now: datetime) -> None:
    stop_sending(why=PayoutStop.Why.BEHIND, detail=str(how), by=None, now=now)
