"""Working days as the State Council orders them: holidays, and the weekends that are worked for them (法定节假日、调休).

A year whose order the package does not hold is not guessed: `UnknownYear` says which it is.
"""

from datetime import date, timedelta

from chinese_calendar import is_workday

_DAY = timedelta(days=1)


class UnknownYear(ValueError):
    """The order for this year (`year`) is not known here: nobody can say which of its days are worked."""

    def __init__(self, year: int) -> None:
        super().__init__(f"which days of {year} are worked is not known")
        self.year = year


def is_working_day(day: date) -> bool:
    """Whether offices are open on this local date. Raises UnknownYear."""
    try:
        return bool(is_workday(day))
    except NotImplementedError:
        raise UnknownYear(day.year) from None


def working_days_after(day: date, count: int) -> date:
    """The last day of a term of so many working days that begins on `day`, which does not count (民法典 201 条).

    Raises UnknownYear.
    """
    while count > 0:
        day += _DAY
        count -= is_working_day(day)
    return day


def began_too_early(today: date, count: int) -> date:
    """The last day of beginning whose term of so many working days is over before `today`. Raises UnknownYear."""
    day = today - _DAY
    while True:
        count -= is_working_day(day)
        if count <= 0:
            return day - _DAY
        day -= _DAY
