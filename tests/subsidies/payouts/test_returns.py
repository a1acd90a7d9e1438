"""Payments that come back days after they were made: the money is the claim's again, and goes out under the next attempt."""

import pytest

from subsidies.claims.services.change_payee import change_payee
from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.models import Claim, LedgerEntry, PayoutLine
from subsidies.payouts.numbers import payment_no
from subsidies.payouts.services.payouts import make_payouts, release_payout, retry_failed
from subsidies.payouts.services.returns import record_returned
from subsidies.review.services.hold_claims import clear_claims
from subsidies.tasks import sweep_payouts
from tests.console import refused, update
from tests.factories import NOW, UserFactory
from tests.subsidies.outside import next_morning

pytestmark = pytest.mark.django_db

WALLET = "6217000011112222"


@pytest.fixture
def paid(batch, releaser, outside):
    release_payout(batch=batch, by=releaser, now=NOW)
    sweep_payouts()
    return batch


@pytest.fixture
def returned(paid, outside):
    """One of two payments came back, as the operator's statement says."""
    line = paid.lines.order_by("pk")[0]
    outside.operator.take_back(line.request_no)
    next_morning()
    line.refresh_from_db()
    return line


def sums(scheme):
    scheme.refresh_from_db()
    return scheme.reserved_fen, scheme.paid_fen


def test_the_money_is_the_claims_again(returned):
    claim = returned.claim
    assert (returned.state, returned.fail_reason, claim.state) == ("returned", "RETURNED", "payout_failed")
    steps = LedgerEntry.objects.filter(claim=claim).order_by("seq").values_list("kind", flat=True)
    assert list(steps) == ["reserve", "pay", "return", "reserve"]
    assert sums(claim.scheme) == (30_000, 20_000)
    assert verify_ledger(scheme=claim.scheme) == []


def test_nobody_behind_gets_it_meanwhile(returned):
    """It is not free money: the claim keeps its place and what was set aside for it."""
    assert returned.claim.events.latest("pk").verb == "record_returned"
    assert Claim.objects.get(pk=returned.claim_id).amount_fen == 30_000


def test_the_statement_read_twice_books_it_once(returned):
    next_morning()
    assert record_returned(numbers=[returned.request_no], now=NOW) == 0
    assert LedgerEntry.objects.filter(kind="return").count() == 1


def test_to_the_same_payee_it_does_not_go_again(returned):
    assert retry_failed(claims=Claim.objects.all(), by=UserFactory(), now=NOW) == 0


def test_after_the_payee_was_put_right_it_is_paid_under_the_next_attempt(returned, outside):
    claim = returned.claim
    change_payee(claim=claim, cells={"wallet_no": WALLET}, by=UserFactory(), now=returned.returned_at)
    clear_claims(
        claims=Claim.objects.all(), by=UserFactory(), now=returned.returned_at, reasons=["asked_by_phone"]
    )
    assert retry_failed(claims=Claim.objects.all(), by=UserFactory(), now=NOW) == 1
    (batch,) = make_payouts(
        scheme=claim.scheme, claims=Claim.objects.all(), by=UserFactory(), now=NOW
    ).batches
    line = batch.lines.get()
    assert (line.attempt, line.payee_wallet) == (2, WALLET)
    assert line.request_no == payment_no(
        scheme_code=claim.scheme.code,
        record_no=claim.trade_in.record_no,
        vehicle_code=claim.vehicle_code,
        amount_fen=claim.amount_fen,
        attempt=2,
    )
    release_payout(batch=batch, by=UserFactory(), now=NOW)
    sweep_payouts()
    claim.refresh_from_db()
    assert claim.state == "paid"
    assert sums(claim.scheme) == (0, 50_000)
    assert verify_ledger(scheme=claim.scheme) == []


def test_a_number_that_is_not_ours_is_nothing_to_us(paid):
    assert record_returned(numbers=["FREMD"], now=NOW) == 0


@pytest.mark.parametrize("state", ["ready", "unknown", "failed", "discarded"])
def test_only_what_was_made_comes_back(batch, releaser, state):
    line = batch.lines.order_by("pk")[0]
    if state == "unknown":
        release_payout(batch=batch, by=releaser, now=NOW)
        PayoutLine.objects.filter(pk=line.pk).update(state="unknown")
    assert refused(update(line, "state = 'returned'"), because="may not move")
