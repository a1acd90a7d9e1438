"""First come, first served: who gets the money, who waits, and who is not decided yet."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subsidies.engine.queue import Funds, OpenClaim, Outcome, QueuePolicy, decide
from tests.factories import local

NOON = local("2022-06-10 12:00:00")
STRICT, SKIP = QueuePolicy(strict=True), QueuePolicy(strict=False)
SETTLE, WAIT, HOLD, REFUSE = Outcome.SETTLE, Outcome.WAIT, Outcome.HOLD, Outcome.REFUSE


def claim(rank, yuan=300, *, person=None, stage=1, eligible=True, ripe=True):
    """The claim that came `rank`-th, of a person of its own unless one is named."""
    place = (NOON + timedelta(minutes=rank), NOON, rank)
    return OpenClaim(place, person if person is not None else 1000 + rank, stage, yuan, eligible, ripe)


def pending(rank, yuan=300, **more):
    return claim(rank, yuan, eligible=False, **more)


def outcomes(queue, left, policy=STRICT, **funds):
    return list(decide(queue, Funds(left, **funds), policy).values())


def test_an_empty_queue_decides_nothing():
    assert decide([], Funds(1000), STRICT) == {}


def test_money_goes_to_the_first_until_it_is_gone():
    assert outcomes([claim(1), claim(2), claim(3)], 600) == [SETTLE, SETTLE, WAIT]


def test_the_last_fen_is_given_out_but_not_one_more():
    assert outcomes([claim(1)], 300) == [SETTLE]
    assert outcomes([claim(1)], 299) == [WAIT]


def test_nobody_is_paid_in_part():
    assert outcomes([claim(1), claim(2)], 599) == [SETTLE, WAIT]


def test_under_strict_nobody_skips_ahead_of_a_claim_that_does_not_fit():
    assert outcomes([claim(1), claim(2), claim(3, 100, stage=3)], 400, STRICT) == [SETTLE, WAIT, WAIT]


def test_under_skip_a_smaller_claim_behind_it_is_tried():
    assert outcomes([claim(1), claim(2), claim(3, 100, stage=3)], 400, SKIP) == [SETTLE, WAIT, SETTLE]


def test_a_full_stage_stops_its_own_queue_and_no_other():
    queue = [claim(1), claim(2), claim(3, 200, stage=2), claim(4)]
    assert outcomes(queue, 10_000, stage_left_fen={1: 300}) == [SETTLE, WAIT, SETTLE, WAIT]


def test_a_claim_that_its_stage_has_no_room_for_does_not_stop_the_scheme():
    queue = [claim(1), claim(2, 100, stage=3)]
    assert outcomes(queue, 100, stage_left_fen={1: 0}) == [WAIT, SETTLE]


def test_a_claim_that_the_scheme_has_no_room_for_uses_nothing_of_its_stage():
    queue = [claim(1, 300), claim(2, 100)]
    assert outcomes(queue, 200, SKIP, stage_left_fen={1: 100}) == [WAIT, SETTLE]


def test_a_pending_claim_ahead_holds_its_money():
    assert outcomes([pending(1), claim(2)], 300) == [HOLD, WAIT]
    assert outcomes([pending(1), claim(2)], 600) == [HOLD, SETTLE]


def test_a_pending_claim_that_does_not_fit_stops_the_strict_queue_too():
    assert outcomes([pending(1, 300), claim(2, 100, stage=3)], 200, STRICT) == [HOLD, WAIT]
    assert outcomes([pending(1, 300), claim(2, 100, stage=3)], 200, SKIP) == [HOLD, SETTLE]


def test_within_the_settle_lag_a_claim_holds_its_money_and_is_not_settled():
    assert outcomes([claim(1, ripe=False), claim(2)], 300) == [HOLD, WAIT]


def test_a_late_record_takes_its_true_place_among_the_open():
    on_time = [claim(2), claim(3)]
    assert outcomes(on_time, 600) == [SETTLE, SETTLE]
    assert outcomes([*on_time, claim(1)], 600) == [SETTLE, SETTLE, WAIT]


def test_of_one_completion_time_the_record_received_first_goes_first_then_the_lower_id():
    first = replace(claim(9), place=(NOON, NOON, 9))
    second = replace(claim(3), place=(NOON, NOON + timedelta(seconds=1), 3))
    third = replace(claim(4), place=(NOON, NOON + timedelta(seconds=1), 4))
    assert decide([third, second, first], Funds(600), STRICT) == {9: SETTLE, 3: SETTLE, 4: WAIT}


def test_a_second_bike_of_one_person_is_refused_and_its_money_stays_free():
    queue = [claim(1, person=7), claim(2, person=7), claim(3)]
    assert outcomes(queue, 600) == [SETTLE, REFUSE, SETTLE]


def test_what_a_person_was_granted_before_counts():
    assert outcomes([claim(1, person=7)], 600, served={7: 1}) == [REFUSE]


def test_a_cap_of_two_lets_two_through():
    queue = [claim(n, person=7) for n in (1, 2, 3)]
    assert outcomes(queue, 900, QueuePolicy(per_person_cap=2)) == [SETTLE, SETTLE, REFUSE]


def test_without_a_cap_a_person_may_have_any_number():
    queue = [claim(n, person=7) for n in (1, 2, 3)]
    assert outcomes(queue, 900, QueuePolicy(per_person_cap=None)) == [SETTLE] * 3


def test_behind_an_undecided_claim_of_the_same_person_a_claim_is_held():
    assert outcomes([pending(1, person=7), claim(2, person=7)], 600) == [HOLD, HOLD]


def test_the_held_claim_of_the_same_person_keeps_its_money():
    queue = [pending(1, person=7), claim(2, person=7), claim(3)]
    assert outcomes(queue, 600) == [HOLD, HOLD, WAIT]


def test_a_pending_claim_behind_a_granted_one_of_the_same_person_holds_nobody_up():
    queue = [claim(1, person=7), pending(2, person=7), claim(3)]
    assert outcomes(queue, 600) == [SETTLE, HOLD, SETTLE]


def test_a_waiting_claim_uses_up_the_cap_so_that_a_later_one_cannot_overtake_it():
    queue = [claim(1, 300, person=7), claim(2, 100, person=7, stage=3)]
    assert outcomes(queue, 100, SKIP) == [WAIT, REFUSE]


AMOUNTS = {1: 300, 2: 200, 3: 100}
QUEUES = st.lists(
    st.tuples(
        st.integers(0, 5),  # minutes after noon, and seconds of reception: collisions are wanted
        st.integers(0, 2),
        st.integers(0, 4),  # person
        st.sampled_from([1, 2, 3]),  # stage
        st.booleans() | st.just(True),  # eligible
        st.booleans() | st.just(True),  # ripe
    ),
    max_size=25,
).map(
    lambda drawn: [
        OpenClaim(
            (NOON + timedelta(minutes=m), NOON + timedelta(seconds=r), number),
            person,
            stage,
            AMOUNTS[stage],
            eligible,
            ripe,
        )
        for number, (m, r, person, stage, eligible, ripe) in enumerate(drawn)
    ]
)
MONEY = st.integers(0, 30).map(lambda n: n * 100)
FUNDS = st.builds(
    Funds,
    MONEY,
    st.dictionaries(st.sampled_from([1, 2, 3]), MONEY),
    st.dictionaries(st.integers(0, 4), st.integers(0, 2)),
)
POLICIES = st.builds(QueuePolicy, st.booleans(), st.sampled_from([None, 1, 2]))


def settled(queue, decided):
    return [c for c in queue if decided[c.id] is SETTLE]


@given(QUEUES, FUNDS, POLICIES)
def test_neither_the_scheme_nor_a_stage_is_ever_oversold(queue, funds, policy):
    given_out = settled(queue, decide(queue, funds, policy))
    assert sum(c.amount_fen for c in given_out) <= funds.left_fen
    for stage, left in funds.stage_left_fen.items():
        assert sum(c.amount_fen for c in given_out if c.stage == stage) <= left


@given(QUEUES, FUNDS, POLICIES)
def test_nobody_has_more_than_the_cap(queue, funds, policy):
    granted = Counter(funds.served) + Counter(c.person for c in settled(queue, decide(queue, funds, policy)))
    for person in {c.person for c in queue}:
        assert policy.per_person_cap is None or granted[person] <= max(
            policy.per_person_cap, funds.served.get(person, 0)
        )


@given(QUEUES, FUNDS, st.sampled_from([None, 1, 2]))
def test_under_strict_nobody_behind_a_waiting_claim_of_the_same_stage_is_settled(queue, funds, cap):
    decided = decide(queue, funds, QueuePolicy(strict=True, per_person_cap=cap))
    for waiting in (c for c in queue if decided[c.id] is WAIT):
        behind = [c for c in queue if c.place > waiting.place and c.stage == waiting.stage]
        assert not settled(behind, decided)


@given(QUEUES, MONEY, st.sampled_from([None, 1, 2]))
def test_under_strict_without_stage_caps_nobody_at_all_behind_a_waiting_claim_is_settled(queue, left, cap):
    decided = decide(queue, Funds(left), QueuePolicy(strict=True, per_person_cap=cap))
    for waiting in (c for c in queue if decided[c.id] is WAIT):
        assert not settled([c for c in queue if c.place > waiting.place], decided)


@given(QUEUES, FUNDS, POLICIES, st.randoms(use_true_random=False))
def test_the_order_in_which_records_arrive_is_irrelevant(queue, funds, policy, random):
    shuffled = random.sample(queue, len(queue))
    assert decide(shuffled, funds, policy) == decide(queue, funds, policy)


@given(QUEUES, FUNDS, POLICIES)
def test_walking_again_after_the_money_is_booked_settles_nobody_else(queue, funds, policy):
    decided = decide(queue, funds, policy)
    gone = settled(queue, decided)
    booked = Funds(
        funds.left_fen - sum(c.amount_fen for c in gone),
        {
            s: left - sum(c.amount_fen for c in gone if c.stage == s)
            for s, left in funds.stage_left_fen.items()
        },
        Counter(funds.served) + Counter(c.person for c in gone),
    )
    rest = [c for c in queue if decided[c.id] in (WAIT, HOLD)]
    assert decide(rest, booked, policy) == {c.id: decided[c.id] for c in rest}


@given(QUEUES, FUNDS, POLICIES)
def test_an_undecided_claim_is_never_decided_by_the_walk(queue, funds, policy):
    decided = decide(queue, funds, policy)
    assert {decided[c.id] for c in queue if not c.eligible} <= {HOLD}
    assert {decided[c.id] for c in queue if not c.ripe} <= {HOLD, WAIT, REFUSE}


@given(QUEUES, FUNDS, st.sampled_from([None, 1, 2]))
def test_under_strict_a_pending_claim_that_drops_out_costs_nobody_the_money(queue, funds, cap):
    policy = QueuePolicy(strict=True, per_person_cap=cap)
    before = decide(queue, funds, policy)
    for dropout in [c for c in queue if not c.eligible][:3]:
        after = decide([c for c in queue if c is not dropout], funds, policy)
        assert all(after[c.id] is SETTLE for c in settled(queue, before))


@pytest.mark.parametrize("policy", [STRICT, SKIP])
def test_enough_money_for_all_leaves_nobody_waiting(policy):
    queue = [claim(n, AMOUNTS[n % 3 + 1], stage=n % 3 + 1) for n in range(30)]
    assert outcomes(queue, sum(c.amount_fen for c in queue), policy) == [SETTLE] * 30
