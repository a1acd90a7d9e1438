"""Payments that come back days after they were made: the money is the claim's again, and goes out under the next attempt."""

import pytest

from subsidies.claims.services.change_payee import change_payee
from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.models import Claim, LedgerEntry, PayoutLine
from subsidies.payouts.numbers import payment_no
from subsidies.payouts.selectors.stop import open_stop
from subsidies.payouts.services.payouts import make_payouts, release_payout, retry_failed
from subsidies.payouts.services.returns import record_returned
from subsidies.review.services.hold_claims import clear_claims
from subsidies.tasks import sweep_payouts, sweep_statement
from tests.console import refused, tamper, update
from tests.factories import NOW, UserFactory

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
    assert sweep_statement() == 1
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
    assert sweep_statement() == 0
    assert record_returned(numbers=[returned.request_no], now=NOW) == 0
    assert LedgerEntry.objects.filter(kind="return").count() == 1


def test_to_the_same_payee_it_does_not_go_again(returned):
    assert retry_failed(claims=Claim.objects.all(), by=UserFactory(), now=NOW) == 0


def test_after_the_payee_was_put_right_it_is_paid_under_the_next_attempt(returned, outside):
    claim = returned.claim
    change_payee(claim=claim, cells={"wallet_no": WALLET}, by=UserFactory(), now=returned.finished_at)
    clear_claims(claims=Claim.objects.all(), by=UserFactory(), now=NOW, reasons=["asked_by_phone"])
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


def test_a_statement_that_cannot_be_read_books_nothing(paid, outside):
    outside.operator.take_back(paid.lines.order_by("pk")[0].request_no)
    outside.behave(fail=1.0, modes=("error",))
    assert sweep_statement() == 0
    assert set(PayoutLine.objects.values_list("state", flat=True)) == {"success"}


@pytest.mark.parametrize("state", ["ready", "unknown", "failed", "discarded"])
def test_only_what_was_made_comes_back(batch, releaser, state):
    line = batch.lines.order_by("pk")[0]
    if state == "unknown":
        release_payout(batch=batch, by=releaser, now=NOW)
        PayoutLine.objects.filter(pk=line.pk).update(state="unknown")
    assert refused(update(line, "state = 'returned'"), because="may not move")


# ------------------------------------------------------------------ what does not agree


def stopped():
    stop = open_stop()
    return stop.why if stop else ""


def test_a_statement_that_agrees_stops_nothing(paid):
    assert sweep_statement() == 0
    assert stopped() == ""


@pytest.mark.parametrize(
    "change",
    [{"amount_fen": 1}, {"payee": "9999"}, {"out_request_no": "FREMD"}],
    ids=["amount", "payee", "number"],
)
def test_a_payment_that_our_book_does_not_have_so_stops_everything(paid, outside, change):
    number = paid.lines.order_by("pk")[0].request_no
    outside.operator._lines[number].update(change)
    sweep_statement()
    assert stopped() == "differs"


def test_a_payment_that_failed_here_and_was_made_there_stops_everything(paid, outside):
    tamper("UPDATE subsidies_payoutline SET state = 'failed'")
    sweep_statement()
    assert stopped() == "differs"


def test_a_return_of_another_amount_is_not_booked(paid, outside):
    line = paid.lines.order_by("pk")[0]
    outside.operator.take_back(line.request_no)
    outside.operator._lines[line.request_no]["amount_fen"] = 1
    assert sweep_statement() == 0
    assert stopped() == "differs"
    line.refresh_from_db()
    assert line.state == "success"
