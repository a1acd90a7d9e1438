"""Times as offices write them: cells, ISO, slashes, 年月日, with or without a clock."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from ebikes.importing.problems import Problem
from ebikes.importing.text import Cell, as_text

CHINA = timedelta(hours=8)  # no summer time since 1991; years before 2000 are refused
FIRST_YEAR, LAST_YEAR = 2000, 2100


class Moment(NamedTuple):
    """An aware time (UTC), and whether only its day was known: then it is 23:59:59 of that day in Asia/Shanghai."""

    at: datetime
    day_only: bool


_ISO = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
_LOOSE = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
    r"(?:[\sT]*(\d{1,2})\s*[::时]\s*(\d{1,2})(?:\s*[::分]\s*(\d{1,2})(?:\.\d+)?\s*秒?|\s*分)?)?",
    re.ASCII,
)


def parse_moment(cell: Cell) -> Moment:
    """Read a time in Asia/Shanghai. Raises Problem where it is none, or lies outside 2000-2100."""
    if isinstance(cell, str) and _ISO.fullmatch(cell):
        try:
            moment = datetime.fromisoformat(cell).replace(tzinfo=UTC) - CHINA
        except ValueError:
            raise _no_time(cell) from None
        if not FIRST_YEAR <= int(cell[:4]) < LAST_YEAR:
            raise _no_time(cell)
        return Moment(moment, day_only=False)
    return _parse(as_text(cell) if isinstance(cell, str) else cell)


def parse_day(cell: Cell) -> date:
    """Read a date; a time's clock is dropped. Raises Problem."""
    try:
        return (parse_moment(cell).at + CHINA).date()
    except Problem as problem:
        raise Problem("day", problem.params) from None


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
