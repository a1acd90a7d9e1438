"""Pages of claims in one state, found by the hours that the tallies name: the same rows as a walk through all."""

from datetime import timedelta

import pytest

from subsidies.claims.selectors.list_pages import NEWEST_FIRST, PlacePaginator, Wanted, by_their_moves
from subsidies.claims.services.undo import cancel_claims
from subsidies.models import Claim
from tests.factories import NOW, UserFactory, local, make_claim, make_scheme
from tests.laid import laid

pytestmark = pytest.mark.django_db


@laid
def scheme():
    """Twelve that are eligible, two in each of six hours, and as many others between them."""
    scheme = make_scheme()
    for n in range(12):
        at = local("2022-06-10 08:30:00") + timedelta(hours=n // 2 * 3, minutes=n)
        make_claim(scheme, completed_at=at)
        make_claim(scheme, state="checking", completed_at=at)
    return scheme


def walked(**lookups):
    return list(Claim.objects.filter(**lookups).order_by(*NEWEST_FIRST).values_list("pk", flat=True))


def leafed(wanted, **lookups):
    """All pages of five, one after the other."""
    claims = Claim.objects.filter(**lookups).order_by(*NEWEST_FIRST)
    pages = PlacePaginator(claims, 5, wanted=wanted)
    return [claim.pk for number in pages.page_range for claim in pages.page(number).object_list]


def test_the_pages_hold_what_a_walk_through_all_would_find_in_the_same_order(scheme):
    found = leafed(Wanted(("eligible",)), state="eligible")
    assert found == walked(state="eligible")
    assert len(found) == 12


def test_of_two_schemes_both_are_found_or_the_one_that_is_asked_for(scheme):
    other = make_scheme(year=2021)
    make_claim(other)
    assert leafed(Wanted(("eligible",)), state="eligible") == walked(state="eligible")
    mine = {"state": "eligible", "scheme": other.pk}
    assert leafed(Wanted(("eligible",), other.pk), **mine) == walked(**mine) != []


def test_several_states_within_whole_hours(scheme):
    since, until = local("2022-06-10 11:00:00"), local("2022-06-10 18:00:00")
    states = ("eligible", "checking")
    lookups = {"state__in": states, "completed_at__gte": since, "completed_at__lt": until}
    assert leafed(Wanted(states, scheme.pk, since, until), **lookups) == walked(**lookups) != []


def test_those_that_have_ended(scheme):
    some = Claim.objects.filter(state="checking")[:3]
    chosen = Claim.objects.filter(pk__in=[claim.pk for claim in some])
    cancel_claims(scheme=scheme, claims=chosen, by=UserFactory(), now=NOW, note="owner's letter")
    assert leafed(Wanted(("cancelled",)), state="cancelled") == walked(state="cancelled")
    assert len(walked(state="cancelled")) == 3


def test_a_state_that_none_is_in_has_one_empty_page(scheme):
    pages = PlacePaginator(
        Claim.objects.filter(state="paid").order_by(*NEWEST_FIRST), 5, wanted=Wanted(("paid",))
    )
    assert (pages.count, list(pages.page(1).object_list)) == (0, [])


def test_it_is_counted_no_further_than_anybody_leafs(scheme, monkeypatch):
    monkeypatch.setattr(PlacePaginator, "most", 10)
    pages = PlacePaginator(
        Claim.objects.filter(state="eligible").order_by(*NEWEST_FIRST), 5, wanted=Wanted(("eligible",))
    )
    assert (str(pages.count), pages.num_pages) == ("10+", 2)


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(("eligible", "refused")),  # in two indexes
        Wanted(("review",)),  # its moves are known
        Wanted(("paid",), since=local("2022-06-10 08:30:00")),  # within an hour
    ],
)
def test_what_the_tallies_cannot_tell_is_looked_for_otherwise(wanted):
    assert not wanted.known


@pytest.mark.parametrize("states", [["review"], ["review", "recovered"], ["refused"], ["eligible"], []])
def test_the_moves_leave_nobody_out(scheme, states):
    for state in ("review", "needs_correction"):
        make_claim(scheme, state=state)
    claims = Claim.objects.filter(state__in=states)
    assert set(by_their_moves(claims, states)) == set(claims)
