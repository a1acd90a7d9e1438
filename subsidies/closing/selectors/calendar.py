"""The months of a scheme: which are closed, which is next, which are open."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from core.shanghai import next_month
from subsidies.closing.selectors.figures import Sums, first_month, sums_since
from subsidies.models import Period, Scheme

SHOWN = 36  # months on a page; the list of closes has them all


@dataclass(frozen=True, slots=True)
class Month:
    """A month from the ledger's first on. `period`: its close, if it has one that holds. `over`: it can be closed."""

    first: date
    sums: Sums
    period: Period | None
    over: bool
    next: bool


def months_of(scheme: Scheme, *, today: date) -> list[Month]:
    """The months that the ledger has reached, the newest first: all that are open, and `SHOWN` in any case.

    What is closed is read as it was kept.
    """
    closes = {
        each.month: each
        for each in Period.objects.live().filter(scheme=scheme).select_related("closed_by", "decided_by")
    }
    to_close, reached = month_to_close(scheme, today=today), list(_reached(scheme, today))
    still_open = [month for month in reached if month not in closes]
    sums = sums_since(scheme, still_open[0]) if still_open else {}
    return [
        Month(
            month,
            closes[month].sums if month in closes else sums.get(month, {}),
            closes.get(month),
            over=next_month(month) <= today,
            next=month == to_close,
        )
        for at, month in enumerate(reversed(reached))
        if at < SHOWN or month not in closes
    ]


def month_to_close(scheme: Scheme, *, today: date) -> date | None:
    """The oldest month that is over and open; None where there is none, or the one before still waits to be confirmed."""
    newest = Period.objects.live().filter(scheme=scheme).order_by("-month").first()
    if newest is not None and newest.state == Period.State.CLOSING:
        return None
    month = next_month(newest.month) if newest else first_month(scheme)
    return month if month and next_month(month) <= today else None


def waiting_months(*, today: date) -> tuple[list[tuple[Scheme, date]], list[Period]]:
    """In every scheme the oldest month that is over and open; and the closes that another person is to confirm."""
    due = (
        (scheme, month_to_close(scheme, today=today)) for scheme in Scheme.objects.at_work().order_by("pk")
    )
    closing = Period.objects.filter(state=Period.State.CLOSING).order_by("month", "pk")
    return [(scheme, month) for scheme, month in due if month], list(closing)


def _reached(scheme: Scheme, today: date) -> Iterator[date]:
    month = first_month(scheme)
    while month and month <= today:
        yield month
        month = next_month(month)
