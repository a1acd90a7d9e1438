"""What is held goes no further: by the verbs, and past them by the database."""

import pytest
from django.db import IntegrityError, transaction

from subsidies.models import Claim, Hold
from subsidies.payouts.services.payouts import (
    ClaimHeld,
    NotYours,
    approve_claims,
    discard_payout,
    make_payouts,
    release_payout,
    retry_failed,
)
from subsidies.review.selectors.holds import open_holds
from subsidies.review.services.decide import ask_again, demand_correction
from subsidies.review.services.holds import clear_holds, place_holds
from tests.console import put_in, refused, update
from tests.factories import NOW, UserFactory
from tests.laid import laid

pytestmark = pytest.mark.django_db
WALLET = Hold.Kind.SHARED_WALLET


@laid
def officer():
    return UserFactory(username="officer")


def hold(claim, kind=WALLET, by=None):
    return place_holds(kind=kind, evidence={claim.pk: {"owners": 3}}, by=by, now=NOW)


def clear(by, note="已电话核实"):
    return clear_holds(holds=open_holds(), by=by, now=NOW, note=note)


def test_a_held_claim_is_not_approved_and_keeps_its_money(scheme, approver):
    held, free = scheme.claims.order_by("pk")
    hold(held)
    assert approve_claims(claims=scheme.claims.all(), by=approver, now=NOW) == 1
    held.refresh_from_db()
    free.refresh_from_db()
    assert (held.state, free.state) == ("settled", "approved")


def test_a_cleared_claim_goes_on_but_not_by_whoever_cleared_it(scheme, officer, approver):
    hold(scheme.claims.first())
    assert clear(officer) == 1
    assert approve_claims(claims=scheme.claims.all(), by=officer, now=NOW) == 1
    assert approve_claims(claims=scheme.claims.all(), by=approver, now=NOW) == 1


def test_an_approved_claim_that_is_held_is_left_out_of_the_batch(approved, maker):
    held = approved.claims.first()
    hold(held)
    (batch,) = make_payouts(scheme=approved, claims=approved.claims.all(), by=maker, now=NOW).batches
    assert not batch.lines.filter(claim=held).exists()


def test_nothing_is_made_where_all_is_held(approved, maker):
    for claim in approved.claims.all():
        hold(claim)
    assert make_payouts(scheme=approved, claims=approved.claims.all(), by=maker, now=NOW).batches == ()


def test_whoever_approved_is_told_so_even_beside_held_claims(approved, approver):
    hold(approved.claims.first())
    with pytest.raises(NotYours):
        make_payouts(scheme=approved, claims=approved.claims.all(), by=approver, now=NOW)


def test_a_batch_with_a_held_claim_is_not_released_and_can_be_discarded(batch, releaser):
    hold(batch.lines.first().claim)
    with pytest.raises(ClaimHeld):
        release_payout(batch=batch, by=releaser, now=NOW)
    discard_payout(batch=batch, by=releaser, now=NOW)
    assert set(Claim.objects.values_list("state", flat=True)) == {"approved"}


def test_the_same_thing_noticed_twice_is_one_hold(scheme, officer):
    claim = scheme.claims.first()
    assert hold(claim) == 1
    assert hold(claim) == 0
    assert hold(claim, kind=Hold.Kind.BURST) == 1
    assert clear(officer) == 2


def test_what_a_person_cleared_the_system_does_not_hold_again_but_a_person_may(scheme, officer):
    claim = scheme.claims.first()
    hold(claim)
    clear(officer)
    assert hold(claim) == 0
    assert hold(claim, by=officer) == 1


def test_a_hold_is_not_cleared_without_a_reason(scheme, officer):
    hold(scheme.claims.first())
    with pytest.raises(ValueError, match="for a reason"):
        clear(officer, note="  ")
    assert open_holds().count() == 1


def test_a_reason_from_the_list_needs_no_note(scheme, officer):
    hold(scheme.claims.first())
    assert clear_holds(holds=open_holds(), by=officer, now=NOW, reasons=["family"]) == 1


def test_the_database_refuses_to_clear_a_hold_for_nothing(scheme, officer):
    hold(scheme.claims.first())
    changes = f"cleared_at = now(), cleared_by_id = {officer.pk}"
    assert refused(update(Hold.objects.get(), changes), because="a_cleared_hold_names_who_cleared_it")


def test_what_was_given_as_a_reason_is_not_swapped_while_it_is_cleared(scheme, officer):
    claim = scheme.claims.first()
    place_holds(kind=WALLET, evidence={claim.pk: {}}, by=officer, now=NOW, reasons=["identity"])
    changes = f"reasons = '{{family}}', note = 'x', cleared_at = now(), cleared_by_id = {officer.pk}"
    assert refused(update(Hold.objects.get(), changes), because="never changed")


def test_the_hold_of_a_claim_that_ended_waits_for_nobody(scheme):
    claim = scheme.claims.first()
    hold(claim)
    Claim.objects.filter(pk=claim.pk).update(state="cancelled")
    assert open_holds().count() == 0


