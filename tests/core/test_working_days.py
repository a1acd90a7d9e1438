"""Terms are counted in the days that offices work, as the State Council ordered them; what is not known is said."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.working_days import UnknownYear, began_too_early, is_working_day, working_days_after


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2026, 1, 5), True),
        (date(2026, 1, 10), False),
        (date(2026, 2, 14), True),  # a Saturday, worked for the Spring Festival
        (date(2026, 2, 20), False),  # a Friday of the Spring Festival
        (date(2022, 6, 3), False),  # 端午
        (date(2022, 10, 8), True),  # a Saturday, worked for the National Day
    ],
)
def test_a_day_is_worked_as_the_state_council_ordered(day, worked):
    assert is_working_day(day) is worked


def test_the_day_on_which_a_term_begins_does_not_count_and_holidays_are_passed_over():
    assert working_days_after(date(2022, 9, 30), 1) == date(2022, 10, 8)
    assert working_days_after(date(2022, 9, 30), 2) == date(2022, 10, 9)
    assert working_days_after(date(2026, 2, 13), 1) == date(2026, 2, 14)


def test_of_a_year_whose_holidays_are_not_known_nothing_is_guessed():
    with pytest.raises(UnknownYear, match="2090") as unknown:
        working_days_after(date(2089, 12, 31), 1)
    assert unknown.value.year == 2090


@given(st.dates(date(2019, 3, 1), date(2025, 10, 1)), st.integers(1, 30))
def test_what_began_too_early_is_over_and_what_began_a_day_later_is_not(today, count):
    last = began_too_early(today, count)
    assert working_days_after(last, count) < today
    assert working_days_after(last + timedelta(days=1), count) >= today
