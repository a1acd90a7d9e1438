"""Records that come months after their day, in a file that waits for confirmation: whom it moves down is seen first."""

from dataclasses import replace
from datetime import datetime, time, timedelta

from ebikes.synthetic.oddities import at_another_time
from ebikes.synthetic.people import Registry
from ebikes.synthetic.trades import STAGES, Bike, Trade, make_trade

LATE = 4
OLD = 2016  # what was filed before is too old by now
MORNING = datetime.combine(STAGES[0][0], time(9, 40))


def make_late(
    bikes: list[Bike], trades: list[Trade], points: list[tuple[str, str]], registry: Registry
) -> list[Trade]:
    """A few bikes that nobody has traded in yet, written on paper at one point on the first morning of the programme."""
    known = {trade.plate for trade in trades}
    fresh = [bike for bike in bikes if bike.plate not in known and bike.filed_on.year >= OLD]
    point, merchant = points[0]
    late = []
    for n, bike in enumerate(fresh[:LATE]):
        trade = make_trade(len(trades) + n + 1, bike, point, merchant, registry)
        plated = MORNING + timedelta(minutes=25 * n)
        late.append(replace(at_another_time(trade, plated, told=plated), remark="纸质登记补录"))
    return late
