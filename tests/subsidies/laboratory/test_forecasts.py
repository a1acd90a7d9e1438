"""Each day's forecast stays as it was made, and is scored by what came."""

from datetime import date, timedelta

import pytest

from core.shanghai import midnight
from subsidies.allocation.services.allocate import allocate
from subsidies.laboratory.selectors.scores import days_off, end_within, scores_of
from subsidies.laboratory.services.forecasts import keep_forecasts, score_forecasts
from subsidies.models import DailyForecast
from tests.console import refused
from tests.factories import make_claim, make_scheme, top_up

pytestmark = pytest.mark.django_db
DAY = date(2022, 6, 10)


def at(day, hour=12):
    return midnight(day) + timedelta(hours=hour)


def completed(scheme, first, last):
    """Two claims a day."""
    for n in range((last - first).days + 1):
        for hour in (9, 15):
            make_claim(scheme, completed_at=at(first + timedelta(days=n), hour))
    allocate(scheme=scheme, now=at(last, 23))


@pytest.fixture
def scheme():
    """30 subsidies' money in June, two claims a day up to the 9th: 12 are left, six days' worth."""
    scheme = make_scheme(budget_fen=30 * 30_000)
    completed(scheme, date(2022, 6, 1), date(2022, 6, 9))
    return scheme


@pytest.fixture
def kept(scheme):
    keep_forecasts(now=at(DAY))
    return scheme.forecasts.get()


def test_the_first_forecast_of_a_day_stays(scheme, kept):
    assert (kept.day, kept.median, kept.likely) == (DAY, 2.0, date(2022, 6, 16))
    completed(scheme, DAY, DAY)
    assert keep_forecasts(now=at(DAY, 20)) == 0
    assert keep_forecasts(now=at(DAY + timedelta(days=1))) == 1
    assert DailyForecast.objects.get(day=DAY).made_at == at(DAY)


def test_where_nothing_can_be_forecast_the_reason_is_kept_and_a_scheme_that_is_over_has_none(scheme):
    keep_forecasts(now=at(date(2022, 6, 3)))
    assert scheme.forecasts.get().untold == "too_few_days"
    assert keep_forecasts(now=at(date(2022, 9, 3))) == 0


def test_the_pace_is_scored_when_its_week_and_the_late_records_are_in(scheme, kept):
    completed(scheme, date(2022, 6, 11), date(2022, 6, 13))
    assert score_forecasts(now=at(date(2022, 6, 20))) == 0
    assert score_forecasts(now=at(date(2022, 6, 21))) == 1
    kept.refresh_from_db()
    assert kept.came_per_day == pytest.approx(6 / 7)
    assert score_forecasts(now=at(date(2022, 6, 22))) == 0
    assert scores_of([kept]).off_share == pytest.approx((2 - 6 / 7) / (6 / 7))


def test_the_end_is_scored_when_the_money_is_gone(scheme, kept):
    completed(scheme, date(2022, 6, 11), date(2022, 6, 17))
    assert score_forecasts(now=at(date(2022, 6, 18))) == 1
    kept.refresh_from_db()
    assert (kept.end, kept.ended_on) == ("ended", date(2022, 6, 16))
    assert (days_off(kept), end_within(kept)) == (0, True)
    scores = scores_of([kept])
    assert (scores.ends, scores.ends_within, scores.off_days) == (1, 1, 0)


def test_where_money_is_left_when_all_stages_are_over_a_forecast_of_an_end_was_wrong(scheme, kept):
    assert score_forecasts(now=at(date(2022, 9, 10))) == 2
    kept.refresh_from_db()
    assert (kept.end, kept.ended_on, days_off(kept), end_within(kept)) == ("lasted", None, None, False)


def test_a_forecast_about_other_money_is_not_scored(scheme, kept):
    top_up(scheme, 30_000, now=at(DAY, 18))
    assert score_forecasts(now=at(DAY, 19)) == 1
    kept.refresh_from_db()
    assert (kept.end, scores_of([kept]).ends) == ("changed", 0)


def test_no_forecast_is_bettered_afterwards(scheme, kept):
    completed(scheme, date(2022, 6, 11), date(2022, 6, 17))
    score_forecasts(now=at(date(2022, 6, 25)))
    for change in ("likely = '2022-06-17'", "came_per_day = 3", "\"end\" = 'lasted', ended_on = NULL"):
        assert refused(f"UPDATE subsidies_dailyforecast SET {change}", because="not changed afterwards")
    assert refused("DELETE FROM subsidies_dailyforecast", because="is refused")
