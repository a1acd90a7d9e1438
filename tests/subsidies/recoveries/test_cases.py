"""Money is demanded back by one person and another, for a reason, on a law, under a number without a gap."""

from dataclasses import replace
from datetime import timedelta

import pytest

from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.models import Claim, RecoveryCase
from subsidies.recoveries.plans import Due, WrongPlan
from subsidies.recoveries.services.cases import (
    NotProposed,
    OwnProposal,
    TooMuch,
    amend_proposal,
    confirm_recovery,
    decline_recovery,
    propose_recoveries,
    propose_recovery,
)
from subsidies.recoveries.services.receipts import NotOpen, take_receipt
from tests.console import put_in, refused, sql, tamper, update
from tests.factories import NOW, UserFactory
from tests.subsidies.recoveries.conftest import arrival, demand, in_days

pytestmark = pytest.mark.django_db


def state(claim):
    return Claim.objects.get(pk=claim.pk).state


def test_nothing_moves_before_another_person_confirms(proposed, paid, cashier):
    assert (proposed.state, proposed.number, state(paid)) == ("proposed", None, "paid")
    with pytest.raises(NotOpen):
        take_receipt(case=proposed, arrival=arrival(1), by=cashier, now=NOW)


def test_whoever_proposes_does_not_confirm(proposed, paid, officer):
    with pytest.raises(OwnProposal):
        confirm_recovery(case=proposed, by=officer, now=NOW)
    assert state(paid) == "paid"


def test_confirmed_it_has_its_number_and_the_claim_is_being_recovered(case, paid, reviewer):
    assert (case.number, case.open_fen, state(paid)) == ("拱市监追〔2022〕1号", 30_000, "recovering")
    assert paid.events.latest("pk").by == reviewer
    assert verify_ledger(scheme=paid.scheme) == []


def test_the_numbers_have_no_gap_whatever_was_declined(case, paid, officer, reviewer):
    other = Claim.objects.exclude(pk=paid.pk).get()
    declined = propose_recovery(claim=other, demand=demand(20_000), by=officer, now=NOW)
    decline_recovery(case=declined, by=reviewer, now=NOW, note="事实不清")
    again = propose_recovery(claim=other, demand=demand(20_000), by=officer, now=NOW)
    next_year = NOW + timedelta(days=120)
    later = demand(20_000, (in_days(200), 20_000))
    amend_proposal(case=again, demand=later, by=officer, now=next_year)
    assert confirm_recovery(case=again, by=reviewer, now=next_year).number == "拱市监追〔2023〕1号"
    assert RecoveryCase.objects.get(pk=declined.pk).number is None


@pytest.mark.parametrize("fen", [30_001, 0, -1])
def test_not_more_than_was_paid_is_demanded_and_not_nothing(paid, officer, fen):
    with pytest.raises(TooMuch) as much:
        propose_recovery(claim=paid, demand=demand(fen), by=officer, now=NOW)
    assert much.value.kept_fen == 30_000


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        ([], "length"),
        ([(15, 29_999)], "sum"),
        ([(15, 20_000), (30, 10_001)], "sum"),
        ([(15, 30_000), (30, 0)], "nothing"),
        ([(15, 40_000), (30, -10_000)], "nothing"),
        ([(30, 20_000), (15, 10_000)], "order"),
        ([(15, 20_000), (15, 10_000)], "order"),
        ([(-1, 30_000)], "past"),
        ([(day, 500) for day in range(1, 62)], "length"),
    ],
)
def test_a_plan_adds_up_in_the_order_of_its_days(paid, officer, plan, code):
    parts = tuple(Due(in_days(days), fen) for days, fen in plan)
    with pytest.raises(WrongPlan) as wrong:
        propose_recovery(claim=paid, demand=replace(demand(), plan=parts), by=officer, now=NOW)
    assert wrong.value.code == code


@pytest.mark.parametrize("put", ["settled", "payout_failed", "in_payout", "refused", "recovered"])
def test_only_what_was_paid_is_demanded_back(paid, officer, put):
    put_in(paid, put)
    with pytest.raises(NotProposed):
        propose_recovery(claim=paid, demand=demand(), by=officer, now=NOW)


def test_one_case_at_a_time(proposed, paid, officer):
    with pytest.raises(NotProposed):
        propose_recovery(claim=paid, demand=demand(), by=officer, now=NOW)
    found = Claim.objects.all()
    assert propose_recoveries(claims=found, by=officer, now=NOW, reasons=["paid_in_error"], note="误发") == 1
    assert propose_recoveries(claims=found, by=officer, now=NOW, reasons=["paid_in_error"], note="误发") == 0
    made = RecoveryCase.objects.exclude(pk=proposed.pk).get()
    assert (made.amount_fen, made.instalments.get().due_on, "九百八十五条" in made.basis) == (
        *(20_000, in_days(15)),
        True,
    )


