"""Ledger = order lines = statement, payment by payment; where they do not agree there is a case."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from core.shanghai import today
from subsidies.models import Claim, Difference, LedgerEntry, OperatorPayment, PayoutLine, StatementEntry
from subsidies.payouts.statement import Unread, read_statement
from subsidies.reconciliation.selectors.triangle import total, triangle
from subsidies.reconciliation.services.reconcile import take_in_statement
from tests.console import refused, tamper, update
from tests.factories import NOW
from tests.subsidies.outside import next_morning

pytestmark = pytest.mark.django_db


def kinds():
    return [each.kind for each in Difference.objects.order_by("kind") if each.state == "open"]


def day_of_the_triangle():
    (day,) = triangle(first=today(), last=today(), now=timezone.now() + timedelta(days=2))
    return day


def test_where_all_three_agree_there_is_no_case(paid):
    reading = next_morning()
    assert (reading.payments, reading.paid_fen, reading.returned) == (2, 50_000, 0)
    assert kinds() == []
    day = day_of_the_triangle()
    assert day.agrees
    assert day.closed
    assert (day.ledger.paid, day.orders.paid, day.statement.paid_fen) == (2, 2, 50_000)


def test_a_return_is_matched_on_all_three_sides(paid, line, outside):
    outside.operator.take_back(line.request_no)
    next_morning()
    assert kinds() == []
    day = day_of_the_triangle()
    assert day.agrees
    assert (day.ledger.returned, day.orders.returned_fen, day.statement.returned) == (1, 30_000, 1)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"amount_fen": 1}, ["amount"]),
        ({"payee": "9999"}, ["payee"]),
        ({"out_request_no": "FREMD"}, ["ours", "theirs"]),
    ],
    ids=["amount", "payee", "number"],
)
def test_what_the_statement_says_otherwise_is_a_case(paid, book, change, kind):
    book.update(change)
    next_morning()
    assert kinds() == kind
    assert not day_of_the_triangle().closed


def test_a_number_that_was_paid_twice_is_a_case(paid, line, outside):
    lines = read_statement(first=today(), last=today())
    take_in_statement(lines=[*lines, lines[0]], first=today(), last=today(), now=timezone.now())
    assert kinds() == ["twice"]
    assert day_of_the_triangle().statement.paid_fen == 80_000


def test_a_payment_that_the_statement_does_not_have_is_a_case(paid, line, outside):
    del outside.operator._moved[line.request_no]
    next_morning()
    assert kinds() == ["ours"]
    found = Difference.objects.get()
    assert (found.number, found.line, found.ours) == (line.request_no, line, f"success 30000 {today()}")


def unbooked(line, state):
    """The payment as if our book had never had it as made."""
    tamper("UPDATE subsidies_payoutline SET state = %s WHERE id = %s", state, line.pk)
    tamper("DELETE FROM subsidies_ledgerentry WHERE kind = 'pay' AND claim_id = %s", line.claim_id)


def test_a_payment_that_failed_here_and_was_made_there_is_a_case(paid, line):
    unbooked(line, "failed")
    next_morning()
    assert kinds() == ["state"]


def test_a_payment_whose_outcome_is_unknown_here_is_a_case_until_it_is_known(paid, line):
    unbooked(line, "unknown")
    next_morning()
    assert kinds() == ["pending"]
    tamper("UPDATE subsidies_payoutline SET state = 'success' WHERE id = %s", line.pk)
    next_morning()
    assert Difference.objects.get(kind="pending").state == "agreed"


def test_a_return_of_another_amount_is_not_booked(paid, line, book, outside):
    outside.operator.take_back(line.request_no)
    book["amount_fen"] = 1
    next_morning()
    line.refresh_from_db()
    assert (line.state, kinds()) == ("success", ["amount"])


def test_a_payment_on_another_day_is_a_case(paid, line):
    tamper(
        "UPDATE subsidies_payoutline SET finished_at = finished_at - interval '1 day' WHERE id = %s", line.pk
    )
    next_morning()
    assert kinds() == ["day"]


def test_a_ledger_that_does_not_follow_the_lines_is_a_case(paid, line):
    tamper("DELETE FROM subsidies_ledgerentry WHERE kind = 'pay' AND claim_id = %s", line.claim_id)
    next_morning()
    assert kinds() == ["ledger"]
    assert day_of_the_triangle().ledger.paid == 1


def test_a_ledger_row_without_a_payment_is_a_case(paid, line):
    tamper("UPDATE subsidies_payoutline SET state = 'discarded' WHERE id = %s", line.pk)
    tamper("UPDATE subsidies_ledgerentry SET at = now() WHERE kind = 'pay'")
    next_morning()
    assert kinds() == ["ledger", "theirs"]


def test_what_two_people_found_in_the_operators_book_after_a_restore_is_none(paid, line):
    """They confirmed it when payouts were stopped; it is booked when its order comes up."""
    tamper("UPDATE subsidies_payoutline SET state = 'discarded' WHERE id = %s", line.pk)
    tamper("DELETE FROM subsidies_ledgerentry WHERE kind = 'pay' AND claim_id = %s", line.claim_id)
    OperatorPayment.objects.create(number=line.request_no, amount_fen=30_000, paid_at=NOW, read_at=NOW)
    next_morning()
    assert kinds() == []


# ------------------------------------------------------------------ read again


def test_the_statement_read_twice_makes_no_second_case(paid, book):
    book["amount_fen"] = 1
    next_morning()
    next_morning()
    assert (Difference.objects.count(), StatementEntry.objects.count()) == (1, 2)


def test_what_a_later_statement_says_otherwise_is_a_case(paid, book):
    next_morning()
    book["amount_fen"] = 1
    next_morning()
    assert kinds() == ["amount"]
    assert StatementEntry.objects.get(amount_fen=1).before.startswith(f"paid 30000 {today()}")
    book["amount_fen"] = 30_000
    next_morning()
    assert Difference.objects.get().state == "agreed"
    assert day_of_the_triangle().closed


def test_what_a_later_statement_has_no_more_is_a_case(paid, line, outside):
    next_morning()
    del outside.operator._moved[line.request_no]
    next_morning()
    assert kinds() == ["gone"]
    assert day_of_the_triangle().statement.paid == 1


def test_a_return_that_is_not_told_any_more_is_a_case(paid, line, book, outside):
    outside.operator.take_back(line.request_no)
    next_morning()
    book["state"] = "SUCCESS"
    next_morning()
    assert kinds() == ["state"]
    line.refresh_from_db()
    assert line.state == "returned"


def test_a_statement_that_contradicts_itself_is_a_case(paid, line, outside):
    outside.operator.take_back(line.request_no)
    lines = read_statement(first=today(), last=today())
    back = next(each for each in lines if not each.paid)
    lines.append(replace(back, amount_fen=1, paid=True))
    take_in_statement(lines=lines, first=today(), last=today(), now=timezone.now())
    assert kinds() == ["contra"]
    line.refresh_from_db()
    assert line.state == "success"


@pytest.mark.parametrize("told", ["2022-09-21T10:00:00", "2099-01-01T00:00:00+08:00", "gestern"])
def test_a_time_that_is_no_time_makes_the_statement_unread(paid, book, monkeypatch, outside, told):
    original = outside.operator.statement
    monkeypatch.setattr(
        outside.operator, "statement", lambda *days: [each | {"gmt_pay": told} for each in original(*days)]
    )
    with pytest.raises(Unread):
        read_statement(first=today(), last=today())


def test_the_month_is_the_sum_of_its_days(paid):
    next_morning()
    days = triangle(first=today(), last=today(), now=timezone.now())
    assert total(days).statement == days[0].statement
    assert total([]) is None


# ------------------------------------------------------------------ what the database refuses


def test_the_statement_stays_as_it_was_read(paid):
    reading = next_morning()
    entry = StatementEntry.objects.first()
    assert refused(update(entry, "amount_fen = 1"), because="stands in the statement as it was read")
    assert refused(update(reading, "paid_fen = 1"), because="never changed")
    assert refused("DELETE FROM subsidies_statemententry", because="never|only")
    assert refused("DELETE FROM subsidies_statementreading", because="never|only")


def test_a_claim_is_not_paid_by_hand_after_its_payment_failed(paid, line):
    tamper("UPDATE subsidies_payoutline SET state = 'failed' WHERE id = %s", line.pk)
    assert refused(update(line, "state = 'success'"), because="takes two people")
    assert Claim.objects.filter(state="paid").count() == 2
    assert LedgerEntry.objects.filter(kind="pay").count() == 2
    assert PayoutLine.objects.filter(state="failed").count() == 1
