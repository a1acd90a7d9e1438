"""Work follows what changed: an idle queue is not walked, a partial walk leaves what the whole one would leave."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.audit.acting import acting
from subsidies.allocation.services.allocate import NOTHING, allocate
from subsidies.models import Claim, WalkDue
from subsidies.states import GRANTED, ClaimState
from tests.examples import examples
from tests.factories import NOW, OwnerFactory, change_policy, local, make_claim, make_scheme, top_up
from tests.undone import undone

pytestmark = pytest.mark.django_db

NOON = local("2022-06-10 12:00:00")


@pytest.fixture
def settled_queue():
    """Money for one, who has it; another waits. The queue has been walked."""
    scheme = make_scheme(budget_fen=30_000)
    first, second = (make_claim(scheme, completed_at=NOON + timedelta(minutes=m)) for m in (0, 1))
    allocate(scheme=scheme, now=NOW)
    return scheme, first, second


def move(claim, *states):
    with acting("test", by=None, now=NOW):
        for state in states:
            Claim.objects.filter(pk=claim.pk).update(state=state)


def due(scheme):
    return WalkDue.objects.filter(scheme=scheme, due_at=None).exists()


def test_the_databases_granted_states_are_those_of_the_table():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE NONE")
        cursor.execute("SELECT s FROM unnest(%s::text[]) s WHERE claim_granted(s)", [list(ClaimState.values)])
        assert {state for (state,) in cursor.fetchall()} == {*GRANTED}


def test_an_idle_queue_is_only_looked_at(settled_queue):
    scheme, *_claims = settled_queue
    with CaptureQueriesContext(connection) as queries:
        assert allocate(scheme=scheme, now=NOW) == NOTHING
    assert len(queries) == 1
    assert "subsidies_walkdue" in queries[0]["sql"]
    assert "FOR" not in queries[0]["sql"]


def test_whoever_comes_new_is_a_reason(settled_queue):
    scheme, *_claims = settled_queue
    make_claim(scheme, completed_at=NOON, state="received")
    assert due(scheme)


def test_the_way_of_granted_money_is_none(settled_queue):
    scheme, first, _second = settled_queue
    Claim.objects.filter(pk=first.pk).update(next_check_at=None)
    with acting("test", by=None, now=NOW):
        Claim.objects.filter(pk=first.pk).update(state="on_notice")
    assert not due(scheme)


def test_an_end_is_one(settled_queue):
    scheme, _first, second = settled_queue
    move(second, "cancelled")
    assert due(scheme)


def test_more_money_is_one(settled_queue):
    scheme, _first, second = settled_queue
    top_up(scheme, 30_000)
    allocate(scheme=scheme, now=NOW)
    second.refresh_from_db()
    assert second.state == "settled"


def test_other_rules_are_one(settled_queue):
    scheme, *_claims = settled_queue
    change_policy(scheme, head_of_line="skip")
    assert due(scheme)


def test_so_many_at_once_are_one_reason(settled_queue):
    scheme, *_claims = settled_queue
    for _each in range(101):
        make_claim(scheme, completed_at=NOON, state="received")
    allocate(scheme=scheme, now=NOW)
    with acting("test", by=None, now=NOW):
        Claim.objects.filter(scheme=scheme, state="received").update(state="checking")
    assert list(WalkDue.objects.filter(scheme=scheme, due_at=None).values_list("owner_id", flat=True)) == [
        None
    ]


def test_a_lag_that_passes_is_one():
    scheme = make_scheme(settle_lag_hours=24)
    claim = make_claim(scheme, completed_at=NOON)
    allocate(scheme=scheme, now=NOON)
    assert allocate(scheme=scheme, now=NOON + timedelta(hours=23)) == NOTHING
    assert allocate(scheme=scheme, now=NOON + timedelta(hours=24)).settled == 1
    claim.refresh_from_db()
    assert claim.state == "settled"


def test_once_a_day_it_is_walked_whole_for_no_reason(settled_queue):
    scheme, *_claims = settled_queue
    again = WalkDue.objects.get(scheme=scheme)
    assert (again.owner_id, again.due_at) == (None, NOW + timedelta(days=1))


CHANGES = st.lists(
    st.tuples(
        st.integers(0, 5),  # whose: of six people
        st.integers(0, 20),  # minutes after noon
        st.sampled_from([1, 2, 3]),  # the month of its stage
        st.sampled_from(["new", "eligible", "refused", "cancelled", "checking"]),
    ),
    min_size=1,
    max_size=8,
)


@settings(
    max_examples=examples(16), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(CHANGES, st.integers(0, 9).map(lambda n: n * 10_000), st.booleans(), st.sampled_from([None, 1, 2]))
@undone()
def test_after_whatever_changed_a_whole_walk_finds_nothing_to_do(changes, budget, strict, cap):
    scheme = make_scheme(
        budget_fen=budget + 10_000, head_of_line="strict" if strict else "skip", per_person_cap=cap
    )
    people = [OwnerFactory() for _ in range(6)]
    for person, minute, month, change in changes:
        whose = people[person]
        if change == "new":
            make_claim(
                scheme,
                owner=whose,
                completed_at=local(f"2022-0{5 + month}-10 12:00:00") + timedelta(minutes=minute),
                state="checking" if minute % 2 else "eligible",
            )
        else:
            claim = (
                Claim.objects.filter(owner=whose, live=True, state__in=_before(change)).order_by("pk").last()
            )
            if claim:
                reasons = {"refusals": ["not_filed"]} if change == "refused" else {}
                with acting("test", by=None, now=NOW):
                    Claim.objects.filter(pk=claim.pk).update(state=change, **reasons)
        allocate(scheme=scheme, now=NOW)
        assert allocate(scheme=scheme, now=NOW, whole=True) == NOTHING


def _before(change):
    """From where a claim that is not granted may make this change."""
    return {"eligible": ["checking"], "checking": ["eligible", "waitlisted"]}.get(
        change, ["checking", "eligible", "waitlisted"]
    )
