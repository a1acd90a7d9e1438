"""Whoever owns the tables puts another row in the place of one that was decided: it is not paid, or found that night."""

from datetime import timedelta

import pytest

from subsidies.allocation.services.allocate import allocate
from subsidies.claims.services.change_payee import change_payee
from subsidies.heads.selectors.decisions import verify_decisions
from subsidies.heads.selectors.whole import everything_wrong
from subsidies.models import PayeeChange, PayeeCheck, PayoutLine
from subsidies.payees.services.check_names import check_names
from subsidies.payouts.services.payouts import approve_claims
from subsidies.recoveries.services.cases import confirm_recovery, propose_recovery
from subsidies.recoveries.services.receipts import confirm_receipt, take_receipt
from subsidies.review.services.holds import clear_holds
from tests.console import tamper
from tests.factories import NOW, TradeInFactory, UserFactory, make_claim
from tests.subsidies.checks.test_check_service import sweep
from tests.subsidies.payouts.test_gate_before_money import approve_and_pay, pay
from tests.subsidies.recoveries.conftest import arrival, demand

pytestmark = pytest.mark.django_db
HONEST, HIS = {"wallet_no": "6217000011112222"}, {"wallet_no": "6217000099998888"}


def found():
    return {(fault.what, fault.of) for fault in verify_decisions()}


@pytest.fixture
def claim(approved):
    return approved.claims.get(stage__no=1)


def test_that_a_change_was_let_go_does_not_let_another_of_the_same_number_go(
    claim, approver, maker, releaser, outside
):
    clerk = UserFactory()
    change = change_payee(claim=claim, cells=HONEST, by=clerk, now=NOW)
    clear_holds(holds=claim.holds.all(), by=UserFactory(), now=NOW, note="已核实")
    tamper("DELETE FROM subsidies_payeechange")
    tamper("SELECT setval(pg_get_serial_sequence('subsidies_payeechange', 'id'), %s, false)", change.pk)
    again = change_payee(claim=claim, cells=HIS, by=clerk, now=NOW + timedelta(minutes=5))
    assert again.pk == change.pk
    tamper("DELETE FROM subsidies_hold WHERE claim_id = %s AND cleared_at IS NULL", claim.pk)
    assert found() == {("hold_cleared", ""), ("astray", "payee_changed")}
    approve_and_pay(claim, approver, maker, releaser)
    assert "hold_cleared" in PayoutLine.objects.get(claim=claim).said
    assert outside.operator.summary()["payments"] == 1


def test_a_change_that_was_taken_away_for_good_leaves_its_mark(claim):
    change_payee(claim=claim, cells=HONEST, by=UserFactory(), now=NOW)
    tamper("DELETE FROM subsidies_payeechange")
    (fault,) = verify_decisions()
    assert (fault.what, fault.of) == ("astray", "payee_changed")
    assert "收款信息更正" in str(fault)


def test_what_the_operator_said_of_one_wallet_is_not_said_of_another(
    scheme, approver, maker, releaser, outside, settings
):
    settings.NAME_CHECK = True
    claim = scheme.claims.get(stage__no=1)
    approve_claims(claims=scheme.claims.all(), by=approver, now=NOW)
    check_names(now=NOW)
    change_payee(claim=claim, cells=HIS, by=UserFactory(), now=NOW)
    clear_holds(holds=claim.holds.all(), by=UserFactory(), now=NOW, note="已核实")
    tamper(
        "UPDATE subsidies_payeecheck SET payee_index = %s WHERE claim_id = %s",
        PayeeChange.objects.get().wallet_index,
        claim.pk,
    )
    approve_and_pay(claim, approver, maker, releaser)
    assert PayoutLine.objects.get(claim=claim).said == "payee_checked"
    assert PayeeCheck.objects.count() == 2


