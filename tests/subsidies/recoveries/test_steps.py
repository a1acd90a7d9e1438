"""What becomes of a demand: another plan, enforcement, a write-off, its end. One person proposes it, another approves it."""

from datetime import timedelta

import pytest

from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.models import Claim
from subsidies.recoveries.plans import Due, WrongPlan
from subsidies.recoveries.services.cases import confirm_recovery, propose_recovery
from subsidies.recoveries.services.receipts import take_receipt
from subsidies.recoveries.services.steps import (
    MoneyCame,
    Motion,
    NotNow,
    NotSaid,
    OwnStep,
    decide_step,
    propose_step,
)
from tests.console import refused, update
from tests.factories import NOW, UserFactory
from tests.subsidies.recoveries.conftest import arrival, demand, in_days, sums

pytestmark = pytest.mark.django_db

WHY = {
    "write_off": "债务人死亡，无遗产可供执行",
    "drop": "复议撤销",
    "hand_over": "经催告不履行",
    "replan": "生活困难",
}


def motion(kind, **more):
    reference = "拱法执字第 7 号" if kind in ("hand_over", "refund") else ""
    return Motion(kind, WHY.get(kind, "退还"), **{"reference": reference, **more})


@pytest.fixture
def decide(officer, reviewer):
    def both(case, kind, **more):
        step = propose_step(case=case, motion=motion(kind, **more), by=officer, now=NOW)
        decide_step(step=step, approve=True, by=reviewer, now=NOW)
        case.refresh_from_db()
        return step

    return both


def state(case):
    return Claim.objects.get(pk=case.claim_id).state


@pytest.mark.parametrize("kind", ["write_off", "drop", "hand_over"])
def test_nobody_decides_alone(case, officer, kind):
    step = propose_step(case=case, motion=motion(kind), by=officer, now=NOW)
    with pytest.raises(OwnStep):
        decide_step(step=step, approve=True, by=officer, now=NOW)
    assert state(case) == "recovering"
    alone = f"state = 'approved', decided_at = now(), decided_by_id = {officer.pk}"
    assert refused(update(step, alone), because="a_step_has_two_people")


def test_what_is_written_off_stays_paid_in_the_ledger_and_its_bike_subsidised(case, paid, decide, receive):
    receive(case, 10_000)
    decide(case, "write_off")
    assert (case.state, state(case), case.open_fen) == ("written_off", "written_off", 0)
    assert sums(paid.scheme)[1] == 40_000
    assert Claim.objects.get(pk=paid.pk).live
    assert verify_ledger(scheme=paid.scheme) == []


def test_what_was_written_off_may_be_demanded_again(case, paid, decide, officer, reviewer, receive):
    decide(case, "write_off")
    paid.refresh_from_db()
    again = propose_recovery(claim=paid, demand=demand(), by=officer, now=NOW)
    receive(confirm_recovery(case=again, by=reviewer, now=NOW), 30_000)
    assert (again.state, state(case)) == ("proposed", "recovered")
    assert verify_ledger(scheme=paid.scheme) == []


def test_a_demand_that_is_dropped_leaves_the_claim_paid(case, paid, decide):
    decide(case, "drop")
    assert (case.state, state(case)) == ("dropped", "paid")
    assert verify_ledger(scheme=paid.scheme) == []


def test_it_is_not_dropped_once_money_came(case, officer, cashier, receive):
    step = propose_step(case=case, motion=motion("drop"), by=officer, now=NOW)
    take_receipt(case=case, arrival=arrival(1), by=cashier, now=NOW)
    with pytest.raises(MoneyCame):
        decide_step(step=step, approve=True, by=UserFactory(), now=NOW)
    with pytest.raises(MoneyCame):
        propose_step(case=case, motion=motion("drop"), by=officer, now=NOW)


def test_it_is_not_written_off_while_a_receipt_waits(case, officer, cashier):
    take_receipt(case=case, arrival=arrival(1), by=cashier, now=NOW)
    with pytest.raises(MoneyCame):
        propose_step(case=case, motion=motion("write_off"), by=officer, now=NOW)


def test_it_is_handed_over_once_and_money_is_taken_still(case, decide, officer, receive):
    decide(case, "hand_over")
    assert case.handed_over_at == NOW
    with pytest.raises(NotNow):
        propose_step(case=case, motion=motion("hand_over"), by=officer, now=NOW)
    receive(case, 30_000, way="court")
    assert state(case) == "recovered"


def test_two_people_make_another_plan_of_what_is_open(case, decide, receive):
    receive(case, 10_000)
    parts = (Due(in_days(30), 5_000), Due(in_days(60), 15_000))
    decide(case, "replan", plan=parts)
    assert (case.plan_no, case.planned_from_fen) == (1, 10_000)
    receive(case, 20_000)
    assert case.state == "recovered"


def test_a_new_plan_adds_up_to_what_is_open_when_it_is_approved(case, officer, reviewer, receive):
    with pytest.raises(WrongPlan):
        propose_step(case=case, motion=motion("replan", plan=(Due(in_days(9), 1),)), by=officer, now=NOW)
    whole = (Due(in_days(30), 30_000),)
    step = propose_step(case=case, motion=motion("replan", plan=whole), by=officer, now=NOW)
    receive(case, 1)
    with pytest.raises(WrongPlan):
        decide_step(step=step, approve=True, by=reviewer, now=NOW)
    case.refresh_from_db()
    assert case.plan_no == 0


def test_one_step_waits_at_a_time_and_its_author_may_take_it_back(case, officer):
    step = propose_step(case=case, motion=motion("drop"), by=officer, now=NOW)
    with pytest.raises(NotNow):
        propose_step(case=case, motion=motion("write_off"), by=officer, now=NOW)
    decide_step(step=step, approve=False, by=officer, now=NOW)
    with pytest.raises(NotNow):
        decide_step(step=step, approve=True, by=UserFactory(), now=NOW)
    propose_step(case=case, motion=motion("write_off"), by=officer, now=NOW)


@pytest.mark.parametrize(
    "said", [Motion("write_off", " "), Motion("hand_over", "不履行"), Motion("refund", "退还")]
)
def test_a_step_says_why_and_by_which_paper(case, officer, said):
    with pytest.raises(NotSaid):
        propose_step(case=case, motion=said, by=officer, now=NOW)


def test_what_is_not_confirmed_or_has_ended_takes_no_step(proposed, officer):
    for kind in WHY:
        with pytest.raises(NotNow):
            propose_step(case=proposed, motion=motion(kind), by=officer, now=NOW + timedelta(days=1))
    with pytest.raises(NotNow):
        propose_step(case=proposed, motion=motion("refund"), by=officer, now=NOW)


def test_a_step_is_not_rewritten(case, officer):
    step = propose_step(case=case, motion=motion("drop"), by=officer, now=NOW)
    assert refused(update(step, "kind = 'write_off'"), because="never changed")
    assert refused(update(step, "note = 'x'"), because="never changed")
