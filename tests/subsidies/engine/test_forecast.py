"""The forecast: a day, a range around it, or plainly why there is none."""

from datetime import date

import pytest

from subsidies.engine.forecast import Forecast, StageAhead, Untold, forecast, last_day
from subsidies.engine.stages import StageTerms

JUNE = StageAhead(StageTerms(1, date(2022, 6, 1), date(2022, 6, 30), 30_000))
JULY = StageAhead(StageTerms(2, date(2022, 7, 1), date(2022, 7, 31), 20_000))
TODAY = date(2022, 6, 10)
STEADY = [2] * 9


def told(*, windows=(JUNE, JULY), left_fen=600_000, per_day=STEADY, today=TODAY):
    return forecast(windows, left_fen=left_fen, per_day=per_day, today=today)


def test_at_a_steady_pace_the_range_is_one_day():
    found = told(left_fen=10 * 2 * 30_000)
    assert (found.likely, found.earliest, found.latest) == (date(2022, 6, 20),) * 3
    assert (found.pace.low, found.pace.median, found.pace.high) == (2, 2, 2)


def test_an_uneven_pace_makes_a_range_around_the_likely_day():
    found = told(per_day=[1, 2, 3, 4, 5], left_fen=10 * 3 * 30_000)
    assert (found.pace.low, found.pace.median, found.pace.high) == (2, 3, 4)
    assert (found.earliest, found.likely, found.latest) == (
        date(2022, 6, 18),
        date(2022, 6, 20),
        date(2022, 6, 25),
    )


def test_only_the_last_fortnight_makes_the_pace():
    assert told(per_day=[1000] * 30 + [2] * 14).pace.high == 2


def test_a_later_stage_costs_less_and_is_waited_for():
    found = told(left_fen=20 * 2 * 30_000 + 2 * 20_000, windows=(JULY, JUNE))
    assert found.likely == date(2022, 7, 1)


def test_money_that_outlasts_the_stages_has_no_last_day():
    assert told(left_fen=10**12).likely is None


def test_a_slow_pace_may_outlast_the_stages_where_the_likely_one_does_not():
    found = told(per_day=[0, 0, 2, 2, 2], left_fen=30 * 30_000)
    assert found.likely is not None
    assert found.latest is None or found.latest > found.likely
    assert told(per_day=[0, 0, 0, 2, 2, 2, 2], left_fen=5_000_000).latest is None


def test_a_stage_takes_no_more_than_its_own_cap():
    capped = StageAhead(JUNE.terms, left_fen=30_000)
    assert told(windows=(capped, JULY), left_fen=70_000).likely == date(2022, 7, 1)
    assert last_day([capped], left_fen=70_000, pace=9, today=TODAY) is None


def test_the_end_of_a_cap_that_is_less_than_a_subsidy_is_never_spent():
    odd = StageAhead(JUNE.terms, left_fen=50_000)
    assert last_day([odd], left_fen=50_000, pace=1, today=TODAY) is None


def test_days_between_stages_cost_nothing():
    august = StageAhead(StageTerms(3, date(2022, 8, 1), date(2022, 8, 31), 10_000))
    assert last_day([august], left_fen=10_000, pace=1, today=TODAY) == date(2022, 8, 1)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"left_fen": 0}, Untold.SPENT),
        ({"left_fen": -1, "today": date(2023, 1, 1)}, Untold.SPENT),
        ({"windows": ()}, Untold.OVER),
        ({"today": date(2022, 7, 31)}, Untold.OVER),
        ({"per_day": []}, Untold.TOO_FEW_DAYS),
        ({"per_day": [5, 5]}, Untold.TOO_FEW_DAYS),
        ({"per_day": [7] + [0] * 14}, Untold.STANDSTILL),
    ],
)
def test_where_nothing_can_be_told_it_is_said_why(given, why):
    assert told(**given) is why


def test_three_days_are_enough():
    assert isinstance(told(per_day=[1, 1, 1]), Forecast)
