"""A claim whose 300 yuan were paid, and the people who demand them back."""

from datetime import date, timedelta

import pytest

from core.shanghai import local_day
from subsidies.models import Claim, PayoutLine, RecoveryReceipt
from subsidies.payouts.judge import LineResult
from subsidies.payouts.services.payouts import release_payout
from subsidies.payouts.services.record_results import lease_due_order, record_results
from subsidies.recoveries.plans import Due
from subsidies.recoveries.services.cases import Demand, confirm_recovery, propose_recovery
from subsidies.recoveries.services.receipts import Arrival, confirm_receipt, take_receipt
from tests.factories import NOW, UserFactory
from tests.laid import laid
from tests.subsidies.answers import heard

TODAY = local_day(NOW)
Way = RecoveryReceipt.Way


def pay_out(batch, by):
    """Released, and paid by the operator."""
    release_payout(batch=batch, by=by, now=NOW)
    order = lease_due_order(now=NOW)
    success = LineResult(PayoutLine.State.SUCCESS)
    record_results(order, heard(order, {line.request_no: success for line in order.lines}), now=NOW)


@laid
def officer():
    return UserFactory(username="officer")


@laid
def reviewer():
    return UserFactory(username="reviewer")


@laid
def cashier():
    return UserFactory(username="cashier")


@laid
def accountant():
    return UserFactory(username="accountant")


@laid
def paid(batch, releaser):
    """Of two paid claims the one of 300 yuan."""
    pay_out(batch, releaser)
    return Claim.objects.get(stage__no=1)


def in_days(days):
    return TODAY + timedelta(days=days)


def demand(amount_fen=30_000, *parts: tuple[date, int], **differs):
    """All at once in 15 days, or in these parts."""
    plan = tuple(Due(*part) for part in parts) or (Due(in_days(15), amount_fen),)
    told = {
        "reason": "untrue_proved",
        "basis": "《财政违法行为处罚处分条例》第十四条",
        "note": "查实没有交车",
    }
    return Demand(**{**told, "amount_fen": amount_fen, "plan": plan, **differs})


@laid
def proposed(paid, officer):
    return propose_recovery(claim=paid, demand=demand(), by=officer, now=NOW)


@laid
def case(proposed, reviewer):
    return confirm_recovery(case=proposed, by=reviewer, now=NOW)


@pytest.fixture
def receive(cashier, accountant):
    """So much of a case arrives, and is confirmed."""

    def arrive(case, fen, *, now=NOW, **differs):
        receipt = take_receipt(case=case, arrival=arrival(fen, **differs), by=cashier, now=now)
        confirm_receipt(receipt=receipt, by=accountant, now=now)
        receipt.refresh_from_db()
        case.refresh_from_db()
        return receipt

    return arrive


def arrival(fen, **differs):
    told = {"way": Way.TRANSFER, "received_on": TODAY, "voucher": "YH-1"}
    return Arrival(amount_fen=fen, **{**told, **differs})


def sums(scheme):
    scheme.refresh_from_db()
    return scheme.reserved_fen, scheme.paid_fen, scheme.available_fen
