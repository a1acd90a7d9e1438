"""Approving, making a batch, releasing it: three verbs for three people."""

import pytest

from subsidies.allocation.services.allocate import allocate
from subsidies.models import Claim, Hold, PayoutLine
from subsidies.payouts.selectors.seen import digest_of_lines
from subsidies.payouts.services.payouts import (
    ChangedSince,
    NotYours,
    WrongState,
    approve_claims,
    discard_payout,
    leave_held_behind,
    make_payouts,
    release_payout,
    retry_failed,
)
from subsidies.review.services.holds import place_holds
from tests.console import put_in, refused, update
from tests.factories import NOW, TradeInFactory, make_claim, make_scheme

pytestmark = pytest.mark.django_db


def states(scheme):
    return set(scheme.claims.values_list("state", flat=True))


# ------------------------------------------------------------------ approving


def test_settled_claims_are_approved_and_the_approver_is_named(scheme, approver):
    assert approve_claims(claims=scheme.claims.all(), by=approver, now=NOW, note="公示无异议") == 2
    event = scheme.claims.first().events.last()
    assert (event.to_state, event.verb, event.by, event.note) == (
        "approved",
        "approve_claims",
        approver,
        "公示无异议",
    )


@pytest.mark.parametrize("state", ["received", "checking", "review", "eligible", "waitlisted"])
def test_whoever_has_no_money_set_aside_is_not_approved(approver, state):
    claim = make_claim(make_scheme(), state=state)
    assert approve_claims(claims=Claim.objects.filter(pk=claim.pk), by=approver, now=NOW) == 0
    claim.refresh_from_db()
    assert claim.state == state


def test_approving_twice_changes_nothing(approved, releaser):
    assert approve_claims(claims=approved.claims.all(), by=releaser, now=NOW) == 0


# ------------------------------------------------------------------ making


def test_a_batch_orders_each_claims_own_amount_under_a_number_of_its_own(batch, approved):
    lines = batch.lines.order_by("pk")
    assert [line.amount_fen for line in lines] == [30000, 20000]
    numbers = {batch.request_no, *(line.request_no for line in lines)}
    assert len(numbers) == 3
    assert all(len(number) == 32 and number.isalnum() for number in numbers)
    assert states(approved) == {"in_payout"}


def test_a_claim_is_ordered_once(batch, approved, maker):
    assert make_payouts(scheme=approved, claims=approved.claims.all(), by=maker, now=NOW).batches == ()
    assert PayoutLine.objects.count() == 2


def test_the_approver_cannot_make_the_payout(approved, approver):
    with pytest.raises(NotYours):
        make_payouts(scheme=approved, claims=approved.claims.all(), by=approver, now=NOW)
    assert states(approved) == {"approved"}


def test_what_the_maker_approved_is_left_for_another_maker(scheme, approver, maker):
    june, july = scheme.claims.order_by("completed_at")
    approve_claims(claims=scheme.claims.filter(pk=june.pk), by=approver, now=NOW)
    approve_claims(claims=scheme.claims.filter(pk=july.pk), by=maker, now=NOW)
    made = make_payouts(scheme=scheme, claims=scheme.claims.all(), by=maker, now=NOW)
    assert [line.claim for line in made.batches[0].lines.all()] == [june]


def test_nothing_approved_makes_no_batch(scheme, maker):
    assert make_payouts(scheme=scheme, claims=scheme.claims.all(), by=maker, now=NOW).batches == ()


def test_a_claim_of_another_scheme_stays_out(approved, maker):
    made = make_payouts(scheme=make_scheme(year=2021), claims=approved.claims.all(), by=maker, now=NOW)
    assert made.batches == ()


def test_a_claim_without_wallet_and_phone_is_named_and_left_out(approver, maker):
    scheme = make_scheme()
    nowhere = make_claim(scheme, trade_in=TradeInFactory(phone=None, wallet_no=None))
    allocate(scheme=scheme, now=NOW)
    approve_claims(claims=scheme.claims.all(), by=approver, now=NOW)
    made = make_payouts(scheme=scheme, claims=scheme.claims.all(), by=maker, now=NOW)
    assert (made.batches, made.without_address) == ((), (nowhere.pk,))
    assert states(scheme) == {"approved"}


