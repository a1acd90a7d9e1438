"""The figures of a scheme: every claim is counted once and in its stage, and the money is the ledger's."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from subsidies.allocation.services.allocate import allocate
from subsidies.claims.selectors.claims_per_stage import claims_per_stage
from subsidies.states import ClaimState
from tests.console import put_in
from tests.factories import NOW, local, make_claim, make_scheme

pytestmark = pytest.mark.django_db

JULY = local("2022-07-10 12:00:00")
COUNTS = ("settled", "waiting", "pending", "refused")
COUNTED_AS = {
    "settled": "settled on_notice objected approved in_payout payout_failed payout_unknown paid recovering"
    " written_off",
    "waiting": "waitlisted",
    "pending": "received checking needs_correction review eligible",
    "refused": "refused",
    "nothing": "cancelled recovered",
}


def counted(figures):
    """The counts that are not nought."""
    return {name: getattr(figures, name) for name in COUNTS if getattr(figures, name)}


@pytest.mark.parametrize(
    ("state", "count"), [(state, count) for count, states in COUNTED_AS.items() for state in states.split()]
)
def test_a_claim_in_each_state_is_counted_once_and_in_its_stage(state, count):
    scheme = make_scheme()
    put_in(make_claim(scheme, completed_at=JULY), state)
    june, july, august = claims_per_stage(scheme)
    assert counted(july) == ({} if count == "nothing" else {count: 1})
    assert counted(june) == counted(august) == {}


def test_the_table_above_names_every_state():
    named = [state for states in COUNTED_AS.values() for state in states.split()]
    assert sorted(named) == sorted(ClaimState)


def test_a_scheme_without_claims_has_its_stages_in_order_and_noughts():
    figures = claims_per_stage(make_scheme(caps=(60_000, None, None)))
    assert [each.stage.no for each in figures] == [1, 2, 3]
    assert [counted(each) for each in figures] == [{}, {}, {}]
    assert [each.stage.committed_fen for each in figures] == [0, 0, 0]
    assert [each.stage.left_fen for each in figures] == [60_000, None, None]


def test_the_money_is_what_the_ledger_set_aside():
    scheme = make_scheme(caps=(60_000, None, None))
    make_claim(scheme)
    make_claim(scheme, completed_at=JULY)
    allocate(scheme=scheme, now=NOW)
    june, july, august = claims_per_stage(scheme)
    assert (june.stage.committed_fen, june.stage.left_fen) == (30_000, 30_000)
    assert (july.stage.committed_fen, july.stage.left_fen) == (20_000, None)
    assert august.stage.committed_fen == 0


def test_another_schemes_claims_are_not_counted():
    scheme, other = make_scheme(), make_scheme(year=2021)
    make_claim(other)
    assert [counted(each) for each in claims_per_stage(scheme)] == [{}, {}, {}]
    assert counted(claims_per_stage(other)[0]) == {"pending": 1}


def test_a_claim_outside_every_stage_is_in_none():
    scheme = make_scheme()
    make_claim(scheme, state="received", completed_at=local("2022-12-01 12:00:00"))
    assert [counted(each) for each in claims_per_stage(scheme)] == [{}, {}, {}]


def test_the_last_second_of_june_is_junes():
    scheme = make_scheme()
    make_claim(scheme, completed_at=local("2022-06-30 23:59:59"))
    make_claim(scheme, completed_at=local("2022-07-01 00:00:00"))
    assert [counted(each) for each in claims_per_stage(scheme)] == [{"pending": 1}, {"pending": 1}, {}]


def test_two_queries_whatever_the_number_of_claims():
    scheme = make_scheme()
    for _ in range(12):
        make_claim(scheme)
    with CaptureQueriesContext(connection) as queries:
        claims_per_stage(scheme)
    assert len(queries) == 2


def test_a_queue_asks_for_whole_subsidies_as_far_as_its_stages_cap_reaches():
    scheme = make_scheme(caps=(70_000, None, None))
    for asked, spare in ((30_000, 40_000), (60_000, 10_000), (60_000, 0)):
        make_claim(scheme)
        june = claims_per_stage(scheme)[0]
        assert (june.asked_fen, june.spare_fen) == (asked, spare)
    make_claim(scheme, completed_at=JULY)
    july = claims_per_stage(scheme)[1]
    assert (july.asked_fen, july.spare_fen) == (20_000, None)
