"""Where the money goes can be put right until it is on its way; the place stays."""

import re

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from subsidies.allocation.services.allocate import allocate
from subsidies.claims.selectors.payee import payees_of
from subsidies.claims.services.change_payee import TooLate, WrongPayee, change_payee
from subsidies.claims.services.undo import cancel_claims
from subsidies.models import Claim, PayeeChange, PayoutLine
from subsidies.payouts.judge import LineResult
from subsidies.payouts.services.payouts import approve_claims, make_payouts, release_payout, retry_failed
from subsidies.payouts.services.record_results import lease_due_order, record_results
from subsidies.reasons import PAYEE_AT_FAULT, PAYOUT_FAILURES
from subsidies.review.services.hold_claims import clear_claims
from tests.console import put_in, refused, update
from tests.factories import NOW, UserFactory, make_claim, make_member, make_scheme
from tests.laid import laid
from tests.subsidies.answers import heard

pytestmark = pytest.mark.django_db
WALLET = "6217000011112222"


def change(claim, **cells):
    return change_payee(claim=claim, cells=cells, by=UserFactory(), now=NOW)


def test_a_payment_goes_to_the_newest_address():
    scheme = make_scheme()
    claim = make_claim(scheme)
    change(claim, phone="13900000001")
    change(claim, wallet_no=WALLET, wallet_operator="农业银行")
    allocate(scheme=scheme, now=NOW)
    clear(claim, UserFactory())
    approve_claims(claims=Claim.objects.all(), by=UserFactory(), now=NOW)
    make_payouts(scheme=scheme, claims=Claim.objects.all(), by=UserFactory(), now=NOW)

    line = PayoutLine.objects.get()
    assert (line.payee_wallet, line.payee_phone, line.payee_operator) == (WALLET, None, "农业银行")


def test_a_change_moves_nothing_but_the_address():
    claim = make_claim(make_scheme())
    before = Claim.objects.values().get()
    change(claim, wallet_no=WALLET)
    assert Claim.objects.values().get() == before


def test_without_a_change_the_record_counts():
    claim = make_claim(make_scheme())
    assert payees_of([claim])[claim.pk].phone == claim.trade_in.phone


@pytest.mark.parametrize(
    ("cells", "field"),
    [({"phone": "12"}, "phone"), ({"wallet_no": "62"}, "wallet_no"), ({}, "wallet_no")],
    ids=["no phone number", "no wallet number", "nothing at all"],
)
def test_an_address_that_cannot_be_right_is_refused(cells, field):
    with pytest.raises(WrongPayee) as wrong:
        change(make_claim(make_scheme()), **cells)
    assert set(wrong.value.problems) == {field}
    assert not PayeeChange.objects.exists()


@pytest.mark.parametrize(
    "state", ["in_payout", "payout_unknown", "paid", "recovering", "refused", "cancelled"]
)
def test_a_payment_under_way_or_done_is_not_readdressed(state):
    claim = make_claim(make_scheme())
    put_in(claim, state)
    with pytest.raises(TooLate):
        change(claim, wallet_no=WALLET)


def test_a_failed_payment_may_be_readdressed():
    claim = make_claim(make_scheme())
    put_in(claim, "payout_failed")
    assert change(claim, wallet_no=WALLET).wallet_no == WALLET


@pytest.mark.parametrize(
    "statement", ["UPDATE subsidies_payeechange SET id = id", "DELETE FROM subsidies_payeechange"]
)
def test_changes_are_evidence(statement):
    change(make_claim(make_scheme()), wallet_no=WALLET)
    refused(statement, because="only ever added")


# ------------------------------------------------------------------ once money is set aside


@laid
def clerk():
    return UserFactory(username="clerk")


@laid
def other():
    return UserFactory(username="other")


@pytest.fixture
def settled():
    scheme = make_scheme()
    claim = make_claim(scheme)
    allocate(scheme=scheme, now=NOW)
    claim.refresh_from_db()
    return claim


@pytest.fixture
def redirected(settled, clerk):
    """Approved, and then a clerk of the shop changed the wallet."""
    approve_claims(claims=Claim.objects.all(), by=UserFactory(), now=NOW)
    change_payee(claim=settled, cells={"wallet_no": WALLET}, by=clerk, now=NOW)
    settled.refresh_from_db()
    return settled


def clear(claim, by):
    return clear_claims(claims=Claim.objects.filter(pk=claim.pk), by=by, now=NOW, reasons=["asked_by_phone"])


def test_a_changed_payee_takes_the_approval_back_and_holds_the_claim(redirected, clerk):
    assert redirected.state == "settled"
    hold = redirected.holds.get()
    assert (hold.kind, hold.placed_by, hold.cleared_at) == ("payee", clerk, None)
    assert redirected.events.latest("pk").verb == "change_payee"


def test_nothing_of_it_goes_out_before_another_person_has_looked(redirected, other):
    """Proved before: two seconds after the release the money was in the other wallet, and nobody had been told."""
    claims = Claim.objects.all()
    assert approve_claims(claims=claims, by=UserFactory(), now=NOW) == 0
    assert make_payouts(scheme=redirected.scheme, claims=claims, by=UserFactory(), now=NOW).batches == ()
    assert refused(update(redirected, f"state = 'approved', approved_by_id = {other.pk}"), because="is held")
    assert clear(redirected, other) == 1
    assert approve_claims(claims=claims, by=UserFactory(), now=NOW) == 1
    (batch,) = make_payouts(scheme=redirected.scheme, claims=claims, by=UserFactory(), now=NOW).batches
    assert batch.lines.get().payee_wallet == WALLET


