"""How good the forecasts were, all together."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import mean, median

from subsidies.models import DailyForecast


@dataclass(frozen=True, slots=True)
class Scores:
    """Over many days; None where nothing is scored yet. `within`: between slow and fast pace, early and late day.

    `off_share`: by which part of what came the pace was off, at the median; `off_days`: how many days the end was off,
    on average.
    """

    paces: int
    paces_within: int
    off_share: float | None
    ends: int
    ends_within: int
    off_days: float | None


def scores_of(rows: Iterable[DailyForecast]) -> Scores:
    """Of the rows that are scored."""
    rows = list(rows)
    paces = [row for row in rows if row.pace_scored_at is not None]
    ends = [row for row in rows if row.end in (DailyForecast.End.ENDED, DailyForecast.End.LASTED)]
    shares = [
        abs(row.median - row.came_per_day) / row.came_per_day
        for row in paces
        if row.median is not None and row.came_per_day
    ]
    days = [abs(off) for row in ends if (off := days_off(row)) is not None]
    return Scores(
        len(paces),
        sum(map(pace_within, paces)),
        median(shares) if shares else None,
        len(ends),
        sum(map(end_within, ends)),
        mean(days) if days else None,
    )


def pace_within(row: DailyForecast) -> bool:
    """Whether what came lay between the slow and the fast pace."""
    return None not in (row.low, row.high, row.came_per_day) and row.low <= row.came_per_day <= row.high  # type: ignore[operator]


def end_within(row: DailyForecast) -> bool:
    """Whether the money ended between the earliest and the latest day; no day stands for: not before the stages end."""
    if row.ended_on is None:
        return row.end == DailyForecast.End.LASTED and row.latest is None
    early = row.earliest is not None and row.earliest <= row.ended_on
    return early and (row.latest is None or row.ended_on <= row.latest)


def days_off(row: DailyForecast) -> int | None:
    """By how many days the likely day was too late (below 0: too early); None where one of the two is no day."""
    if row.likely is None or row.ended_on is None:
        return None
    return (row.likely - row.ended_on).days