def test_a_wallet_goes_before_a_phone(approver, maker):
    scheme = make_scheme()
    make_claim(scheme, trade_in=TradeInFactory(wallet_no="0021234567890123", wallet_operator="ICBC"))
    allocate(scheme=scheme, now=NOW)
    approve_claims(claims=scheme.claims.all(), by=approver, now=NOW)
    line = make_payouts(scheme=scheme, claims=scheme.claims.all(), by=maker, now=NOW).batches[0].lines.get()
    assert (line.payee_wallet, line.payee_phone, line.payee_operator) == ("0021234567890123", None, "ICBC")


# ------------------------------------------------------------------ releasing and discarding


def test_a_third_person_releases(batch, releaser):
    release_payout(batch=batch, by=releaser, now=NOW)
    batch.refresh_from_db()
    assert (batch.state, batch.released_by, batch.released_at, batch.next_ask_at) == (
        "released",
        releaser,
        NOW,
        NOW,
    )


def test_a_batch_is_released_as_it_was_seen_and_what_was_seen_stays_beside_it(batch, releaser):
    with pytest.raises(ChangedSince):
        release_payout(batch=batch, by=releaser, now=NOW, seen="0" * 64)
    release_payout(batch=batch, by=releaser, now=NOW, seen=digest_of_lines(batch))
    batch.refresh_from_db()
    assert (batch.state, batch.seen) == ("released", digest_of_lines(batch))
    assert refused(update(batch, "seen = ''"), because="cannot be rewritten")


def test_the_maker_cannot_release(batch, maker):
    with pytest.raises(NotYours):
        release_payout(batch=batch, by=maker, now=NOW)


def test_the_approver_cannot_release(batch, approver):
    with pytest.raises(NotYours):
        release_payout(batch=batch, by=approver, now=NOW)


def test_a_batch_is_released_once(batch, releaser):
    release_payout(batch=batch, by=releaser, now=NOW)
    with pytest.raises(WrongState):
        release_payout(batch=batch, by=releaser, now=NOW)


def test_a_released_batch_is_not_discarded(batch, releaser, maker):
    release_payout(batch=batch, by=releaser, now=NOW)
    with pytest.raises(WrongState):
        discard_payout(batch=batch, by=maker, now=NOW)


def test_a_discarded_batch_gives_its_claims_back_for_a_new_order(batch, approved, maker):
    discard_payout(batch=batch, by=maker, now=NOW, note="钱包有误")
    assert states(approved) == {"approved"}
    again = make_payouts(scheme=approved, claims=approved.claims.all(), by=maker, now=NOW).batches[0]
    assert again.pk != batch.pk
    assert again.request_no == batch.request_no  # it never left, and it pays the same


def test_a_discarded_batch_is_not_released(batch, maker, releaser):
    discard_payout(batch=batch, by=maker, now=NOW)
    with pytest.raises(WrongState):
        release_payout(batch=batch, by=releaser, now=NOW)


def test_only_a_payment_that_failed_for_good_is_retried(batch, approved, approver):
    failed, _unknown = approved.claims.order_by("pk")
    put_in(failed, "payout_failed")
    assert retry_failed(claims=approved.claims.all(), by=approver, now=NOW) == 1
    failed.refresh_from_db()
    assert failed.state == "approved"


def test_held_claims_are_left_behind_and_the_others_ordered_at_once(batch, maker, releaser):
    held, other = (line.claim for line in batch.lines.order_by("pk"))
    place_holds(kind=Hold.Kind.OBJECTION, evidence={held.pk: {}}, by=None, now=NOW)
    (again,) = leave_held_behind(batch=batch, by=maker, now=NOW, note="一份待查").batches
    batch.refresh_from_db()
    assert (batch.state, [line.claim for line in again.lines.all()]) == ("discarded", [other])
    held.refresh_from_db()
    assert held.state == "approved"
    release_payout(batch=again, by=releaser, now=NOW)


def test_whoever_approved_the_others_does_not_order_them_so(batch, approver):
    held = batch.lines.order_by("pk")[0].claim
    place_holds(kind=Hold.Kind.OBJECTION, evidence={held.pk: {}}, by=None, now=NOW)
    with pytest.raises(NotYours):
        leave_held_behind(batch=batch, by=approver, now=NOW)
    batch.refresh_from_db()
    assert batch.state == "draft"
