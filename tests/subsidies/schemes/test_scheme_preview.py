"""What a change would do is seen before: exactly what the allocator then does."""

from dataclasses import replace
from datetime import timedelta

import hypothesis
import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from subsidies.allocation.services.allocate import allocate
from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.models import Claim
from subsidies.schemes.selectors import preview as preview_module
from subsidies.schemes.selectors.preview import preview_change, preview_proposal
from subsidies.schemes.selectors.terms import Proposal, Terms
from subsidies.schemes.services.changes import approve_change, propose_change
from tests.examples import examples
from tests.factories import NOW, OwnerFactory, UserFactory, local, make_claim, make_scheme

pytestmark = pytest.mark.django_db

NOON = local("2022-06-10 12:00:00")


def claims_at(scheme, *minutes, **more):
    return [make_claim(scheme, completed_at=NOON + timedelta(minutes=m), **more) for m in minutes]


def terms_of(scheme):
    return Terms.of(scheme.policies.latest("version"))


def preview(scheme, budget_fen=0, **differs):
    terms = replace(terms_of(scheme), **differs)
    return preview_change(scheme=scheme, terms=terms, budget_fen=budget_fen, now=NOW)


def moves(found):
    return {
        mover.claim: (each.before.value, each.after.value)
        for each in found.movements
        for mover in each.movers
    }


@pytest.fixture
def waiting():
    """One settled, three on the waitlist, in this order."""
    scheme = make_scheme(budget_fen=30_000)
    third, second, first, settled = claims_at(scheme, 30, 20, 10, 0)
    allocate(scheme=scheme, now=NOW)
    return scheme, [settled, first, second, third]


def test_a_top_up_shows_who_leaves_the_waitlist_in_order(waiting):
    scheme, (_settled, first, second, _third) = waiting
    found = preview(scheme, 70_000)
    (leaving,) = found.movements
    assert [mover.claim for mover in leaving.movers] == [first.pk, second.pk]
    assert [mover.place for mover in leaving.movers] == [1, 2]
    assert {mover.owner for mover in leaving.movers} == {"王**"}
    assert (leaving.count, leaving.sum_fen, leaving.rest) == (2, 60_000, 0)
    assert found.leaving == (2, 60_000)
    assert (found.funded_fen, found.free_fen, found.left_fen) == (100_000, 70_000, 10_000)


def test_looking_changes_nothing(waiting):
    scheme, claims = waiting
    preview(scheme, 70_000)
    allocate(scheme=scheme, now=NOW)
    states = [Claim.objects.get(pk=claim.pk).state for claim in claims]
    assert states == ["settled", "waitlisted", "waitlisted", "waitlisted"]
    assert verify_ledger(scheme=scheme) == []


def test_the_approver_sees_the_same_as_the_proposer(waiting):
    scheme, _claims = waiting
    seen = preview(scheme, 70_000)
    proposal = Proposal(terms_of(scheme), "依据", 70_000)
    change = propose_change(scheme=scheme, proposal=proposal, by=UserFactory(), now=NOW)
    assert preview_proposal(change=change, now=NOW) == seen


def test_a_long_list_is_cut_and_says_how_many_more(waiting, monkeypatch):
    monkeypatch.setattr(preview_module, "SHOWN", 1)
    scheme, (_settled, first, *_rest) = waiting
    (leaving,) = preview(scheme, 90_000).movements
    assert [mover.claim for mover in leaving.movers] == [first.pk]
    assert (leaving.count, leaving.sum_fen, leaving.rest) == (3, 90_000, 2)


def test_a_cut_shows_who_will_have_to_wait():
    scheme = make_scheme(budget_fen=60_000, settle_lag_hours=24 * 365)
    first, second = claims_at(scheme, 0, 10)
    allocate(scheme=scheme, now=NOW)
    found = preview(scheme, -30_000)
    assert moves(found) == {second.pk: ("eligible", "waitlisted")}
    assert first.pk not in moves(found)


