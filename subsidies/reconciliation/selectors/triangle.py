"""Ledger, orders and statement side by side, by day: what finance looks at in the morning, and at the end of a month."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta

from django.db import connection

from core.shanghai import next_month
from subsidies.models import Difference
from subsidies.reconciliation.selectors.gate import days_read

# The ledger's rows stand on the day of the payment that they book, not on the one on which they were written: the n-th
# row of a claim is its n-th payment.
_LEGS = """
    WITH made AS (
        SELECT claim_id, amount_fen, state, (finished_at AT TIME ZONE 'Asia/Shanghai')::date AS day,
               row_number() OVER (PARTITION BY claim_id, amount_fen ORDER BY finished_at, id) AS n
        FROM subsidies_payoutline WHERE state IN ('success', 'returned') AND claim_id IN (
            SELECT claim_id FROM subsidies_payoutline
            WHERE state IN ('success', 'returned')
              AND finished_at >= %(first)s::date::timestamp AT TIME ZONE 'Asia/Shanghai'
              AND finished_at < (%(last)s::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai')
    ),
    booked AS (
        SELECT e.claim_id, e.amount_fen, e.kind,
               row_number() OVER (PARTITION BY e.claim_id, e.amount_fen, e.kind ORDER BY e.seq) AS n
        FROM subsidies_ledgerentry e
        WHERE e.kind IN ('pay', 'return') AND e.claim_id IN (SELECT claim_id FROM made)
          AND (e.ref = '' OR EXISTS (
              SELECT FROM subsidies_supplement s WHERE s.claim_id = e.claim_id AND s.ref = e.ref))
    ),
    came_back AS (
        SELECT *, row_number() OVER (PARTITION BY claim_id, amount_fen ORDER BY n) AS back
        FROM made WHERE state = 'returned'
    ),
    told AS (  -- without what the newest reading of its day has no more
        SELECT * FROM subsidies_statemententry e WHERE NOT EXISTS (
            SELECT FROM subsidies_statementreading r
            WHERE r.id > e.last_reading_id AND r.state = 'taken' AND e.day BETWEEN r.first_day AND r.last_day)
    ),
    legs AS (
        SELECT day, 'ledger' AS leg, b.amount_fen, false AS returned, 1 AS n
        FROM made m JOIN booked b USING (claim_id, amount_fen, n) WHERE b.kind = 'pay'
        UNION ALL
        SELECT day, 'ledger', c.amount_fen, true, 1
        FROM came_back c LEFT JOIN booked b
          ON (b.claim_id, b.amount_fen, b.n, b.kind) = (c.claim_id, c.amount_fen, c.back, 'return')
        WHERE b.n IS NOT NULL OR EXISTS (  -- what was recovered before is not booked as returned once more
            SELECT FROM subsidies_ledgerentry e WHERE e.claim_id = c.claim_id AND e.kind = 'recover')
        UNION ALL
        SELECT day, 'orders', amount_fen, false, 1 FROM made
        UNION ALL
        SELECT day, 'orders', amount_fen, true, 1 FROM came_back
        UNION ALL
        SELECT day, 'statement', amount_fen * times, false, times FROM told
        UNION ALL
        SELECT day, 'statement', amount_fen, true, 1 FROM told WHERE returned
    )
    SELECT day, leg, coalesce(sum(n) FILTER (WHERE NOT returned), 0)::bigint,
           coalesce(sum(amount_fen) FILTER (WHERE NOT returned), 0)::bigint,
           count(*) FILTER (WHERE returned), coalesce(sum(amount_fen) FILTER (WHERE returned), 0)::bigint
    FROM legs WHERE day BETWEEN %(first)s AND %(last)s GROUP BY day, leg
"""


@dataclass(slots=True)
class Leg:
    """What one of the three says of a day, or of several: payments and what came back of them, in numbers and fen."""

    paid: int = 0
    paid_fen: int = 0
    returned: int = 0
    returned_fen: int = 0

    def __add__(self, other: "Leg") -> "Leg":
        return Leg(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(Leg)))


@dataclass(slots=True)
class Day:
    """One day of the triangle. `read`: the statement of the whole day was taken in."""

    day: date
    ledger: Leg
    orders: Leg
    statement: Leg
    open: int = 0
    signed: int = 0
    read: bool = False

    @property
    def agrees(self) -> bool:
        """Whether the three say the same, to the fen."""
        return self.ledger == self.orders == self.statement

    @property
    def closed(self) -> bool:
        """Whether nothing is left to be done about it: it was read, and what differs was signed for."""
        return self.read and not self.open and (self.agrees or self.signed > 0)


def triangle(*, first: date, last: date, now: datetime) -> list[Day]:
    """Every day (Asia/Shanghai, both included) on which anything moved or differs, in order."""
    days: dict[date, Day] = {}
    with connection.cursor() as cursor:
        cursor.execute(_LEGS, {"first": first, "last": last})
        for day, leg, *figures in cursor:
            setattr(days.setdefault(day, _empty(day)), leg, Leg(*figures))
    live = Difference.LIVE
    rows = Difference.objects.filter(day__range=(first, last)).exclude(state=Difference.State.AGREED)
    for day, state in rows.order_by("day").values_list("day", "state"):
        found = days.setdefault(day, _empty(day))
        found.open += state in live
        found.signed += state not in live
    for day in days_read(first, last, now=now) & days.keys():
        days[day].read = True
    return [days[day] for day in sorted(days)]


def total(days: Sequence[Day]) -> Day | None:
    """All of them together; None of none."""
    if not days:
        return None
    whole = _empty(days[0].day)
    for each in days:
        whole.ledger, whole.orders = whole.ledger + each.ledger, whole.orders + each.orders
        whole.statement = whole.statement + each.statement
        whole.open, whole.signed = whole.open + each.open, whole.signed + each.signed
    whole.read = all(each.read for each in days)
    return whole


def month_of(day: date) -> tuple[date, date]:
    """The first and the last day of its month."""
    first = day.replace(day=1)
    return first, next_month(first) - timedelta(days=1)


def oldest_open_day() -> date | None:
    """The day of the oldest difference that is still open."""
    live = Difference.objects.filter(state__in=Difference.LIVE).order_by("day")
    return live.values_list("day", flat=True).first()


def _empty(day: date) -> Day:
    return Day(day, Leg(), Leg(), Leg())
