"""A confirmed file makes its claims: one each, once, in the order received."""

from datetime import date, timedelta

import pytest

from subsidies.claims.services.receive import receive_claims
from subsidies.models import Claim
from tests.console import put_in
from tests.factories import NOW, TradeInFactory, UserFactory, local, make_claim, make_scheme
from tests.laid import laid

pytestmark = pytest.mark.django_db


@laid
def scheme():
    return make_scheme()


def receive(batch):
    return receive_claims(batch_id=batch.pk, by=None, now=NOW)


def claim_of(trade_in):
    return Claim.objects.get(trade_in=trade_in)


def test_every_trade_in_of_the_file_makes_one_claim(scheme, make_batch):
    batch = make_batch()
    trade_ins = [TradeInFactory(batch=batch) for _ in range(3)]
    assert receive(batch) == 3
    assert {claim_of(t).state for t in trade_ins} == {"received"}


def test_a_second_time_makes_none(scheme, make_batch):
    batch = make_batch()
    TradeInFactory(batch=batch)
    receive(batch)
    assert receive(batch) == 0
    assert Claim.objects.count() == 1


def test_other_files_are_left_alone(scheme, make_batch):
    TradeInFactory(batch=make_batch())
    assert receive(make_batch()) == 0


def test_the_stage_and_place_follow_the_records_own_times_until_the_authorities_answer(scheme, make_batch):
    batch = make_batch()
    trade_in = TradeInFactory(batch=batch, day=date(2022, 7, 2))
    receive(batch)
    claim = claim_of(trade_in)
    assert (claim.stage.no, claim.amount_fen) == (2, 20000)
    assert (claim.completed_at, claim.completed_by) == (trade_in.plated_at, "plated_at")
    assert (claim.received_at, claim.next_check_at) == (trade_in.received_at, NOW)
    assert claim.policy == scheme.policies.get()


@pytest.mark.parametrize(
    ("completed", "stage"),
    [
        ("2022-05-31 23:59:59", None),
        ("2022-06-01 00:00:00", 1),
        ("2022-06-30 23:59:59", 1),
        ("2022-07-01 00:00:00", 2),
        ("2022-09-01 00:00:00", None),
    ],
)
def test_a_stage_begins_at_midnight_in_hangzhou(scheme, make_batch, completed, stage):
    batch = make_batch()
    trade_in = TradeInFactory(batch=batch, day=date(2022, 5, 30), plated_at=local(completed))
    receive(batch)
    claim = claim_of(trade_in)
    assert (claim.stage and claim.stage.no) == stage
    assert (claim.amount_fen == 0) == (stage is None)


@pytest.mark.parametrize("event", ["deregistered_at", "collected_at", "purchased_at", "plated_at"])
def test_the_latest_event_decides(scheme, make_batch, event):
    batch = make_batch()
    trade_in = TradeInFactory(batch=batch, **{event: local("2022-06-20 08:00:00")})
    receive(batch)
    claim = claim_of(trade_in)
    assert (claim.completed_by, claim.completed_at) == (event, local("2022-06-20 08:00:00"))


def test_of_events_at_one_time_the_later_in_the_process_decides_as_in_the_checks(scheme, make_batch):
    batch, noon = make_batch(), local("2022-06-20 12:00:00")
    trade_in = TradeInFactory(
        batch=batch, deregistered_at=noon, collected_at=noon, purchased_at=noon, plated_at=noon - timedelta(1)
    )
    receive(batch)
    assert claim_of(trade_in).completed_by == "purchased_at"


# ------------------------------------------------------------------ duplicates


@pytest.mark.parametrize(
    ("same", "reason"),
    [("filing_plate_no", "bike_already_claimed"), ("vehicle_code", "vehicle_already_claimed")],
)
@pytest.mark.parametrize("in_one_file", [True, False], ids=["in one file", "across files"])
def test_the_second_of_two_is_refused_and_told_why(scheme, make_batch, same, reason, in_one_file):
    batch = make_batch()
    first = TradeInFactory(batch=batch)
    later = batch if in_one_file else make_batch()
    second = TradeInFactory(batch=later, **{same: getattr(first, same)})
    receive(batch)
    receive(later)
    assert claim_of(first).state == "received"
    assert (claim_of(second).state, claim_of(second).refusals) == ("refused", [reason])
    assert claim_of(second).next_check_at is None


def test_both_reasons_are_said(scheme, make_batch):
    batch = make_batch()
    first = TradeInFactory(batch=batch)
    second = TradeInFactory(
        batch=batch, filing_plate_no=first.filing_plate_no, vehicle_code=first.vehicle_code
    )
    receive(batch)
    assert claim_of(second).refusals == ["bike_already_claimed", "vehicle_already_claimed"]


def test_the_event_of_a_refusal_at_the_door_says_why(scheme, make_batch):
    batch, clerk = make_batch(), UserFactory()
    first = TradeInFactory(batch=batch)
    second = TradeInFactory(batch=batch, vehicle_code=first.vehicle_code)
    receive_claims(batch_id=batch.pk, by=clerk, now=NOW)
    event = claim_of(second).events.get()
    assert (event.from_state, event.to_state, event.refusals) == ("", "refused", ["vehicle_already_claimed"])
    assert (event.verb, event.by, event.at) == ("receive_claims", clerk, NOW)


@pytest.mark.parametrize("ended", ["refused", "cancelled", "recovered"])
def test_a_bike_whose_claim_has_ended_may_claim_again(scheme, make_batch, ended):
    old = make_claim(scheme)
    put_in(old, ended)
    batch = make_batch()
    again = TradeInFactory(batch=batch, filing_plate_no=old.filing_plate_no)
    receive(batch)
    assert claim_of(again).state == "received"


@pytest.mark.parametrize("live", ["settled", "paid", "recovering", "payout_failed"])
def test_a_bike_whose_claim_is_live_may_not_whatever_became_of_it(scheme, make_batch, live):
    old = make_claim(scheme)
    put_in(old, live)
    batch = make_batch()
    make_scheme(year=2021)
    again = TradeInFactory(batch=batch, filing_plate_no=old.filing_plate_no, day=date(2021, 6, 10))
    receive(batch)
    assert claim_of(again).refusals == ["bike_already_claimed"]