def test_a_lower_cap_per_person_shows_who_is_refused():
    xiaofang = OwnerFactory()
    scheme = make_scheme(budget_fen=30_000, per_person_cap=2)
    _first, second = claims_at(scheme, 0, 10, owner=xiaofang)
    allocate(scheme=scheme, now=NOW)
    assert moves(preview(scheme, per_person_cap=1)) == {second.pk: ("waitlisted", "refused")}


def test_what_cannot_be_moves_nobody(waiting):
    scheme, _claims = waiting
    found = preview(scheme, -1)
    assert (found.movements, [fault.field for fault in found.faults]) == ((), ["budget_fen"])


def test_open_claims_are_counted_that_keep_their_version(waiting):
    scheme, _claims = waiting
    claims_at(scheme, 40, state="checking")
    assert preview(scheme, settle_lag_hours=1).pinned == 4


MOMENTS = ("2022-06-10", "2022-06-20", "2022-07-10", "2022-08-10")
a_claim = st.tuples(
    st.sampled_from(MOMENTS), st.integers(0, 2), st.sampled_from(["eligible"] * 4 + ["checking", "review"])
)
money = st.sampled_from([None, 30_000, 50_000, 90_000, 120_000])


rules = st.fixed_dictionaries(
    {
        "head_of_line": st.sampled_from(["strict", "skip"]),
        "per_person_cap": st.sampled_from([None, 1, 2]),
        "settle_lag_hours": st.sampled_from([0, 0, 24 * 60]),
    }
)


@hypothesis.settings(max_examples=examples(20), deadline=None)
@given(
    claims=st.lists(a_claim, min_size=2, max_size=9),
    scheme=st.tuples(st.sampled_from([10_000, 30_000, 60_000, 100_000]), rules),
    then=st.tuples(rules, st.tuples(money, money, money)),
    more=st.sampled_from([-30_000, 0, 10_000, 20_000, 35_000, 70_000]),
    allocated=st.integers(0, 9),
)
def test_the_allocator_then_does_exactly_what_was_seen(claims, scheme, then, more, allocated):
    """`allocated`: after how many claims the allocator ran before the change; the others came since."""
    (budget, first_rules), (new_rules, caps) = scheme, then
    with transaction.atomic():
        scheme = make_scheme(budget_fen=budget, **first_rules)
        people = [OwnerFactory() for _ in range(3)]
        for n, (day, person, state) in enumerate(claims):
            if n == allocated:
                allocate(scheme=scheme, now=NOW)
            make_claim(scheme, completed_at=local(f"{day} 12:00:{n:02}"), owner=people[person], state=state)
        stages = zip(terms_of(scheme).stages, caps, strict=True)
        terms = replace(
            terms_of(scheme), **new_rules, stages=tuple(replace(stage, cap_fen=cap) for stage, cap in stages)
        )
        _preview_then_do(scheme, terms, more)
        transaction.set_rollback(True)


def _preview_then_do(scheme, terms, budget_fen):
    seen = preview_change(scheme=scheme, terms=terms, budget_fen=budget_fen, now=NOW)
    hypothesis.assume(not seen.faults)
    change = propose_change(
        scheme=scheme, proposal=Proposal(terms, "依据", budget_fen), by=UserFactory(), now=NOW
    )
    approve_change(change=change, by=UserFactory(), now=NOW)
    before = dict(Claim.objects.filter(scheme=scheme).values_list("pk", "state"))
    allocate(scheme=scheme, now=NOW)
    after = dict(Claim.objects.filter(scheme=scheme).values_list("pk", "state"))
    hypothesis.event(f"kinds of moves: {len(seen.movements)}")
    assert moves(seen) == {pk: (before[pk], after[pk]) for pk in before if before[pk] != after[pk]}
    scheme.refresh_from_db()
    assert (seen.funded_fen, seen.left_fen) == (scheme.funded_fen, scheme.available_fen)
    assert verify_ledger(scheme=scheme) == []
