"""A difference is closed by two people, and the ledger follows what they found."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.models import Difference, PayoutLine
from subsidies.payouts.judge import LineResult
from subsidies.payouts.operator import ask_operator
from subsidies.payouts.services.payouts import release_payout
from subsidies.payouts.services.record_results import lease_due_order, record_results
from subsidies.reconciliation.services.resolve import (
    DoesNotFit,
    Finding,
    NotOpen,
    SamePerson,
    decline_resolution,
    propose_resolution,
    sign_resolution,
    take_over,
)
from tests.console import refused, tamper, update
from tests.factories import NOW
from tests.subsidies.outside import next_morning

pytestmark = pytest.mark.django_db

EXPLAINED, NOT_PAID, PAID = (Finding(each, "与运营机构核对") for each in Difference.Resolution)


@pytest.fixture
def missing(paid, line, outside):
    """Our book has a payment as made; the statement does not."""
    del outside.operator._moved[line.request_no]
    next_morning()
    return Difference.objects.get()


@pytest.fixture
def made_after_all(batch, releaser, outside):
    """The operator said that a payment failed, and its statement has it."""
    release_payout(batch=batch, by=releaser, now=NOW)
    order = lease_due_order(now=NOW)
    heard = ask_operator(order)
    odd = order.lines[0].request_no
    failed = LineResult(PayoutLine.State.FAILED, fail_reason="WALLET_FROZEN")
    record_results(order, replace(heard, results={**heard.results, odd: failed}), now=NOW)
    next_morning()
    return Difference.objects.get()


def those(*cases):
    return Difference.objects.filter(pk__in=[case.pk for case in cases])


def propose(case, finding, by):
    return propose_resolution(differences=those(case), finding=finding, by=by, now=NOW)


def sign(case, by):
    return sign_resolution(differences=those(case), by=by, now=NOW)


def state(case):
    case.refresh_from_db()
    return case.state


def test_two_people_close_it_and_the_same_fact_is_not_opened_again(missing, anna, bo):
    propose(missing, EXPLAINED, anna)
    assert state(missing) == "proposed"
    assert missing.owner == anna
    sign(missing, bo)
    assert (state(missing), missing.signed_by) == ("signed", bo)
    next_morning()
    assert Difference.objects.count() == 1


def test_whoever_said_what_it_was_does_not_sign_it(missing, anna):
    propose(missing, EXPLAINED, anna)
    with pytest.raises(SamePerson):
        sign(missing, anna)
    assert refused(
        update(missing, f"state = 'signed', signed_by_id = {anna.pk}, closed_at = now()"),
        because="differences_are_closed_by_two_people",
    )


def test_nothing_is_signed_that_was_not_proposed(missing, anna, bo):
    with pytest.raises(NotOpen):
        sign(missing, anna)
    with pytest.raises(NotOpen):
        decline_resolution(differences=those(missing), by=anna, now=NOW)
    people = f"signed_by_id = {bo.pk}, proposed_by_id = {anna.pk}"
    change = f"state = 'signed', closed_at = now(), resolution = 'explained', {people}"
    assert refused(update(missing, change), because="signed as it was proposed")


def test_what_was_declined_is_open_again(missing, anna, bo):
    propose(missing, EXPLAINED, anna)
    decline_resolution(differences=those(missing), by=bo, now=NOW)
    assert (state(missing), missing.proposed_by) == ("open", None)
    with pytest.raises(NotOpen):
        sign(missing, bo)


def test_what_was_not_paid_comes_back_to_the_claim(missing, line, anna, bo):
    propose(missing, NOT_PAID, anna)
    sign(missing, bo)
    line.refresh_from_db()
    assert (line.state, line.claim.state) == ("returned", "payout_failed")
    assert verify_ledger(scheme=line.claim.scheme) == []


def test_what_was_paid_after_all_is_booked(made_after_all, anna, bo):
    assert made_after_all.kind == "state"
    line = made_after_all.line
    propose(made_after_all, PAID, anna)
    sign(made_after_all, bo)
    line.refresh_from_db()
    assert (line.state, line.claim.state) == ("success", "paid")
    assert verify_ledger(scheme=line.claim.scheme) == []


def test_what_the_statement_has_as_paid_is_not_booked_as_unpaid(paid, book, anna):
    book["amount_fen"] = 1
    next_morning()
    with pytest.raises(DoesNotFit):
        propose(Difference.objects.get(), NOT_PAID, anna)


def test_why_it_was_sent_back_stands_with_the_case(missing, anna, bo):
    propose(missing, EXPLAINED, anna)
    decline_resolution(differences=those(missing), by=bo, now=NOW, note="缺回单")
    missing.refresh_from_db()
    assert missing.note == "缺回单"


def test_what_failed_is_not_booked_as_returned(made_after_all, anna):
    with pytest.raises(DoesNotFit):
        propose(made_after_all, NOT_PAID, anna)


def test_what_is_paid_already_is_not_booked_as_paid(missing, anna):
    with pytest.raises(DoesNotFit):
        propose(missing, PAID, anna)


def test_what_does_not_fit_any_more_is_not_signed(made_after_all, anna, bo):
    propose(made_after_all, PAID, anna)
    tamper("UPDATE subsidies_claim SET state = 'cancelled' WHERE id = %s", made_after_all.line.claim_id)
    with pytest.raises((DoesNotFit, IntegrityError)), transaction.atomic():
        sign(made_after_all, bo)
    assert state(made_after_all) == "proposed"


def test_other_facts_void_what_was_proposed(missing, line, anna):
    propose(missing, EXPLAINED, anna)
    tamper("UPDATE subsidies_payoutline SET amount_fen = amount_fen + 1 WHERE id = %s", line.pk)
    next_morning()
    assert (state(missing), missing.note) == ("open", "")


def test_somebody_takes_it_over(missing, anna):
    assert take_over(differences=those(missing), by=anna, now=NOW) == 1
    missing.refresh_from_db()
    assert missing.owner == anna


def test_a_closed_case_never_changes(missing, anna, bo):
    propose(missing, EXPLAINED, anna)
    sign(missing, bo)
    assert refused(update(missing, "note = ''"), because="never changed")
    assert refused("DELETE FROM subsidies_difference", because="never|only")
    assert PayoutLine.objects.filter(state="success").count() == 2
