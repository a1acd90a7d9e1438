"""A new order leaves only when the books of the days before agree, or two people have signed for it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.shanghai import today
from subsidies.allocation.services.allocate import allocate
from subsidies.models import Difference, OperatorAnswer, StatementReading
from subsidies.payouts.services.payouts import approve_claims, make_payouts, release_payout
from subsidies.reconciliation.selectors.gate import Shut, gate
from subsidies.tasks import sweep_payouts, sweep_statement
from tests.console import refused, tamper, update
from tests.factories import NOW, UserFactory, local, make_claim
from tests.subsidies.outside import next_morning, tomorrow

pytestmark = pytest.mark.django_db


@pytest.fixture
def another(paid, outside):
    """An order that was released after the payments of today, and has not left."""
    claim = make_claim(paid.scheme, completed_at=local("2022-07-20 12:00:00"))
    allocate(scheme=paid.scheme, now=NOW)
    mine = paid.scheme.claims.filter(pk=claim.pk)
    approve_claims(claims=mine, by=UserFactory(), now=NOW)
    (batch,) = make_payouts(scheme=paid.scheme, claims=mine, by=UserFactory(), now=NOW).batches
    release_payout(batch=batch, by=UserFactory(), now=NOW)
    return batch


def left(batch):
    batch.refresh_from_db()
    return batch.ask_attempts > 0


def test_on_the_first_day_it_is_open(db):
    assert gate(now=timezone.now()) is None


def test_on_the_next_day_it_is_shut_until_the_statement_was_read(paid):
    assert gate(now=timezone.now()) is None
    assert gate(now=tomorrow()) == Shut(unread=today())
    next_morning()
    assert gate(now=tomorrow()) is None


def test_a_statement_that_was_read_before_the_day_was_over_does_not_open_it(paid):
    next_morning()
    tamper("UPDATE subsidies_statementreading SET read_at = now()")
    assert gate(now=tomorrow()) == Shut(unread=today())


def test_while_a_difference_is_open_nothing_new_leaves(another, book):
    book["amount_fen"] = 1
    next_morning()
    assert gate(now=tomorrow()) == Shut(differences=1)
    assert sweep_payouts() == 0
    assert not left(another)
    tamper("UPDATE subsidies_difference SET state = 'agreed', closed_at = now()")
    assert sweep_payouts() == 1
    assert left(another)


def test_what_left_before_is_asked_about_all_the_same(another, book):
    tamper("UPDATE subsidies_payoutbatch SET ask_attempts = 1 WHERE id = %s", another.pk)
    tamper("UPDATE subsidies_payoutline SET state = 'unknown' WHERE batch_id = %s", another.pk)
    book["amount_fen"] = 1
    next_morning()
    assert sweep_payouts() == 1


def test_nor_does_it_leave_past_the_service(another, book):
    book["amount_fen"] = 1
    next_morning()
    assert refused(update(another.lines.get(), "state = 'unknown'"), because="the books differ")


def test_a_statement_that_cannot_be_read_keeps_it_shut(another, outside):
    tamper("UPDATE subsidies_operatoranswer SET at = at - interval '1 day'")
    outside.behave(fail=1.0, modes=("error",))
    assert sweep_statement() == 0
    assert not StatementReading.objects.exists()
    outside.behave(fail=0.0)
    assert sweep_payouts() == 0
    assert not left(another)
    sweep_statement()
    assert sweep_payouts() == 1
    assert left(another)


def test_the_statement_of_yesterday_is_read_once(paid, outside):
    tamper("UPDATE subsidies_payoutline SET finished_at = finished_at - interval '1 day'")
    for entry in outside.operator._lines.values():
        entry["gmt_pay"] = (timezone.now() - timedelta(days=1)).isoformat(timespec="seconds")
    assert sweep_statement() == 2
    assert sweep_statement() == 0
    assert StatementReading.objects.get().last_day == today() - timedelta(days=1)
    assert OperatorAnswer.objects.exists()
    assert not Difference.objects.exists()
