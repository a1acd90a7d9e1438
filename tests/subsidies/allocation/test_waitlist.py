"""The settle lag, late records, top-ups and money that comes back: who is next, and when."""

from datetime import timedelta

import pytest

from subsidies.allocation.services.allocate import Allocation, allocate
from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.ledger.services.append import append_for_claims
from tests.console import put_in
from tests.factories import (
    NOW,
    OwnerFactory,
    UserFactory,
    change_policy,
    local,
    make_claim,
    make_scheme,
    top_up,
)

pytestmark = pytest.mark.django_db

NOON = local("2022-06-10 12:00:00")
NOTHING = Allocation(0, 0, 0)


def claims_at(scheme, *minutes, **more):
    return [make_claim(scheme, completed_at=NOON + timedelta(minutes=m), **more) for m in minutes]


def states(*claims):
    for claim in claims:
        claim.refresh_from_db()
    return [claim.state for claim in claims]


# ------------------------------------------------------------------ the lag


def test_within_the_lag_nothing_is_settled_and_from_its_last_second_on_it_is():
    scheme = make_scheme(settle_lag_hours=24)
    (claim,) = claims_at(scheme, 0)
    almost = NOON + timedelta(hours=24) - timedelta(seconds=1)
    assert allocate(scheme=scheme, now=almost) == NOTHING
    assert allocate(scheme=scheme, now=almost + timedelta(seconds=1)).settled == 1
    assert states(claim) == ["settled"]


def test_within_the_lag_a_late_record_still_takes_its_true_place():
    scheme = make_scheme(budget_fen=30_000, settle_lag_hours=24)
    (on_time,) = claims_at(scheme, 10)
    allocate(scheme=scheme, now=NOON + timedelta(hours=1))
    (late,) = claims_at(scheme, 0)
    allocate(scheme=scheme, now=NOON + timedelta(hours=25))
    assert states(late, on_time) == ["settled", "waitlisted"]


def test_after_the_lag_a_settled_claim_is_never_displaced():
    scheme = make_scheme(budget_fen=30_000)
    (settled,) = claims_at(scheme, 10)
    allocate(scheme=scheme, now=NOW)
    (late,) = claims_at(scheme, 0)
    allocate(scheme=scheme, now=NOW)
    assert states(settled, late) == ["settled", "waitlisted"]


def test_within_the_lag_a_claim_holds_its_money_against_those_behind_it():
    scheme = make_scheme(budget_fen=30_000, settle_lag_hours=24)
    first, second = claims_at(scheme, 0, 10)
    allocate(scheme=scheme, now=NOON + timedelta(hours=1))
    assert states(first, second) == ["eligible", "waitlisted"]


def test_the_newest_policy_rules():
    scheme = make_scheme(settle_lag_hours=24 * 365)
    (claim,) = claims_at(scheme, 0)
    assert allocate(scheme=scheme, now=NOW) == NOTHING
    change_policy(scheme, settle_lag_hours=0)
    allocate(scheme=scheme, now=NOW)
    assert states(claim) == ["settled"]


# ------------------------------------------------------------------ money that comes, and comes back


def test_a_top_up_goes_down_the_waitlist_in_order():
    scheme = make_scheme(budget_fen=30_000)
    claims = claims_at(scheme, 30, 20, 10, 0)
    fourth, third, second, first = claims
    allocate(scheme=scheme, now=NOW)
    assert states(first, second, third, fourth) == ["settled", "waitlisted", "waitlisted", "waitlisted"]
    top_up(scheme, 60_000)
    assert allocate(scheme=scheme, now=NOW) == Allocation(settled=2, waitlisted=0, refused=0)
    assert states(first, second, third, fourth) == ["settled", "settled", "settled", "waitlisted"]
    reserved = scheme.ledger.filter(kind="reserve").order_by("seq").values_list("claim_id", flat=True)
    assert list(reserved) == [first.pk, second.pk, third.pk]


