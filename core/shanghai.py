"""Time at Hangzhou: the only zone in which the scheme's days begin and end. Plain Python.

The current time is Django's `timezone.now()`; `today` is the day that it falls on here.
"""

import re
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)  # within which days can be asked for
_MONTH = re.compile("20[0-9]{2}-(0[1-9]|1[0-2])")


def local(moment: datetime) -> datetime:
    """The same moment by Hangzhou's clock. Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a naive moment, without a zone, has no day")
    return moment.astimezone(SHANGHAI)


def local_day(moment: datetime) -> date:
    """The day that a moment falls on. Raises ValueError for a naive one."""
    return local(moment).date()


def today() -> date:
    """The day that it is now, whatever the machine's own zone."""
    return local_day(datetime.now(UTC))


def midnight(day: date) -> datetime:
    """The moment in which a day begins."""
    return datetime.combine(day, time(), SHANGHAI)


def month_named(text: str) -> date | None:
    """The first day of the month that `2022-06` names; None of anything else, and of years that no programme has."""
    if not _MONTH.fullmatch(text):
        return None
    return date(int(text[:4]), int(text[5:]), 1)


def next_month(month: date) -> date:
    """The first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def to_the_second(moment: datetime) -> str:
    """`2022-06-01 09:00:00`. Raises ValueError for a naive moment."""
    return f"{local(moment):%Y-%m-%d %H:%M:%S}"


def to_the_minute(moment: datetime) -> str:
    """`2022-06-01 09:00`. Raises ValueError for a naive moment."""
    return f"{local(moment):%Y-%m-%d %H:%M}"


def to_the_microsecond(moment: datetime) -> str:
    """`2022-06-01T01:00:00.000000Z`: in UTC, as what is hashed or signed holds it. Raises ValueError for a naive moment."""
    if moment.tzinfo is None:
        raise ValueError("a naive moment is signed by nobody")
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def in_utc(moment: datetime) -> datetime:
    """The same moment, as the database and files hold it."""
    return moment.astimezone(UTC)


def moment_of(stamp: float) -> datetime:
    """The moment that is so many seconds after 1970 began in UTC."""
    return datetime.fromtimestamp(stamp, UTC)


def in_words(value: object) -> str:
    """A moment as JSON keeps it, to the second; anything else as it is."""
    try:
        return to_the_second(datetime.fromisoformat(str(value)))
    except ValueError:
        return str(value)
