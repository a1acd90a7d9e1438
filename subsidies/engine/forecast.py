"""On which day the money ends, should people go on completing at the pace of the last days."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from statistics import quantiles

PACE_DAYS = 14  # so many days make the pace: two of each day of the week
FEWEST_DAYS = 3


@dataclass(frozen=True, slots=True)
class Window:
    """A stage: its days (both inclusive), what each claim costs, and what its own cap still leaves (None: no cap)."""

    starts_on: date
    ends_on: date
    amount_fen: int
    left_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """Claims completed per day: the quartiles of the last days."""

    low: float
    median: float
    high: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """The day on which the money ends, at the median pace and at the high and the low one; None: not in any stage."""

    pace: Pace
    likely: date | None
    earliest: date | None
    latest: date | None


class Untold(StrEnum):
    """Why there is no forecast."""

    SPENT = "spent"  # what came in already asks for all that is left
    OVER = "over"  # no stage has a day left
    TOO_FEW_DAYS = "too_few_days"
    STANDSTILL = "standstill"  # nobody completed anything


def forecast(
    windows: Iterable[Window], *, left_fen: int, per_day: Sequence[int], today: date
) -> Forecast | Untold:
    """Go forward from tomorrow. `left_fen` is free of all that was asked for; `per_day` the newest last, without today."""
    ahead = [each for each in windows if each.ends_on > today]
    if left_fen <= 0:
        return Untold.SPENT
    if not ahead:
        return Untold.OVER
    days = per_day[-PACE_DAYS:]
    if len(days) < FEWEST_DAYS:
        return Untold.TOO_FEW_DAYS
    if not any(days):
        return Untold.STANDSTILL
    pace = Pace(*quantiles(days, n=4, method="inclusive"))
    likely, earliest, latest = (
        last_day(ahead, left_fen=left_fen, pace=each, today=today)
        for each in (pace.median, pace.high, pace.low)
    )
    return Forecast(pace, likely, earliest, latest)


def last_day(windows: Sequence[Window], *, left_fen: int, pace: float, today: date) -> date | None:
    """The first day after `today` on which nothing is left; None where all stages end before."""
    left: float = left_fen
    for window in sorted(windows, key=lambda each: each.starts_on):
        cap = float("inf") if window.left_fen is None else window.left_fen
        cost = pace * window.amount_fen
        day = max(window.starts_on, today + timedelta(days=1))
        while day <= window.ends_on and cap > 0 and cost > 0:
            spent = min(cost, cap)
            left, cap, day = left - spent, cap - spent, day + timedelta(days=1)
            if left <= 0:
                return day - timedelta(days=1)
    return None
