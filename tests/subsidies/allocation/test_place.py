"""A place is read from tallies, and is what counting would give; nobody but a move changes a tally."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from core.audit.acting import acting
from subsidies.claims.selectors.place import place_of
from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.models import Claim, ClaimTally
from subsidies.states import ENDED, MOVES, ClaimState
from tests.console import forbidden, tamper
from tests.factories import NOW, local, make_claim, make_scheme

MOMENTS = (
    "2022-06-10 08:59:59",
    "2022-06-10 09:00:00",
    "2022-06-10 09:30:00",
    "2022-06-30 23:59:59",
    "2022-07-01 00:00:00",
)
# Ways that need no money, approver or reason.
WAYS = {
    state: [s for s in MOVES[state] if s in ("checking", "eligible", "waitlisted", "cancelled", "review")]
    for state in ClaimState
}


class PlaceIsWhatCountingGives(TestCase):
    @given(
        st.lists(st.tuples(st.sampled_from(MOMENTS), st.integers(0, 3)), min_size=1, max_size=7),
        st.randoms(use_true_random=False),
    )
    @settings(max_examples=15, deadline=None)
    def test_after_any_moves(self, people, dice):
        scheme = make_scheme()
        claims = [make_claim(scheme, state="received", completed_at=local(at)) for at, _ in people]
        with acting("test", by=None, now=NOW):
            for claim, (_, steps) in zip(claims, people, strict=True):
                for _step in range(steps):
                    if ways := WAYS[ClaimState(claim.state)]:
                        claim.state = dice.choice(ways)
                        Claim.objects.filter(pk=claim.pk).update(state=claim.state)
        queue = sorted(
            (c for c in claims if c.state not in ENDED), key=lambda c: (c.completed_at, c.received_at, c.pk)
        )
        assert [place_of(claim) for claim in queue] == list(range(1, len(queue) + 1))
        assert verify_ledger(scheme=scheme) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change", ["UPDATE subsidies_claimtally SET count = count + 1", "DELETE FROM subsidies_claimtally"]
)
def test_a_tally_is_not_set_by_hand(change):
    make_claim(make_scheme())
    assert forbidden(change)
    assert ClaimTally.objects.filter(state="eligible").get().count == 1


@pytest.mark.django_db
def test_a_wrong_tally_is_found():
    claim = make_claim(make_scheme())
    tamper("UPDATE subsidies_claimtally SET count = 2 WHERE state = 'eligible'")
    (fault,) = verify_ledger(scheme=claim.scheme)
    assert (fault.what, fault.facts["state"]) == ("tally", "eligible")
    assert (fault.facts["kept"], fault.facts["counted"]) == (2, 1)