@pytest.mark.parametrize("forged", [False, True])
def test_a_bike_is_paid_for_again_only_where_people_brought_the_money_back(
    claim, approver, maker, releaser, outside, forged
):
    """A recovery that SQL writes, in the names of people who never heard of it, bears no mark."""
    pay(claim.scheme, maker, releaser)
    case = propose_recovery(claim=claim, demand=demand(), by=UserFactory(), now=NOW)
    case = confirm_recovery(case=case, by=UserFactory(), now=NOW)
    receipt = take_receipt(case=case, arrival=arrival(30_000), by=UserFactory(), now=NOW)
    confirm_receipt(receipt=receipt, by=UserFactory(), now=NOW)
    if forged:
        tamper("DELETE FROM core_decisionmark WHERE kind ~ '^rec'")
    assert {what for what, _of in found()} == (RECOVERY if forged else set())
    again = make_claim(claim.scheme, trade_in=TradeInFactory(filing_plate_no=claim.filing_plate_no))
    allocate(scheme=claim.scheme, now=NOW)
    approve_and_pay(again, approver, maker, releaser)
    assert outside.operator.summary()["payments"] == (2 if forged else 3)
    assert PayoutLine.objects.get(claim=again).said == ("recovered" if forged else "")


@pytest.fixture
def checked(scheme, outside):
    """A claim that was really checked, while the register said for a moment that its bike came on file later."""
    trade_in = TradeInFactory()
    claim = make_claim(scheme, state="received", trade_in=trade_in, completed_at=trade_in.plated_at)
    outside.know(trade_in)
    sweep()
    allocate(scheme=scheme, now=NOW)
    return claim


OLDER = "UPDATE ebikes_filedbike SET filed_on = '2010-01-01'"


@pytest.mark.parametrize(
    "as_it_was",
    [
        OLDER,
        "UPDATE merchants_merchant SET trade_in_enabled_on = '2030-01-01'",
        "UPDATE merchants_agentauthorization SET ends_on = starts_on",
    ],
)
def test_what_a_register_said_for_the_moment_of_the_check_pays_nobody(
    checked, approver, maker, releaser, outside, as_it_was
):
    tamper(as_it_was)
    approve_and_pay(checked, approver, maker, releaser)
    assert PayoutLine.objects.get(claim=checked).said == "register"


def test_what_a_register_said_until_it_was_paid_is_told_that_night_and_stops_nothing(
    checked, approver, maker, releaser, outside
):
    approve_and_pay(checked, approver, maker, releaser)
    assert PayoutLine.objects.get(claim=checked).state == "success"
    assert list(everything_wrong([])) == []
    tamper(OLDER)
    (said,) = everything_wrong([])
    assert f"1 件按现有的备案、门店和代办点资料核验不通过(编号 {checked.pk})" in said
    assert found() == set()


RECOVERY = {"recovery_proposed", "recovery_confirmed", "receipt_taken", "receipt_confirmed"}


@pytest.mark.parametrize("hidden", [False, True])
def test_a_cap_that_was_lifted_for_a_minute_pays_nobody_twice(
    claim, approver, maker, releaser, outside, hidden
):
    """The policy says the same again when the order leaves; what one person was granted is counted anew, and each night."""
    pay(claim.scheme, maker, releaser)
    again = make_claim(claim.scheme, trade_in=TradeInFactory(owner=claim.owner))
    tamper("UPDATE subsidies_policyversion SET per_person_cap = NULL")
    allocate(scheme=claim.scheme, now=NOW)
    tamper("UPDATE subsidies_policyversion SET per_person_cap = 1")
    if hidden:
        tamper(
            "UPDATE subsidies_claim SET state = 'refused', refusals = '{not_filed}' WHERE id = %s", claim.pk
        )
    approve_and_pay(again, approver, maker, releaser)
    if hidden:
        tamper("UPDATE subsidies_claim SET state = 'paid', refusals = '{}' WHERE id = %s", claim.pk)
    assert PayoutLine.objects.get(claim=again).said == ("" if hidden else "cap")
    assert found() == ({("over_cap", "")} if hidden else set())