def test_whoever_changed_it_does_not_let_it_go(redirected, clerk):
    assert clear(redirected, clerk) == 0
    alone = f"cleared_at = now(), cleared_by_id = {clerk.pk}, note = 'x'"
    assert refused(update(redirected.holds.get(), alone), because="does not let it go")


def test_nor_does_whoever_changed_it_once_more_while_it_was_held(redirected, other):
    """Two people who each confirm the other's change would have confirmed nobody's."""
    change_payee(claim=redirected, cells={"phone": "13900000001"}, by=other, now=NOW)
    assert redirected.holds.count() == 1
    assert clear(redirected, other) == 0
    alone = f"cleared_at = now(), cleared_by_id = {other.pk}, note = 'x'"
    assert refused(update(redirected.holds.get(), alone), because="does not let it go")


def test_whoever_let_it_go_does_not_approve_it(redirected, other, clerk):
    clear(redirected, other)
    for person in (other, clerk):
        assert approve_claims(claims=Claim.objects.all(), by=person, now=NOW) == 0


@pytest.mark.parametrize("state", ["received", "eligible", "waitlisted"])
def test_before_any_money_is_set_aside_it_is_held_as_well(clerk, state):
    """The money may come at any time, and then nobody would look."""
    claim = make_claim(make_scheme(), state=state)
    change_payee(claim=claim, cells={"wallet_no": WALLET}, by=clerk, now=NOW)
    assert claim.holds.get().kind == "payee"


@pytest.mark.parametrize("role", ["clerk", "owner"])
def test_what_money_is_set_aside_for_the_shops_owner_has_paid_elsewhere_and_no_clerk(settled, role):
    person = make_member(settled.trade_in.merchant, role)
    elsewhere = lambda: change_payee(claim=settled, cells={"wallet_no": WALLET}, by=person, now=NOW)  # noqa: E731
    if role == "owner":
        assert elsewhere().by == person
        return
    with pytest.raises(IntegrityError, match="for the owner of the shop"), transaction.atomic():
        elsewhere()


def test_nor_does_a_clerk_withdraw_it(settled):
    person = make_member(settled.trade_in.merchant)
    told = {"scheme": settled.scheme, "claims": Claim.objects.all(), "now": NOW}
    with pytest.raises(IntegrityError, match="for the owner of the shop"), transaction.atomic():
        cancel_claims(by=person, note="车主退车", **told)
    assert cancel_claims(by=make_member(settled.trade_in.merchant, "owner"), note="车主退车", **told) == 1


@pytest.mark.parametrize("state", ["settled", "on_notice", "objected", "payout_failed"])
def test_wherever_money_is_set_aside_it_is_held(settled, clerk, state):
    put_in(settled, state)
    change_payee(claim=settled, cells={"wallet_no": WALLET}, by=clerk, now=NOW)
    assert list(settled.holds.values_list("kind", flat=True)) == ["payee"]


def test_a_change_at_a_console_is_held_too(settled, clerk):
    PayeeChange.objects.create(claim=settled, phone="+8613900000001", by=clerk, at=NOW)
    assert settled.holds.get().kind == "payee"


# ------------------------------------------------------------------ after a payment that failed


def fail(claim, reason):
    """Its payment failed for good."""
    approve_claims(claims=Claim.objects.all(), by=UserFactory(), now=NOW)
    (batch,) = make_payouts(
        scheme=claim.scheme, claims=Claim.objects.all(), by=UserFactory(), now=NOW
    ).batches
    release_payout(batch=batch, by=UserFactory(), now=NOW)
    order = lease_due_order(now=NOW)
    results = {line.request_no: LineResult(PayoutLine.State.FAILED, reason) for line in order.lines}
    record_results(order, heard(order, results), now=NOW)


def retry(by=None):
    return retry_failed(claims=Claim.objects.all(), by=by or UserFactory(), now=NOW, reasons=["wallet_ready"])


@pytest.mark.parametrize("reason", sorted(PAYEE_AT_FAULT))
def test_what_failed_for_the_payees_sake_is_not_sent_to_the_same_payee_again(settled, clerk, other, reason):
    fail(settled, reason)
    assert retry() == 0
    change_payee(claim=settled, cells={"wallet_no": WALLET}, by=clerk, now=NOW)
    clear(settled, other)
    assert retry() == 1
    (batch,) = make_payouts(
        scheme=settled.scheme, claims=Claim.objects.all(), by=UserFactory(), now=NOW
    ).batches
    assert (batch.lines.get().attempt, batch.lines.get().payee_wallet) == (2, WALLET)


@pytest.mark.parametrize("reason", sorted({*PAYOUT_FAILURES} - PAYEE_AT_FAULT))
def test_what_may_have_passed_is_tried_again(settled, reason):
    fail(settled, reason)
    assert retry() == 1


def test_the_database_sends_nothing_to_a_payee_that_failed(settled):
    fail(settled, "NO_WALLET")
    put_in(settled, "approved")
    with pytest.raises(IntegrityError, match="failed for its payee"):
        make_payouts(scheme=settled.scheme, claims=Claim.objects.all(), by=UserFactory(), now=NOW)


def test_the_reasons_that_do_not_pass_are_the_same_in_the_database():
    told = re.findall(
        r"fail_reason IN \(([^)]*)\)", (settings.BASE_DIR / "subsidies/payouts/sql/payouts.sql").read_text()
    )
    assert [set(re.findall(r"'(\w+)'", each)) for each in told] == [set(PAYEE_AT_FAULT)]
    assert PAYOUT_FAILURES.keys() > PAYEE_AT_FAULT
