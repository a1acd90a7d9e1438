"""Where the money goes can be put right until it is on its way; the place stays."""

import pytest

from subsidies.allocation.services.allocate import allocate
from subsidies.claims.selectors.payee import payees_of
from subsidies.claims.services.change_payee import TooLate, WrongPayee, change_payee
from subsidies.models import Claim, PayeeChange, PayoutLine
from subsidies.payouts.services.payouts import approve_claims, make_payouts
from tests.console import refused
from tests.factories import NOW, UserFactory, make_claim, make_scheme

pytestmark = pytest.mark.django_db
WALLET = "6217000011112222"


def change(claim, **cells):
    return change_payee(claim=claim, cells=cells, by=UserFactory(), now=NOW)


def test_a_payment_goes_to_the_newest_address():
    scheme = make_scheme()
    claim = make_claim(scheme)
    allocate(scheme=scheme, now=NOW)
    claim.refresh_from_db()
    change(claim, phone="13900000001")
    change(claim, wallet_no=WALLET, wallet_operator="农业银行")
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
    claim.state = state
    with pytest.raises(TooLate):
        change(claim, wallet_no=WALLET)


def test_a_failed_payment_may_be_readdressed():
    claim = make_claim(make_scheme())
    claim.state = "payout_failed"
    assert change(claim, wallet_no=WALLET).wallet_no == WALLET


@pytest.mark.parametrize(
    "statement", ["UPDATE subsidies_payeechange SET id = id", "DELETE FROM subsidies_payeechange"]
)
def test_changes_are_evidence(statement):
    change(make_claim(make_scheme()), wallet_no=WALLET)
    refused(statement, because="only ever added")