def test_money_that_is_released_goes_to_the_next_in_line():
    scheme = make_scheme(budget_fen=30_000)
    first, second, third = claims_at(scheme, 0, 10, 20)
    allocate(scheme=scheme, now=NOW)
    append_for_claims(scheme=scheme, kind="release", claim_ids=[first.pk], by=None, now=NOW)
    put_in(first, "cancelled")
    allocate(scheme=scheme, now=NOW)
    assert states(second, third) == ["settled", "waitlisted"]
    assert verify_ledger(scheme=scheme) == []


def test_a_top_up_that_is_too_small_for_the_first_in_line_helps_nobody_under_strict():
    scheme = make_scheme(budget_fen=10_000)
    (june,) = claims_at(scheme, 0)
    august = make_claim(scheme, completed_at=local("2022-08-10 12:00:00"))
    allocate(scheme=scheme, now=NOW)
    top_up(scheme, 10_000)
    allocate(scheme=scheme, now=NOW)
    assert states(june, august) == ["waitlisted", "waitlisted"]


def test_and_under_skip_whoever_it_is_enough_for():
    scheme = make_scheme(budget_fen=5_000, head_of_line="skip")
    (june,) = claims_at(scheme, 0)
    august = make_claim(scheme, completed_at=local("2022-08-10 12:00:00"))
    allocate(scheme=scheme, now=NOW)
    top_up(scheme, 10_000)
    allocate(scheme=scheme, now=NOW)
    assert states(june, august) == ["waitlisted", "settled"]


def test_a_pending_claim_that_is_refused_sets_its_money_free():
    scheme = make_scheme(budget_fen=30_000)
    (pending,) = claims_at(scheme, 0, state="checking")
    (behind,) = claims_at(scheme, 10)
    allocate(scheme=scheme, now=NOW)
    assert states(behind) == ["waitlisted"]
    put_in(pending, "refused")
    allocate(scheme=scheme, now=NOW)
    assert states(behind) == ["settled"]


def test_the_second_bike_of_a_person_is_refused_and_the_reason_is_in_its_history():
    scheme, xiaofang = make_scheme(), OwnerFactory()
    first, second = claims_at(scheme, 0, 10, owner=xiaofang)
    assert allocate(scheme=scheme, now=NOW) == Allocation(settled=1, waitlisted=0, refused=1)
    assert states(first, second) == ["settled", "refused"]
    assert second.events.last().refusals == ["person_cap"]


def test_a_person_who_has_been_paid_has_had_the_cap():
    scheme, xiaofang = make_scheme(), OwnerFactory()
    (paid,) = claims_at(scheme, 0, owner=xiaofang)
    put_in(paid, "paid")
    (second,) = claims_at(scheme, 10, owner=xiaofang)
    allocate(scheme=scheme, now=NOW)
    assert states(second) == ["refused"]


@pytest.mark.parametrize("ended", ["recovered", "cancelled", "refused"])
def test_a_person_whose_claim_has_ended_may_be_served_again(ended):
    scheme, xiaofang = make_scheme(), OwnerFactory()
    (old,) = claims_at(scheme, 0, owner=xiaofang)
    put_in(old, ended)
    (second,) = claims_at(scheme, 10, owner=xiaofang)
    allocate(scheme=scheme, now=NOW)
    assert states(second) == ["settled"]


def test_allocating_again_changes_nothing():
    scheme = make_scheme(budget_fen=30_000)
    claims_at(scheme, 0, 10)
    allocate(scheme=scheme, now=NOW)
    before = scheme.ledger.count()
    assert allocate(scheme=scheme, now=NOW) == NOTHING
    assert scheme.ledger.count() == before


def test_another_schemes_queue_is_left_alone():
    mine, other = make_scheme(year=2021), make_scheme()
    (claim,) = claims_at(other, 0)
    assert allocate(scheme=mine, now=NOW) == NOTHING
    assert states(claim) == ["eligible"]


def test_whoever_allocates_is_named_in_history_and_ledger():
    scheme, clerk = make_scheme(), UserFactory()
    (claim,) = claims_at(scheme, 0)
    allocate(scheme=scheme, now=NOW, by=clerk)
    assert (claim.events.last().verb, claim.events.last().by) == ("allocate", clerk)
    assert claim.ledger.get().by == clerk
