"""On which day the money ends, should people go on completing at the pace of the last days."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from statistics import quantiles

from subsidies.engine.stages import StageTerms

PACE_DAYS = 14  # so many days make the pace: two of each day of the week
FEWEST_DAYS = 3


@dataclass(frozen=True, slots=True)
class StageAhead:
    """A stage, and what its own cap still leaves, in fen (None: no cap)."""

    terms: StageTerms
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
    stages: Iterable[StageAhead], *, left_fen: int, per_day: Sequence[int], today: date
) -> Forecast | Untold:
    """Go forward from tomorrow. `left_fen` is free of all that was asked for; `per_day` the newest last, without today."""
    ahead = [each for each in stages if each.terms.ends_on > today]
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


def last_day(stages: Sequence[StageAhead], *, left_fen: int, pace: float, today: date) -> date | None:
    """The first day after `today` on which nothing is left; None where all stages end before."""
    left = left_fen
    for stage in sorted(stages, key=lambda each: each.terms.starts_on):
        amount = stage.terms.amount_fen
        cap = left if stage.left_fen is None else stage.left_fen // amount * amount
        cost = round(pace * amount)  # of a whole day
        day = max(stage.terms.starts_on, today + timedelta(days=1))
        while day <= stage.terms.ends_on and cap > 0 and cost > 0:
            spent = min(cost, cap)
            left, cap, day = left - spent, cap - spent, day + timedelta(days=1)
            if left <= 0:
                return day - timedelta(days=1)
    return None