# ------------------------------------------------------------------ past the verbs


def test_the_database_refuses_to_approve_what_is_held(scheme, approver):
    claim = scheme.claims.first()
    hold(claim)
    with pytest.raises(IntegrityError, match="is held"):
        Claim.objects.filter(pk=claim.pk).update(state="approved", approved_by=approver)


def test_the_database_refuses_an_approver_who_cleared_the_hold(scheme, officer):
    claim = scheme.claims.first()
    hold(claim)
    clear(officer)
    with pytest.raises(IntegrityError, match="cannot approve it"):
        Claim.objects.filter(pk=claim.pk).update(state="approved", approved_by=officer)


def test_the_database_refuses_to_order_what_is_held(approved):
    claim = approved.claims.first()
    hold(claim)
    with pytest.raises(IntegrityError, match="is held"):
        Claim.objects.filter(pk=claim.pk).update(state="in_payout")


def test_the_database_refuses_to_release_what_is_held(batch, releaser):
    hold(batch.lines.first().claim)
    changes = f"state = 'released', released_at = now(), released_by_id = {releaser.pk}"
    assert refused(update(batch, changes), because="that is held")


CHANGES = (
    "kind = 'burst'",
    "evidence = '{}'",
    "reasons = '{identity}'",
    "cleared_reasons = '{family}'",
    "note = 'x'",
    "placed_at = now()",
)


@pytest.mark.parametrize("change", CHANGES)
def test_a_hold_is_never_changed(scheme, change):
    hold(scheme.claims.first())
    assert refused(update(Hold.objects.get(), change), because="never changed")


def test_a_cleared_hold_is_not_opened_again(scheme, officer):
    hold(scheme.claims.first())
    clear(officer)
    changes = "cleared_at = NULL, cleared_by_id = NULL"
    assert refused(update(Hold.objects.get(), changes), because="never changed")


def test_a_hold_is_never_deleted(scheme):
    hold(scheme.claims.first())
    assert refused("DELETE FROM subsidies_hold", because="only ever added")


# ------------------------------------------------------------------ handler and approver


def handled(claim, verb, officer):
    """Sent round once by an officer, and back where it was before."""
    if verb == "place":
        hold(claim, by=officer)
        clear(UserFactory())
    elif verb == "clear":
        hold(claim)
        clear(officer)
    else:
        put_in(claim, "review")
        only = Claim.objects.filter(pk=claim.pk)
        if verb == "ask_again":
            ask_again(claims=only, by=officer, now=NOW)
        else:
            demand_correction(claims=only, by=officer, now=NOW, note="号牌写错")
        put_in(claim, "settled")


@pytest.mark.parametrize("verb", ["place", "clear", "ask_again", "demand_correction"])
def test_whoever_handled_a_claim_never_approves_it(scheme, officer, approver, verb):
    claim, other = scheme.claims.order_by("pk")
    handled(claim, verb, officer)
    assert approve_claims(claims=scheme.claims.all(), by=officer, now=NOW) == 1
    other.refresh_from_db()
    assert other.approved_by == officer
    with pytest.raises(IntegrityError, match="cannot approve it"), transaction.atomic():
        Claim.objects.filter(pk=claim.pk).update(state="approved", approved_by=officer)
    assert approve_claims(claims=scheme.claims.all(), by=approver, now=NOW) == 1


@pytest.mark.parametrize("verb", ["place", "clear", "ask_again", "demand_correction"])
def test_nor_has_its_failed_payment_sent_again(scheme, officer, approver, verb):
    claim = scheme.claims.first()
    handled(claim, verb, officer)
    put_in(claim, "payout_failed")
    assert retry_failed(claims=scheme.claims.all(), by=officer, now=NOW) == 0
    assert retry_failed(claims=scheme.claims.all(), by=approver, now=NOW) == 1


# ------------------------------------------------------------------ the handler is not the approver


def asked_again(claim, officer):
    put_in(claim, "review")
    ask_again(claims=Claim.objects.filter(pk=claim.pk), by=officer, now=NOW)


def sent_back(claim, officer):
    put_in(claim, "review")
    demand_correction(claims=Claim.objects.filter(pk=claim.pk), by=officer, now=NOW, note="号牌有误")


def held_and_let_go(claim, officer):
    hold(claim, kind=Hold.Kind.OBJECTION, by=officer)
    clear(UserFactory())


@pytest.mark.parametrize("handle", [asked_again, sent_back, held_and_let_go])
def test_whoever_handled_a_claim_does_not_approve_it(scheme, officer, approver, handle):
    claim = scheme.claims.first()
    handle(claim, officer)
    put_in(claim, "settled")
    own = Claim.objects.filter(pk=claim.pk)
    assert approve_claims(claims=own, by=officer, now=NOW) == 0
    assert refused(
        update(claim, f"state = 'approved', approved_by_id = {officer.pk}"), because="whoever handled claim"
    )
    assert approve_claims(claims=own, by=approver, now=NOW) == 1
