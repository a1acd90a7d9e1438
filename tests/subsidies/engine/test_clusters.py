"""Too much just before the cut-off: beside the merchant's own pace, and beside the rush that everybody has."""

from datetime import date, timedelta

import pytest

from subsidies.engine.clusters import Watch, find_clusters

FIRST, LAST, AFTER = date(2022, 6, 1), date(2022, 6, 30), date(2022, 7, 5)
WATCH = Watch(days=3, fewest=6, factor=3.0)


def month(usual, last):
    """So many on each of the first 27 days, so many on each of the last three."""
    return {FIRST + timedelta(days=n): usual if n < 27 else last for n in range(30)}


def found(daily, *, district=None, today=AFTER):
    return find_clusters(
        {7: daily},
        district=district or month(100, 100),
        starts_on=FIRST,
        ends_on=LAST,
        today=today,
        watch=WATCH,
    ).get(7)


def test_three_times_the_usual_pace_is_a_cluster_and_says_so():
    cluster = found(month(1, 3))
    assert (cluster.count, cluster.usual, cluster.expected) == (9, 1, 3)
    assert (cluster.first, cluster.last) == (date(2022, 6, 28), LAST)


def test_a_little_less_is_none():
    assert found({**month(1, 3), LAST: 2}) is None


def test_few_are_none_however_slow_the_merchant_was():
    assert found({LAST: 5}) is None
    assert found({LAST: 6}) is not None


def test_a_merchant_that_rushes_as_everybody_does_is_none():
    assert found(month(1, 3), district=month(100, 300)) is None
    assert found(month(1, 9), district=month(100, 300)) is not None


def test_a_quiet_district_makes_nobody_suspect():
    assert found(month(1, 2), district=month(100, 10)) is None


@pytest.mark.parametrize(("today", "count"), [(date(2022, 6, 27), None), (date(2022, 6, 28), 9), (LAST, 27)])
def test_it_is_judged_by_the_days_that_have_come(today, count):
    daily = {day: n for day, n in month(1, 9).items() if day <= today}
    cluster = found(daily, today=today)
    assert (cluster and cluster.count) == count


def test_a_stage_as_short_as_the_last_days_has_no_usual_pace():
    assert (
        find_clusters({7: {LAST: 50}}, district={}, starts_on=LAST, ends_on=LAST, today=AFTER, watch=WATCH)
        == {}
    )
