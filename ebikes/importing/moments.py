"""Times as offices and their programs write them: cells, ISO, slashes, 年月日, 上午/下午, stamps, serial numbers."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from ebikes.importing.problems import Problem
from ebikes.importing.text import Cell, as_text

CHINA = timedelta(hours=8)  # no summer time since 1991; years before 2000 are refused
FIRST_YEAR, LAST_YEAR = 2000, 2100
LAST_SECOND = time(23, 59, 59)
DAY = 86400
SERIAL_FROM, SERIAL_TO = 36526, 73051  # 2000-01-01 to 2100-01-01 as a spreadsheet counts days
_SERIAL_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's cells have no zone


class Moment(NamedTuple):
    """An aware time (UTC), and whether only its day was known: then it is 23:59:59 of that day in Asia/Shanghai."""

    at: datetime
    day_only: bool


_ISO = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
_HALF_DAY = r"凌晨|清晨|早晨|早上|上午|中午|下午|傍晚|晚上|AM|PM|A\.M\.|P\.M\."
_LOOSE = re.compile(
    r"(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})(?!\d)\s*日?"
    r"(?:\s*[,(]?(?:星期|周|礼拜)[一二三四五六日天]\)?)?"
    rf"(?:[\sT,]*(?P<half>{_HALF_DAY})?[\s,]*(?P<hour>\d{{1,2}})\s*(?:[::]|[时点]|(?=\s*(?:AM|PM)))"
    r"\s*(?:(?P<minute>\d{1,2})\s*(?:[::分]\s*(?:(?P<second>\d{1,2})(?:[.,]\d+)?\s*秒?)?)?|(?P<sharp>整|半))?"
    r"\s*(?P<after>AM|PM|A\.M\.|P\.M\.)?\s*(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
_STAMP = re.compile(
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)(?:[\sT]?(?P<hour>\d\d):?(?P<minute>\d\d)(?::?(?P<second>\d\d))?"
    r"(?:\.\d+)?(?P<zone>Z|[+-]\d\d:?\d\d)?)?",
    re.ASCII,
)
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?", re.ASCII)
_MORNING, _NOON = {"凌晨", "清晨", "早晨", "早上", "上午", "AM"}, {"中午"}


def parse_moment(cell: Cell) -> Moment:
    """Read a time in Asia/Shanghai. Raises Problem where it is none, or lies outside 2000-2100.

    24:00 of a day is its last second. A time with a zone of its own is put into ours.
    """
    if isinstance(cell, str) and _ISO.fullmatch(cell):
        try:
            moment = datetime.fromisoformat(cell).replace(tzinfo=UTC) - CHINA
        except ValueError:
            return _parse(cell)
        if not FIRST_YEAR <= int(cell[:4]) < LAST_YEAR:
            raise _no_time(cell)
        return Moment(moment, day_only=False)
    return _parse(as_text(cell) if isinstance(cell, str) else cell)


def parse_day(cell: Cell) -> date:
    """Read a date; a time's clock is dropped. Raises Problem."""
    try:
        return (parse_moment(cell).at + CHINA).date()
    except Problem as problem:
        if problem.kind != "date":
            raise
        raise Problem("day", problem.params) from None


def serial_moment(number: float, *, decimals: int = 15) -> datetime | None:
    """A spreadsheet's count of days as its clock shows it, to the second; nothing where it is no day of ours.

    Five decimals or less are not exact to the second: what lies within one of a full minute is that minute.
    """
    if not SERIAL_FROM <= number < SERIAL_TO:
        return None
    seconds = round(number * DAY)
    off = (seconds + 1) % 60 - 1
    return _SERIAL_ZERO + timedelta(seconds=seconds - off if decimals <= 5 and abs(off) == 1 else seconds)


def _parse(cell: Any) -> Moment:
    if isinstance(cell, datetime):
        day, clock, zone = cell.date(), cell.time(), None
    elif isinstance(cell, date):
        day, clock, zone = cell, None, None
    else:
        day, clock, zone = _read(cell)
    if not FIRST_YEAR <= day.year < LAST_YEAR:
        raise _no_time(cell)
    ahead = CHINA if zone is None else zone
    moment = datetime.combine(day, clock or LAST_SECOND, tzinfo=UTC) - ahead
    return Moment(moment.replace(microsecond=0), day_only=clock is None)


def _read(cell: Any) -> tuple[date, time | None, timedelta | None]:
    text = as_text(cell)
    if isinstance(cell, int | float) or _SERIAL.fullmatch(text):
        try:
            moment = serial_moment(float(text), decimals=len(text.partition(".")[2]))
        except (ValueError, OverflowError):
            moment = None
        if moment is not None:
            return moment.date(), None if moment.time() == time(0) else moment.time(), None
    found = _LOOSE.fullmatch(text) or _STAMP.fullmatch(text)
    if found is None:
        raise _no_time(cell)
    parts = {"half": None, "after": None, "sharp": None, **found.groupdict()}
    try:
        day = date(int(parts["year"] or 0), int(parts["month"] or 0), int(parts["day"] or 0))
        return day, _clock(parts), _zone(parts["zone"])
    except ValueError:
        raise _no_time(cell) from None


def _clock(parts: dict[str, str | None]) -> time | None:
    """The time of the day, or nothing where none is written. Raises ValueError for one that does not exist."""
    if parts["hour"] is None:
        return None
    hour = int(parts["hour"])
    minute = 30 if parts["sharp"] == "半" else int(parts["minute"] or 0)
    second = int(parts["second"] or 0)
    half = (parts["half"] or parts["after"] or "").upper().replace(".", "")
    if parts["half"] and parts["after"]:
        raise ValueError("two halves of a day")
    if (hour, minute, second) == (24, 0, 0) and not half:
        return LAST_SECOND
    return time(_of_twenty_four(hour, half), minute, second)


def _of_twenty_four(hour: int, half: str) -> int:
    if not half:
        return hour
    if half in _MORNING:
        if hour > 12:
            raise ValueError("no hour of the morning")
        return hour % 12
    if half in _NOON:
        if hour not in (11, 12, 1, 13):
            raise ValueError("no hour of noon")
        return 13 if hour == 1 else hour
    if half == "晚上" and hour in (0, 12):
        raise ValueError("the night before or after")
    return hour + 12 if hour < 12 else hour


def _zone(text: str | None) -> timedelta | None:
    if not text:
        return None
    if text.upper() in ("Z", "UTC", "GMT"):
        return timedelta(0)
    hours, minutes = int(text[1:3]), int(text[-2:])
    if hours > 14 or minutes > 59:
        raise ValueError("no such zone")
    return timedelta(hours=hours, minutes=minutes) * (-1 if text[0] == "-" else 1)


def _no_time(cell: Any) -> Problem:
    return Problem("date", {"value": str(cell)})