def test_whoever_puts_a_proposal_right_stands_for_it(proposed, officer, reviewer):
    half = demand(10_000, (in_days(5), 4_000), (in_days(9), 6_000), reason="paid_too_much")
    amend_proposal(case=proposed, demand=half, by=reviewer, now=NOW)
    with pytest.raises(OwnProposal):
        confirm_recovery(case=proposed, by=reviewer, now=NOW)
    case = confirm_recovery(case=proposed, by=officer, now=NOW)
    assert [each.amount_fen for each in case.instalments.all()] == [4_000, 6_000]
    with pytest.raises(NotProposed):
        amend_proposal(case=case, demand=half, by=reviewer, now=NOW)


def test_a_proposal_whose_day_has_passed_is_put_right_first(proposed, reviewer):
    with pytest.raises(WrongPlan):
        confirm_recovery(case=proposed, by=reviewer, now=NOW + timedelta(days=16))


def test_what_was_decided_is_not_decided_again(case, reviewer):
    with pytest.raises(NotProposed):
        confirm_recovery(case=case, by=UserFactory(), now=NOW)
    with pytest.raises(NotProposed):
        decline_recovery(case=case, by=reviewer, now=NOW)


# ------------------------------------------------------------------ past the verbs, the database


def opened(by, serial=1):
    return f"state = 'open', number = 'X{serial}', year = 2022, serial = {serial}, decided_at = now(), decided_by_id = {by}"


def test_the_database_refuses_one_person_alone(proposed, officer):
    assert refused(update(proposed, opened(officer.pk)), because="confirmed_by_another")
    nobody = "state = 'open', number = 'X', year = 2022, serial = 1"
    assert refused(update(proposed, nobody), because="confirmed_by_another")


def test_the_database_refuses_a_gap_in_the_numbers(proposed, reviewer):
    assert refused(update(proposed, opened(reviewer.pk, 2)), because="without a gap")


def test_the_database_refuses_a_plan_that_does_not_add_up(proposed, reviewer):
    sql(
        "INSERT INTO subsidies_recoveryinstalment (case_id, plan_no, no, due_on, amount_fen)"
        f" VALUES ({proposed.pk}, 0, 2, '2023-01-01', 1)"
    )
    assert refused(update(proposed, opened(reviewer.pk)), because="add up to 30001")


@pytest.mark.parametrize(
    "change",
    [
        "amount_fen = 1",
        "reason = 'other'",
        "basis = 'x'",
        "note = 'x'",
        "number = 'x'",
        "serial = 7",
        "proposed_by_id = decided_by_id, decided_by_id = proposed_by_id",
        "claim_id = claim_id + 1",
    ],
)
def test_what_was_confirmed_is_not_rewritten(case, change):
    assert refused(update(case, change), because="not rewritten|is not paid")


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ("state = 'recovered', ended_at = now()", "may not end"),
        ("state = 'returned', ended_at = now()", "may not end"),
        ("state = 'written_off', ended_at = now()", "two people"),
        ("state = 'dropped', ended_at = now()", "two people"),
        ("handed_over_at = now()", "two people"),
        ("plan_no = 1", "add up"),
        ("planned_from_fen = 1", "keeps its plan"),
        ("state = 'proposed'", "has ended|not rewritten"),
        ("surplus_fen = 1", "only_an_ended"),
    ],
)
def test_a_case_does_not_end_by_hand(case, change, because):
    assert refused(update(case, change), because=because)


def test_a_plan_is_not_rewritten(case):
    part = case.instalments.get()
    assert refused(update(part, "amount_fen = 1"), because="by a new plan")
    assert refused(update(part, "due_on = due_on + 30"), because="by a new plan")
    assert refused("DELETE FROM subsidies_recoveryinstalment", because="by a new plan")
    assert refused(
        "DELETE FROM subsidies_recoverycase", because="only be added to|is refused|never|may not|append"
    )


def test_a_claim_is_being_recovered_by_its_case_alone(proposed, paid):
    assert refused(update(paid, "state = 'recovering'"), because="by its recovery alone")


@pytest.mark.parametrize("to", ["recovered", "paid", "written_off"])
def test_nor_is_it_over_by_hand(case, paid, to):
    assert refused(update(paid, f"state = '{to}'"), because="by its recovery alone")


def test_a_proposal_demands_no_more_than_the_ledger_has_paid(paid, officer):
    tamper(f"UPDATE subsidies_claim SET amount_fen = 99999 WHERE id = {paid.pk}")
    with pytest.raises(TooMuch):
        propose_recovery(claim=paid, demand=demand(99_999), by=officer, now=NOW)
