"""The replay: its short cuts leave out nobody, and what happened after money was given out stays as it was."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from subsidies.engine.legs import Entrant, Leg, Standing, Turn, fewer
from subsidies.engine.queue import Funds, OpenClaim, Outcome, QueuePolicy, decide
from subsidies.engine.replay import replay
from tests.factories import local

NOON = local("2022-06-10 12:00:00")
HOUR = timedelta(hours=1)
AMOUNTS = {1: 300, 2: 200, 3: 100}


def claim(no, rank=None, *, person=None, stage=1, amount=None, eligible=True):
    place = (NOON + HOUR * (no if rank is None else rank), NOON, no)
    return OpenClaim(place, 100 + no if person is None else person, stage, amount or AMOUNTS[stage], eligible)


def entrant(no, **more):
    asks = claim(no, **more)
    return Entrant(claim(no, **more, eligible=False), asks)


def leg(n, turns, *, funded=900, caps=None, policy=None, lag=timedelta(), **more):
    at = NOON + timedelta(days=n)
    return Leg(at, policy or QueuePolicy(), at - lag, funded, caps or {}, turns, **more)


def arrives(*numbers):
    return [(no, turn) for no in numbers for turn in (Turn.ARRIVES, Turn.PASSES)]


def having(entrants, *legs):
    return sorted(replay(entrants, legs).having_money())


def test_a_late_record_takes_nothing_from_whoever_was_settled_before_it_came():
    entrants = [entrant(0, rank=5), entrant(1, rank=1)]
    assert having(entrants, leg(1, arrives(0), funded=300), leg(2, arrives(1), funded=300)) == [0]
    assert having(entrants, leg(2, arrives(0, 1), funded=300)) == [1]


def test_whoever_withdraws_without_having_had_money_in_fact_frees_what_the_replay_gave():
    entrants = [entrant(0), entrant(1)]
    legs = leg(1, arrives(0, 1), funded=300), leg(2, [(0, Turn.ENDS)], funded=300)
    assert having(entrants, *legs) == [1]


def test_under_strict_whoever_does_not_fit_stops_the_other_stages_too():
    entrants = [entrant(0), entrant(1), entrant(2, stage=2)]
    assert having(entrants, leg(1, arrives(0, 1, 2), funded=500)) == [0]


def test_what_the_ledger_gave_back_comes_back_in_proportion_to_the_amount_in_the_replay():
    given = Entrant(claim(0, eligible=False), claim(0), granted_fen=200)
    found = replay([given], [leg(1, arrives(0)), leg(2, [], money=[(0, 100)])])
    assert (found.granted_fen[0], found.left_fen) == (300, 900 - 300 + 150)


def test_a_second_claim_for_one_bike_does_not_come_in_while_the_first_lives():
    second = Entrant(claim(1, eligible=False), claim(1), rivals=(0,))
    assert having([entrant(0), second], leg(1, arrives(0)), leg(2, arrives(1))) == [0]
    assert having([entrant(0), second], leg(1, arrives(0)), leg(2, [(0, Turn.ENDS), *arrives(1)])) == [1]


def test_after_the_last_walk_nobody_is_given_anything():
    assert having([entrant(0)], leg(1, arrives(0), walks=False)) == []


def test_many_walks_are_laid_together_by_the_hour_and_then_by_the_day_and_lose_nothing():
    minutes = [
        Leg(NOON + timedelta(minutes=7 * n), QueuePolicy(), NOON, n, {}, arrives(n)) for n in range(60)
    ]
    hours, days = fewer(minutes, 10), fewer(minutes, 3)
    assert (fewer(minutes, 60), len(hours), len(days)) == (minutes, 7, 1)
    for laid in (hours, days):
        assert [turn for each in laid for turn in each.turns] == [
            turn for each in minutes for turn in each.turns
        ]
        assert (laid[-1].at, laid[-1].funded_fen) == (minutes[-1].at, minutes[-1].funded_fen)


# ------------------------------------------------------------------ beside the plain walk, without short cuts

CLAIMS = st.lists(
    st.tuples(
        st.integers(0, 6),  # when it was completed: collisions are wanted
        st.integers(0, 5) | st.integers(6, 60),  # person: of some one has several, most have one
        st.sampled_from([1, 2, 3]),
        st.booleans(),  # a smaller amount than its stage's others
        st.integers(0, 3),  # arrives before this walk
        st.integers(0, 3),  # passes, that much later; 3: never
        st.integers(0, 9),  # ends before this walk, where there is one
    ),
    max_size=20,
)
TERMS = st.lists(
    st.tuples(
        st.booleans(),
        st.sampled_from([None, 1, 2]),
        st.integers(2, 20),
        st.sampled_from([None, 2, 5]),
        st.sampled_from([0, 90]),
    ),
    min_size=4,
    max_size=6,
)


def plainly(entrants, legs):
    """The same by `decide` over the whole queue at every walk."""
    standing, granted = {}, {}
    for each in legs:
        for no, turn in each.turns:
            if standing.get(no) != "gone":
                standing[no] = {Turn.ARRIVES: "pending", Turn.PASSES: "eligible", Turn.ENDS: "gone"}[turn]
        asks = {no: entrants[no].asks for no, where in standing.items() if where != "gone"}
        alive = granted.keys() & asks.keys()
        used = Counter()
        for no in alive:
            used[asks[no].stage] += granted[no]
        queue = [
            replace(asks[no], eligible=standing[no] == "eligible", ripe=asks[no].place[0] <= each.ripe_until)
            for no in asks.keys() - alive
        ]
        caps = {no: cap - used[no] for no, cap in each.caps.items()}
        funds = Funds(each.funded_fen - used.total(), caps, Counter(asks[no].person for no in alive))
        found = decide(queue, funds, each.policy)
        granted |= {no: asks[no].amount_fen for no, outcome in found.items() if outcome is Outcome.SETTLE}
        standing |= {no: "gone" for no, outcome in found.items() if outcome is Outcome.REFUSE}
    return {no for no in granted if standing[no] != "gone"}


@settings(max_examples=300)
@given(CLAIMS, TERMS)
def test_the_short_cuts_change_nothing(drawn, terms):
    people = Counter(person for _rank, person, *_rest in drawn)
    entrants, turns = [], [[] for _ in terms]
    for no, (rank, person, stage, small, arrives_at, wait, ends) in enumerate(drawn):
        amount = AMOUNTS[stage] // (1 + small)
        told = {"person": person, "stage": stage, "amount": amount}
        entrants.append(
            Entrant(claim(no, rank, **told, eligible=False), claim(no, rank, **told), people[person] > 1)
        )
        turns[arrives_at].append((no, Turn.ARRIVES))
        if wait < 3 and arrives_at + wait < len(terms):
            turns[arrives_at + wait].append((no, Turn.PASSES))
        if arrives_at + wait < ends < len(terms):
            turns[ends].append((no, Turn.ENDS))
    legs = [
        leg(
            n,
            turns[n],
            funded=100 * funded,
            caps={} if cap is None else {1: 100 * cap},
            policy=QueuePolicy(strict, each),
            lag=HOUR * lag,
        )
        for n, (strict, each, funded, cap, lag) in enumerate(terms)
    ]
    found = replay(entrants, legs)
    assert set(found.having_money()) == plainly(entrants, legs)
    assert not any(found.standing[no] is Standing.ABSENT for no in range(len(drawn)))
