"""What staff read before claims end is what the allocator then does."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subsidies.allocation.services.allocate import allocate
from subsidies.claims.services.undo import CANCEL_FROM, REFUSE_FROM, cancel_claims, refuse_claims
from subsidies.models import Claim
from subsidies.review.selectors.freed_money import freed_money
from tests.examples import examples
from tests.factories import NOW, OwnerFactory, UserFactory, local, make_claim, make_scheme
from tests.undone import undone

pytestmark = pytest.mark.django_db

JUNE, JULY = local("2022-06-10 12:00:00"), local("2022-07-10 12:00:00")
LATER = timedelta(minutes=1)


def only(*claims):
    return Claim.objects.filter(pk__in=[claim.pk for claim in claims])


def told_and_done(scheme, *ending, now=NOW):
    """How many of the waitlisted are said to be reached by a withdrawal, and how many then are."""
    waiting = set(Claim.objects.filter(state="waitlisted").values_list("pk", flat=True))
    told = freed_money(only(*ending), ending_from=CANCEL_FROM, now=now)
    cancel_claims(scheme=scheme, claims=only(*ending), by=UserFactory(), now=now, note="x")
    allocate(scheme=scheme, now=now)
    return told.reached, Claim.objects.filter(pk__in=waiting, state="settled").count()


def test_a_stage_whose_cap_is_reached_stops_that_stage_alone():
    """June's cap is used up and somebody of June waits first in line; July's money comes free, and goes to July."""
    scheme = make_scheme(budget_fen=50_000, caps=(30_000, None, None))
    _first, _june_waits = make_claim(scheme, completed_at=JUNE), make_claim(scheme, completed_at=JUNE + LATER)
    in_july, _july_waits = (
        make_claim(scheme, completed_at=JULY),
        make_claim(scheme, completed_at=JULY + LATER),
    )
    allocate(scheme=scheme, now=NOW)
    assert [claim.state for claim in Claim.objects.order_by("pk")] == ["settled", "waitlisted"] * 2
    assert told_and_done(scheme, in_july) == (1, 1)


def test_those_who_are_still_being_checked_go_first():
    """Two come free; before those who wait for money stands somebody whose checks are out."""
    scheme = make_scheme(budget_fen=60_000)
    got = [make_claim(scheme, completed_at=JUNE + n * LATER) for n in range(2)]
    make_claim(scheme, completed_at=JUNE + 2 * LATER, state="checking")
    for n in range(3, 6):
        make_claim(scheme, completed_at=JUNE + n * LATER)
    allocate(scheme=scheme, now=NOW)
    assert told_and_done(scheme, *got) == (1, 1)


def test_a_person_who_has_had_the_cap_is_passed_over():
    scheme = make_scheme(budget_fen=60_000)
    li = OwnerFactory()
    got = [make_claim(scheme, completed_at=JUNE), make_claim(scheme, completed_at=JUNE + LATER, owner=li)]
    make_claim(scheme, completed_at=JUNE + 2 * LATER, owner=li, state="waitlisted")
    make_claim(scheme, completed_at=JUNE + 3 * LATER, state="waitlisted")
    allocate(scheme=scheme, now=NOW)
    assert told_and_done(scheme, got[0]) == (1, 1)


def test_nobody_is_reached_before_the_lag_has_passed():
    scheme = make_scheme(budget_fen=30_000, settle_lag_hours=24)
    got, waits = (make_claim(scheme, completed_at=JUNE + timedelta(hours=hours)) for hours in (0, 20))
    now = JUNE + timedelta(hours=25)
    allocate(scheme=scheme, now=now)
    waits.refresh_from_db()
    assert waits.state == "waitlisted"
    assert told_and_done(scheme, got, now=now) == (0, 0)


@settings(
    max_examples=examples(12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rule=st.sampled_from(["strict", "skip"]),
    budget=st.integers(min_value=1, max_value=12),
    cap=st.none() | st.integers(min_value=1, max_value=6),
    claims=st.lists(
        st.tuples(
            st.sampled_from([JUNE, JULY]),
            st.sampled_from(["eligible", "eligible", "checking"]),
            st.booleans(),
        ),
        min_size=2,
        max_size=8,
    ),
)
@undone()
def test_what_is_told_is_what_the_allocator_then_does(db, rule, budget, cap, claims):
    scheme = make_scheme(
        budget_fen=budget * 10_000, head_of_line=rule, caps=(cap and cap * 10_000, None, None)
    )
    made = [
        (make_claim(scheme, completed_at=month + n * LATER, state=state), ends)
        for n, (month, state, ends) in enumerate(claims)
    ]
    allocate(scheme=scheme, now=NOW)
    told, done = told_and_done(scheme, *(claim for claim, ends in made if ends))
    assert told == done


def test_a_refusal_of_many_frees_the_sum_of_what_was_set_aside():
    scheme = make_scheme(budget_fen=60_000)
    got = [make_claim(scheme, completed_at=JUNE + n * LATER) for n in range(2)]
    waits = make_claim(scheme, completed_at=JUNE + 2 * LATER)
    allocate(scheme=scheme, now=NOW)
    told = freed_money(only(*got, waits), ending_from=REFUSE_FROM, now=NOW)
    assert (told.fen, told.waiting, told.reached) == (60_000, 1, 0)
    refuse_claims(
        scheme=scheme,
        claims=only(*got, waits),
        reasons=["untrue_record"],
        by=UserFactory(),
        now=NOW,
        note="x",
    )
    scheme.refresh_from_db()
    assert scheme.available_fen == 60_000
