"""What comes back: taken down by one, confirmed by another, followed by the ledger to the fen."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from subsidies.allocation.services.allocate import allocate
from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.ledger.services.append import Piece, append_for_claims, append_piece, lock_scheme
from subsidies.models import Claim, LedgerEntry, PolicyVersion, RecoveryReceipt
from subsidies.payouts.services.payouts import approve_claims, make_payouts
from subsidies.payouts.services.returns import record_returned
from subsidies.recoveries.services.cases import confirm_recovery, propose_recovery
from subsidies.recoveries.services.receipts import (
    BeyondDemand,
    Decided,
    NotOpen,
    NotThatDay,
    NotToBeSetOff,
    OwnReceipt,
    confirm_receipt,
    decline_receipt,
    take_receipt,
)
from subsidies.recoveries.services.steps import Motion, decide_step, propose_step
from tests.console import lay_order, refused, tamper, update
from tests.factories import NOW, UserFactory, local, make_claim
from tests.subsidies.recoveries.conftest import TODAY, Way, arrival, demand, in_days, sums

pytestmark = pytest.mark.django_db


@pytest.fixture
def taken(case, cashier):
    return take_receipt(case=case, arrival=arrival(12_000), by=cashier, now=NOW)


def steps_of(claim):
    return list(
        LedgerEntry.objects.filter(claim=claim).order_by("seq").values_list("kind", "amount_fen", "ref")
    )


def test_what_was_taken_down_moves_nothing_before_another_person_confirms(taken, case):
    assert (taken.number, taken.state, case.open_fen) == ("拱市监追〔2022〕1号-1", "taken", 30_000)
    assert not LedgerEntry.objects.filter(kind="recover").exists()


def test_whoever_took_it_down_does_not_confirm_it(taken, cashier):
    with pytest.raises(OwnReceipt):
        confirm_receipt(receipt=taken, by=cashier, now=NOW)


def test_a_part_is_available_again_and_the_rest_is_still_demanded(taken, case, paid, accountant):
    before = sums(paid.scheme)
    confirm_receipt(receipt=taken, by=accountant, now=NOW)
    reserved, spent, free = sums(paid.scheme)
    assert (reserved, spent, free) == (before[0], before[1] - 12_000, before[2] + 12_000)
    assert steps_of(paid)[-1] == ("recover", 12_000, "拱市监追〔2022〕1号-1")
    case.refresh_from_db()
    assert (case.state, case.open_fen, Claim.objects.get(pk=paid.pk).state) == ("open", 18_000, "recovering")
    assert verify_ledger(scheme=paid.scheme) == []


def test_with_the_last_part_the_claim_is_recovered_and_the_bike_may_ask_again(case, paid, receive):
    receive(case, 12_000)
    receive(case, 18_000)
    paid.refresh_from_db()
    assert (case.state, paid.state, sums(paid.scheme)[1]) == ("recovered", "recovered", 20_000)
    assert verify_ledger(scheme=paid.scheme) == []
    assert make_claim(paid.scheme, trade_in=paid.trade_in).state == "eligible"


def test_what_was_paid_too_much_comes_back_and_the_rest_stays_paid(paid, officer, reviewer, receive):
    over = propose_recovery(claim=paid, demand=demand(10_000), by=officer, now=NOW)
    receive(confirm_recovery(case=over, by=reviewer, now=NOW), 10_000)
    paid.refresh_from_db()
    assert (paid.state, sums(paid.scheme)[1]) == ("paid", 40_000)
    assert verify_ledger(scheme=paid.scheme) == []
    again = propose_recovery(claim=paid, demand=demand(20_000), by=officer, now=NOW)
    receive(confirm_recovery(case=again, by=reviewer, now=NOW), 20_000)
    paid.refresh_from_db()
    assert (paid.state, verify_ledger(scheme=paid.scheme)) == ("recovered", [])


@pytest.mark.parametrize("fen", [18_001, 30_000, 0, -5])
def test_no_more_is_received_than_is_open_what_waits_counted(taken, case, cashier, fen):
    with pytest.raises(BeyondDemand) as much:
        take_receipt(case=case, arrival=arrival(fen), by=cashier, now=NOW)
    assert much.value.open_fen == 18_000


@pytest.mark.parametrize("days", [-1, 1])
def test_it_arrived_between_the_demand_and_today(case, cashier, days):
    with pytest.raises(NotThatDay):
        take_receipt(case=case, arrival=arrival(1, received_on=in_days(days)), by=cashier, now=NOW)


def test_what_did_not_arrive_is_declined_and_keeps_its_number(taken, case, cashier, accountant, receive):
    decline_receipt(receipt=taken, by=accountant, now=NOW, note="银行没有这一笔")
    with pytest.raises(Decided):
        confirm_receipt(receipt=taken, by=accountant, now=NOW)
    assert receive(case, 30_000).number == "拱市监追〔2022〕1号-2"


def test_confirmed_twice_it_is_booked_once(taken, accountant):
    confirm_receipt(receipt=taken, by=accountant, now=NOW)
    with pytest.raises(Decided):
        confirm_receipt(receipt=taken, by=accountant, now=NOW)
    assert LedgerEntry.objects.filter(kind="recover").count() == 1


# ------------------------------------------------------------------ past the verbs, the database


def recover(claim, fen, ref="X"):
    with transaction.atomic():
        append_piece(
            scheme=lock_scheme(claim.scheme),
            kind="recover",
            claim=claim,
            piece=Piece(fen, ref),
            by=None,
            now=NOW,
        )


@pytest.mark.parametrize("fen", [12_000, 30_000])
def test_the_ledger_recovers_nothing_without_a_confirmed_receipt(taken, paid, fen):
    with pytest.raises(IntegrityError, match="not its own money"):
        recover(paid, fen, taken.number)


def test_the_ledger_recovers_a_receipt_once_and_whole(case, paid, receive):
    receipt = receive(case, 12_000)
    for fen in (12_000, 5_000):
        with pytest.raises(IntegrityError, match="not its own money"):
            recover(paid, fen, receipt.number)


def test_the_ledger_never_recovers_more_than_was_paid(case, paid, receive):
    """Were the receipts forged, too: the sum of what came back stops at what went out."""
    receive(case, 20_000)
    beside = make_claim(paid.scheme)  # so that the stage's own sum is not what stops it
    allocate(scheme=paid.scheme, now=NOW)
    lay_order(beside)
    with transaction.atomic():
        scheme = lock_scheme(paid.scheme)
        append_for_claims(scheme=scheme, kind="pay", claim_ids=[beside.pk], by=None, now=NOW)
    tamper(
        "INSERT INTO subsidies_recoveryreceipt (case_id, no, number, way, amount_fen, received_on, voucher, note, state,"
        " taken_by_id, taken_at, decided_by_id, decided_at) SELECT case_id, 9, 'FORGED', way, 10001, received_on, voucher,"
        " note, state, taken_by_id, taken_at, decided_by_id, decided_at FROM subsidies_recoveryreceipt"
    )
    with pytest.raises(IntegrityError, match="more came back for claim"):
        recover(paid, 10_001, "FORGED")


def test_a_receipt_that_the_ledger_does_not_have_is_found(taken, paid):
    decided = f"state = 'confirmed', decided_at = now(), decided_by_id = {UserFactory().pk}"
    tamper(update(taken, decided))
    assert [fault.what for fault in verify_ledger(scheme=paid.scheme)] == ["claim_money"]


def test_the_database_refuses_one_person_alone(taken, cashier):
    alone = f"state = 'confirmed', decided_at = now(), decided_by_id = {cashier.pk}"
    assert refused(update(taken, alone), because="a_receipt_has_two_people")
    assert refused(update(taken, "state = 'confirmed'"), because="a_receipt_has_two_people")


@pytest.mark.parametrize(
    "change", ["amount_fen = 1", "voucher = 'x'", "received_on = '2022-01-01'", "taken_by_id = 1"]
)
def test_a_receipt_is_not_rewritten(taken, change):
    assert refused(update(taken, change), because="never changed")
    assert refused(
        "DELETE FROM subsidies_recoveryreceipt", because="only be added to|is refused|never|may not|append"
    )


def raw(case, **differs):
    told = {
        "case": case,
        "no": 1,
        "number": f"{case.number}-1",
        "way": "cash",
        "amount_fen": 1,
        "received_on": TODAY,
    }
    with transaction.atomic():
        return RecoveryReceipt.objects.create(
            **{**told, "voucher": "v", "taken_by": UserFactory(), "taken_at": NOW, **differs}
        )


@pytest.mark.parametrize(
    ("differs", "because"),
    [
        ({"amount_fen": 30_001}, "does not demand so much"),
        ({"no": 2}, "without a gap"),
        ({"number": "X"}, "without a gap"),
        ({"state": "confirmed"}, "takes no receipt"),
        ({"way": "set_off"}, "set_off_names"),
        ({"voucher": ""}, "vouched"),
    ],
)
def test_the_database_refuses_a_receipt_that_is_none(case, differs, because):
    with pytest.raises(IntegrityError, match=because):
        raw(case, **differs)


def test_the_database_takes_none_for_what_is_only_proposed(proposed):
    with pytest.raises(IntegrityError, match="takes no receipt"):
        raw(proposed, number="X-1")


# ------------------------------------------------------------------ set-off


@pytest.fixture
def due(case, paid, approver):
    """Another approved claim of the same owner, of 300 yuan."""
    tamper(f"UPDATE {PolicyVersion._meta.db_table} SET per_person_cap = NULL")
    claim = make_claim(paid.scheme, owner=paid.owner, completed_at=local("2022-06-12 12:00:00"))
    allocate(scheme=paid.scheme, now=NOW)
    approve_claims(claims=Claim.objects.filter(pk=claim.pk), by=approver, now=NOW)
    claim.refresh_from_db()
    assert claim.state == "approved"
    return claim


def test_what_is_still_to_be_paid_to_the_same_person_is_kept_instead(case, due, paid, maker, receive):
    receipt = receive(case, 30_000, way=Way.SET_OFF, set_off=due, voucher="抵扣告知书 1 号")
    due.refresh_from_db()
    paid.refresh_from_db()
    assert (due.state, paid.state, case.state) == ("paid", "recovered", "recovered")
    assert steps_of(due) == [
        ("reserve", 30_000, ""),
        ("release", 30_000, ""),
        ("reserve", 30_000, receipt.number),
        ("pay", 30_000, receipt.number),
    ]
    assert verify_ledger(scheme=paid.scheme) == []
    made = make_payouts(scheme=due.scheme, claims=Claim.objects.filter(pk=due.pk), by=maker, now=NOW)
    assert made.batches == ()


def test_in_part_or_of_somebody_else_or_not_approved_it_is_not_set_off(case, due, cashier):
    def set_off(claim, fen=30_000):
        told = arrival(fen, way=Way.SET_OFF, set_off=claim)
        return take_receipt(case=case, arrival=told, by=cashier, now=NOW)

    with pytest.raises(NotToBeSetOff):
        set_off(due, 10_000)
    with pytest.raises(NotToBeSetOff):
        set_off(Claim.objects.get(stage__no=2))
    Claim.objects.filter(pk=due.pk).update(state="settled")
    with pytest.raises(NotToBeSetOff):
        set_off(due)


def test_whoever_approved_the_claim_neither_takes_down_nor_confirms_that_it_is_set_off(
    case, due, approver, cashier
):
    told = arrival(30_000, way=Way.SET_OFF, set_off=due)
    with pytest.raises(OwnReceipt):
        take_receipt(case=case, arrival=told, by=approver, now=NOW)
    receipt = take_receipt(case=case, arrival=told, by=cashier, now=NOW)
    with pytest.raises(OwnReceipt):
        confirm_receipt(receipt=receipt, by=approver, now=NOW)
    decided = f"state = 'confirmed', decided_at = now(), decided_by_id = {approver.pk}"
    assert refused(update(receipt, decided), because="does not confirm that it is set off")


def test_what_was_ordered_meanwhile_is_not_set_off(case, due, cashier, accountant, maker):
    told = arrival(30_000, way=Way.SET_OFF, set_off=due)
    receipt = take_receipt(case=case, arrival=told, by=cashier, now=NOW)
    make_payouts(scheme=due.scheme, claims=Claim.objects.filter(pk=due.pk), by=maker, now=NOW)
    with pytest.raises(NotToBeSetOff):
        confirm_receipt(receipt=receipt, by=accountant, now=NOW)


# ------------------------------------------------------------------ the operator sends the payment itself back


def test_a_returned_payment_ends_the_case(case, paid):
    line = paid.payout_lines.get()
    assert record_returned(numbers=[line.request_no], now=NOW) == 1
    assert record_returned(numbers=[line.request_no], now=NOW) == 0
    case.refresh_from_db()
    paid.refresh_from_db()
    assert (case.state, case.surplus_fen, paid.state) == ("returned", 0, "recovered")
    assert steps_of(paid) == [("reserve", 30_000, ""), ("pay", 30_000, ""), ("return", 30_000, "")]
    assert verify_ledger(scheme=paid.scheme) == []


def test_what_had_come_back_before_is_surplus_and_is_given_back_by_two_people(
    case, paid, receive, cashier, accountant
):
    receive(case, 10_000)
    record_returned(numbers=[paid.payout_lines.get().request_no], now=NOW)
    case.refresh_from_db()
    assert (case.state, case.surplus_fen) == ("returned", 10_000)
    assert steps_of(paid)[-1] == ("return", 20_000, "")
    assert verify_ledger(scheme=paid.scheme) == []
    assert refused(update(case, "surplus_fen = 0"), because="two people")
    motion = Motion("refund", "退还缴款人", reference="YH-9")
    step = propose_step(case=case, motion=motion, by=cashier, now=NOW)
    decide_step(step=step, approve=True, by=accountant, now=NOW)
    case.refresh_from_db()
    assert (case.state, case.surplus_fen) == ("returned", 0)


def test_of_a_proposal_nothing_is_left_when_the_payment_returns(proposed, paid):
    record_returned(numbers=[paid.payout_lines.get().request_no], now=NOW)
    proposed.refresh_from_db()
    paid.refresh_from_db()
    assert (proposed.state, paid.state) == ("declined", "payout_failed")
    assert verify_ledger(scheme=paid.scheme) == []


def test_a_receipt_that_waited_is_not_booked_after_the_case_ended(taken, paid, accountant):
    record_returned(numbers=[paid.payout_lines.get().request_no], now=NOW)
    with pytest.raises(NotOpen):
        confirm_receipt(receipt=taken, by=accountant, now=NOW)
    decline_receipt(receipt=taken, by=accountant, now=NOW + timedelta(days=1), note="退还缴款人")


def test_of_a_claim_that_gave_a_part_back_it_is_left_to_people(paid, officer, reviewer, receive):
    over = propose_recovery(claim=paid, demand=demand(10_000), by=officer, now=NOW)
    receive(confirm_recovery(case=over, by=reviewer, now=NOW), 10_000)
    assert record_returned(numbers=[paid.payout_lines.get().request_no], now=NOW) == 0
