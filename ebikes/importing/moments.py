"""Times as offices write them: cells, ISO, slashes, 年月日, with or without a clock."""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from ebikes.importing.problems import Problem

CHINA = timedelta(hours=8)  # no summer time since 1991; years before 2000 are refused
MANY = 65536
FIRST_YEAR, LAST_YEAR = 2000, 2100


class Moment(NamedTuple):
    """An aware time (UTC), and whether only its day was known: then it is 23:59:59 of that day in Asia/Shanghai."""

    at: datetime
    day_only: bool


_ISO = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d):(\d\d):(\d\d)", re.ASCII)
_LOOSE = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
    r"(?:[\sT]*(\d{1,2})\s*[::时]\s*(\d{1,2})(?:\s*[::分]\s*(\d{1,2})(?:\.\d+)?\s*秒?|\s*分)?)?",
    re.ASCII,
)


def parse_moment(cell: Any) -> Moment:
    """Read a time. Raises Problem where it is none, or lies outside 2000-2100."""
    if isinstance(cell, str) and (found := _ISO.fullmatch(cell)):
        start = _start_of(found.group(1))
        hour, minute, second = int(found.group(2)), int(found.group(3)), int(found.group(4))
        if start is None or hour > 23 or minute > 59 or second > 59:
            raise _no_time(cell)
        return Moment(start + timedelta(hours=hour, minutes=minute, seconds=second), day_only=False)
    return _parse(cell)


def parse_day(cell: Any) -> date:
    """Read a date; a time's clock is dropped. Raises Problem."""
    return (parse_moment(cell).at + CHINA).date()


@lru_cache(MANY)
def _start_of(day: str) -> datetime | None:
    """The moment at which an ISO date begins in China; None where there is no such date."""
    try:
        start = datetime.fromisoformat(day).replace(tzinfo=UTC) - CHINA
    except ValueError:
        return None
    return start if FIRST_YEAR <= int(day[:4]) < LAST_YEAR else None


def _parse(cell: Any) -> Moment:
    day, clock = _split(cell)
    if not FIRST_YEAR <= day.year < LAST_YEAR:
        raise _no_time(cell)
    moment = datetime.combine(day, clock or time(23, 59, 59), tzinfo=UTC) - CHINA
    return Moment(moment.replace(microsecond=0), day_only=clock is None)


def _split(cell: Any) -> tuple[date, time | None]:
    if isinstance(cell, datetime):
        return cell.date(), cell.time()
    if isinstance(cell, date):
        return cell, None
    found = _LOOSE.fullmatch(str(cell).strip())
    if found is None:
        raise _no_time(cell)
    year, month, day, hour, minute, second = found.groups()
    try:
        clock = None if hour is None else time(int(hour), int(minute), int(second or 0))
        return date(int(year), int(month), int(day)), clock
    except ValueError:
        raise _no_time(cell) from None


def _no_time(cell: Any) -> Problem:
    return Problem("date", {"value": str(cell)})
