"""What a preview tells of claims in every state at once is what is done."""

import pytest

from subsidies.actions.services.staff_actions import ACTIONS, preview
from subsidies.models import Claim
from subsidies.review.services.holds import clear_holds
from subsidies.states import ClaimState
from tests.admin.test_bulk import do, hold
from tests.console import put_in
from tests.factories import NOW, UserFactory, make_claim, make_scheme
from tests.laid import laid

pytestmark = pytest.mark.django_db

AFTER_THE_MONEY = ("recovering", "recovered", "written_off", "paid", "payout_unknown", "in_payout")
UNPAID = [slug for slug in ACTIONS if slug not in ("start_recovery", "refuse", "cancel")]


@laid
def everything(boss):
    """A claim in every state; beside each a held one, one that the boss handled, one without an address."""
    scheme = make_scheme()
    for state in ClaimState:
        if state in AFTER_THE_MONEY:
            continue
        plain, held, handled, nowhere = (make_claim(scheme) for _ in range(4))
        hold(held)
        hold(handled, by=boss)
        clear_holds(holds=handled.holds.all(), by=UserFactory(), now=NOW, note="x")
        nowhere.trade_in.__class__.objects.filter(pk=nowhere.trade_in_id).update(phone=None)
        for claim in (plain, held, handled, nowhere):
            put_in(claim, state)
    return scheme


@pytest.mark.parametrize("slug", UNPAID)
def test_what_is_told_is_what_is_done(everything, boss, slug):
    claims = Claim.objects.filter(scheme=everything)
    seen = preview(ACTIONS[slug], claims, by=boss)
    assert seen.moves > 0
    assert seen.moves + sum(seen.left.values()) == claims.count()
    assert do(slug, claims, boss) == seen.moves
    if slug not in ("ask_again",):  # what is being asked again may be asked again
        assert preview(ACTIONS[slug], claims, by=boss).moves == 0
