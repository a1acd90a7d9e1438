"""The staff's figures: counted by hand here, by sums there."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.audit.acting import acting
from ebikes.models import ImportBatch, LicensingHealth
from subsidies.allocation.services.allocate import allocate
from subsidies.engine.forecast import Forecast, Untold
from subsidies.models import Claim, Scheme
from subsidies.overview.selectors import overview as module
from subsidies.payouts.services.payouts import approve_claims, make_payouts
from subsidies.review.selectors.waiting import AGES, waiting_by_state, waiting_in_bucket
from subsidies.states import ClaimState
from tests.console import put_in
from tests.factories import NOW, UserFactory, local, make_claim, make_scheme

pytestmark = pytest.mark.django_db

TENTH = local("2022-06-10 12:00:00")
NOON = local("2022-06-20 12:00:00")


def overview(*, now):
    return module.overview(now=now, scheme=Scheme.objects.on(date(2022, 6, 20)))


def refuse(claim, *reasons):
    with acting("test", by=None, now=NOW):
        Claim.objects.filter(pk=claim.pk).update(state="checking")
        Claim.objects.filter(pk=claim.pk).update(state="refused", refusals=list(reasons))


def waiting_since(scheme, state, days):
    """A claim that came into this state so many days before NOW."""
    claim = make_claim(scheme, state="checking")
    with acting("test", by=None, now=NOW - timedelta(days=days)):
        Claim.objects.filter(pk=claim.pk).update(state=state)
    return claim


def test_before_any_scheme_there_is_nothing_to_do():
    found = overview(now=NOW)
    assert found.scheme is None
    assert [each.count for each in found.waiting] == [0, 0, 0]
    assert (found.approvable, found.approved, found.drafts, found.drafts_fen, found.previews) == (
        0,
        0,
        0,
        0,
        {},
    )
    assert found.systems == []


def test_the_scheme_that_was_chosen_is_shown_and_no_other_ones_claims():
    refuse(make_claim(make_scheme(year=2021), state="received"), "not_filed")
    chosen = make_scheme()
    found = overview(now=NOON).scheme
    assert found.scheme == chosen
    assert sum(day.total for day in found.days) == 0
    assert found.refusals == []


def test_every_state_counts_on_the_day_of_its_completion_but_for_what_was_refused_or_withdrawn():
    scheme = make_scheme()
    for state in ClaimState:
        put_in(make_claim(scheme, completed_at=TENTH), state)
    days = {each.day: each for each in overview(now=NOON).scheme.days}
    tenth = days[date(2022, 6, 10)]
    assert (tenth.settled, tenth.waiting, tenth.pending) == (10, 1, 5)
    assert sum(each.total for each in days.values()) == tenth.total


def test_a_day_ends_at_midnight_in_hangzhou():
    scheme = make_scheme()
    make_claim(scheme, completed_at=local("2022-06-10 23:59:59"))
    make_claim(scheme, completed_at=local("2022-06-11 00:00:00"))
    days = {each.day: each.total for each in overview(now=NOON).scheme.days if each.total}
    assert days == {date(2022, 6, 10): 1, date(2022, 6, 11): 1}


def test_the_days_are_those_of_the_stages_that_have_begun():
    make_scheme()
    days = overview(now=NOON).scheme.days
    assert (days[0].day, days[-1].day, len(days)) == (date(2022, 6, 1), date(2022, 6, 30), 30)
    assert len(overview(now=local("2022-08-01 00:00:00")).scheme.days) == 92
    assert overview(now=local("2022-05-31 23:59:59")).scheme.days == []


def test_a_claim_refused_for_two_reasons_is_counted_under_each():
    scheme = make_scheme()
    refuse(make_claim(scheme, state="received"), "not_filed", "no_plate")
    refuse(make_claim(scheme, state="received"), "no_plate")
    make_claim(scheme, state="cancelled")
    assert overview(now=NOON).scheme.refusals == [("no_plate", 2), ("not_filed", 1)]


@pytest.mark.parametrize(
    ("days", "bucket"),
    [(0, 0), (1, 0), (1.01, 1), (3, 1), (3.01, 2), (7, 2), (7.01, 3), (400, 3)],
)
def test_what_waits_for_a_person_is_as_old_as_its_last_move(days, bucket):
    waiting_since(make_scheme(), "review", days)
    review, *others = waiting_by_state(now=NOW)
    assert review.state == "review"
    assert review.buckets == tuple(int(no == bucket) for no in range(len(AGES) + 1))
    assert (review.count, review.oldest) == (1, NOW - timedelta(days=days))
    assert [other.count for other in others] == [0, 0]
    assert [waiting_in_bucket(Claim.objects.all(), no, now=NOW).count() for no in range(4)] == list(
        review.buckets
    )


def test_who_came_back_to_a_state_waits_anew_and_who_left_it_waits_no_more():
    scheme = make_scheme()
    again, gone = (waiting_since(scheme, "review", 30) for _ in range(2))
    with acting("test", by=None, now=NOW - timedelta(days=2)):
        Claim.objects.filter(pk__in=[again.pk, gone.pk]).update(state="checking")
        Claim.objects.filter(pk=again.pk).update(state="review")
    review, *_others = waiting_by_state(now=NOW)
    assert (review.count, review.buckets) == (1, (0, 1, 0, 0))
    assert list(waiting_in_bucket(Claim.objects.all(), 1, now=NOW)) == [again]


def test_the_oldest_of_several_is_told():
    scheme = make_scheme()
    for days in (5, 9, 0):
        waiting_since(scheme, "needs_correction", days)
    _review, correction, _failed = waiting_by_state(now=NOW)
    assert (correction.count, correction.oldest) == (3, NOW - timedelta(days=9))
    assert correction.buckets == (1, 0, 1, 1)


def test_what_is_to_be_approved_ordered_and_released_is_counted():
    scheme = make_scheme()
    claims = [make_claim(scheme) for _ in range(3)]
    allocate(scheme=scheme, now=NOW)
    approve_claims(
        claims=Claim.objects.filter(pk__in=[each.pk for each in claims[:2]]), by=UserFactory(), now=NOW
    )
    make_payouts(scheme=scheme, claims=Claim.objects.filter(pk=claims[0].pk), by=UserFactory(), now=NOW)
    found = overview(now=NOON)
    assert (found.approvable, found.approved, found.drafts, found.drafts_fen) == (1, 1, 1, 30_000)


def test_files_that_nobody_confirmed_and_systems_that_fail_are_told():
    for state in ("preview", "preview", "reading", "discarded"):
        ImportBatch.objects.create(kind="trade_ins", file_name="6月.csv", uploaded_at=NOW, state=state)
    health = LicensingHealth.objects.create(
        system="exing", state="open", consecutive_failures=21, seen_at=NOW
    )
    found = overview(now=NOON)
    assert found.previews == {"trade_ins": 2}
    assert found.systems == [health]


def completed_daily(scheme, *, first, last, state="eligible"):
    for day in range(first, last + 1):
        make_claim(scheme, completed_at=local(f"2022-06-{day:02d} 12:00:00"), state=state)


def test_the_money_that_the_queue_asks_for_is_not_free_for_others():
    scheme = make_scheme(budget_fen=600_000)
    completed_daily(scheme, first=10, last=19)
    found = overview(now=NOON).scheme
    assert found.asked_fen == 300_000
    assert isinstance(found.forecast, Forecast)
    assert found.forecast.likely == date(2022, 6, 30)


def test_what_a_queue_asks_for_beyond_its_stages_cap_is_not_counted():
    scheme = make_scheme(budget_fen=600_000, caps=(60_000, None, None))
    completed_daily(scheme, first=10, last=19)
    assert overview(now=NOON).scheme.asked_fen == 60_000


def test_a_caps_odd_rest_is_not_taken_from_the_other_stages():
    scheme = make_scheme(budget_fen=600_000, caps=(80_000, None, None))
    completed_daily(scheme, first=10, last=19)
    assert overview(now=NOON).scheme.asked_fen == 60_000


def test_todays_half_day_is_not_part_of_the_pace():
    scheme = make_scheme()
    completed_daily(scheme, first=7, last=19)
    for _ in range(9):
        make_claim(scheme, completed_at=NOON)
    assert overview(now=NOON).scheme.forecast.pace.high == 1


@pytest.mark.parametrize(
    ("budget_fen", "now", "why"),
    [
        (10_000_000, "2022-06-20 12:00:00", Untold.STANDSTILL),
        (10_000_000, "2022-06-02 12:00:00", Untold.TOO_FEW_DAYS),
        (10_000_000, "2022-05-01 12:00:00", Untold.TOO_FEW_DAYS),
        (10_000_000, "2022-09-01 12:00:00", Untold.OVER),
    ],
)
def test_without_a_pace_nothing_is_foretold(budget_fen, now, why):
    make_scheme(budget_fen=budget_fen)
    assert overview(now=local(now)).scheme.forecast is why


def test_money_that_is_asked_for_already_is_spent():
    make_claim(make_scheme(budget_fen=30_000))
    assert overview(now=NOON).scheme.forecast is Untold.SPENT


def test_the_same_queries_whatever_the_number_of_claims():
    scheme = make_scheme()

    def queries():
        with CaptureQueriesContext(connection) as captured:
            overview(now=NOON)
        return len(captured)

    few = queries()
    for _ in range(12):
        waiting_since(scheme, "review", 1)
    assert queries() == few <= 15
