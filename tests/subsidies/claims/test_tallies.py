"""Claims counted by the tallies: of these days, in these states, and never by looking at a claim."""

from datetime import date

import pytest

from subsidies.claims.services.tallies import fold_tallies
from subsidies.models import ClaimTally
from tests.factories import local, make_claim, make_scheme

pytestmark = pytest.mark.django_db
JUNE_30, JULY_1 = date(2022, 6, 30), date(2022, 7, 1)


@pytest.fixture
def tallies():
    """One claim in the last second of June, two in the first of July."""
    scheme = make_scheme()
    make_claim(scheme, completed_at=local("2022-06-30 23:59:59"), state="checking")
    for _ in range(2):
        make_claim(scheme, completed_at=local("2022-07-01 00:00:00"))
    return ClaimTally.objects.filter(scheme=scheme)


def test_they_are_counted_together_and_by_state(tallies):
    assert tallies.total() == 3
    assert tallies.by_state() == {"checking": 1, "eligible": 2, "received": 0}


def test_a_day_has_the_claims_that_were_completed_before_its_midnight_in_hangzhou(tallies):
    assert {day: +states for day, states in tallies.by_day().items()} == {
        JUNE_30: {"checking": 1},
        JULY_1: {"eligible": 2},
    }


@pytest.mark.parametrize(
    ("first", "last", "count"),
    [(JUNE_30, JUNE_30, 1), (JULY_1, JULY_1, 2), (JUNE_30, JULY_1, 3), (JULY_1, JUNE_30, 0)],
)
def test_the_days_asked_for_are_counted_from_the_first_to_the_last(tallies, first, last, count):
    assert tallies.completed_between(first, last).total() == count


def test_added_up_they_say_the_same_in_a_row_for_each_hour_and_state(tallies):
    before = tallies.by_day()
    assert tallies.count() > 2
    assert fold_tallies() > 0
    assert {day: +states for day, states in before.items()} == tallies.by_day()
    assert tallies.count() == 2
    assert fold_tallies() == 0


def test_where_there_is_no_claim_nothing_is_counted():
    assert (ClaimTally.objects.total(), ClaimTally.objects.by_state(), ClaimTally.objects.by_day()) == (
        0,
        {},
        {},
    )
