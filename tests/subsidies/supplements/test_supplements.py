"""What a paid claim is owed besides: by two people, from money that is there, under a number of its own, with a limit."""

import pytest
from django.db import IntegrityError, transaction

from subsidies.claims.services.change_payee import TooLate, change_payee
from subsidies.claims.services.undo import cancel_claims
from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.models import Claim, LedgerEntry, PayoutLine, Supplement
from subsidies.payouts.judge import LineResult
from subsidies.payouts.operator import memo_of
from subsidies.payouts.selectors.book import match_book
from subsidies.payouts.services.ordering import NotYours
from subsidies.payouts.services.payouts import discard_payout, leave_held_behind, release_payout
from subsidies.payouts.services.record_results import lease_due_order, record_results
from subsidies.payouts.services.returns import record_returned
from subsidies.payouts.services.supplement_payouts import (
    NotFailed,
    SamePayee,
    order_supplements,
    retry_supplement,
)
from subsidies.recoveries.services.cases import NotProposed, propose_recovery
from subsidies.review.services.hold_claims import clear_claims
from subsidies.supplements.services.supplements import (
    BeyondHighest,
    NoMoney,
    NoReason,
    NotOwed,
    OwnProposal,
    cancel_supplement,
    confirm_supplement,
    decline_supplement,
    propose_supplement,
)
from tests.console import put_in, refused, update
from tests.factories import NOW, UserFactory, top_up
from tests.laid import laid
from tests.subsidies.answers import heard
from tests.subsidies.recoveries.conftest import demand, pay_out, sums

pytestmark = pytest.mark.django_db


@laid
def officer():
    return UserFactory()


@laid
def reviewer():
    return UserFactory()


@laid
def claim(batch, releaser):
    """Of two paid claims the one of 200 yuan; its scheme's highest amount is 300."""
    pay_out(batch, releaser)
    return Claim.objects.get(stage__no=2)


def propose(claim, by, fen=10_000, **differs):
    told = {"reason": "objection_upheld", "note": "复议认定完成时间在六月", **differs}
    return propose_supplement(claim=claim, amount_fen=fen, by=by, now=NOW, **told)


@laid
def proposed(claim, officer):
    return propose(claim, officer)


@laid
def owed(proposed, reviewer):
    confirm_supplement(supplement=proposed, by=reviewer, now=NOW)
    proposed.refresh_from_db()
    return proposed


def order(claim, by):
    made = order_supplements(scheme=claim.scheme, supplements=Supplement.objects.all(), by=by, now=NOW)
    return made.batches[0] if made.batches else None


def answer(batch, releaser, state=PayoutLine.State.SUCCESS, **told):
    release_payout(batch=batch, by=releaser, now=NOW)
    sent = lease_due_order(now=NOW)
    results = {line.request_no: LineResult(state, **told) for line in sent.lines}
    record_results(sent, heard(sent, results), now=NOW)


def state(row):
    return type(row).objects.get(pk=row.pk).state


# ------------------------------------------------------------------ proposed and confirmed


def test_whoever_proposes_does_not_confirm(proposed, officer):
    with pytest.raises(OwnProposal):
        confirm_supplement(supplement=proposed, by=officer, now=NOW)
    alone = f"state = 'reserved', decided_at = now(), decided_by_id = {officer.pk}"
    assert refused(update(proposed, alone), because="a_supplement_has_two_people")


def test_confirmed_its_money_is_set_aside(owed, claim):
    assert owed.state == "reserved"
    rows = LedgerEntry.objects.filter(claim=claim, ref="S1").values_list("kind", "amount_fen")
    assert list(rows) == [("reserve", 10_000)]
    assert sums(claim.scheme)[:2] == (10_000, 50_000)
    assert verify_ledger(scheme=claim.scheme) == []


@pytest.mark.parametrize("fen", [10_001, 0, -1])
def test_a_claim_is_never_paid_more_than_the_highest_amount(claim, officer, fen):
    with pytest.raises(BeyondHighest) as much:
        propose(claim, officer, fen)
    assert much.value.room_fen == 10_000


def test_nor_by_several_supplements(claim, officer, reviewer):
    decline_supplement(supplement=propose(claim, officer), by=reviewer, now=NOW)
    first = propose(claim, officer, 6_000)
    assert first.ref == "S2"
    confirm_supplement(supplement=first, by=reviewer, now=NOW)
    cancel_supplement(supplement=first, by=reviewer, now=NOW, note="重新计算")
    second = propose(claim, officer, 10_000)
    assert refused(update(second, "amount_fen = 10001"), because="not rewritten")
    with (
        pytest.raises(IntegrityError, match=r"one_unended|highest amount|without a gap"),
        transaction.atomic(),
    ):
        Supplement.objects.create(
            claim=claim,
            ref="S4",
            amount_fen=1,
            reason="other",
            note="x",
            proposed_by=officer,
            proposed_at=NOW,
        )


def test_the_database_refuses_more_than_the_highest_amount(claim, officer):
    with pytest.raises(IntegrityError, match="highest amount"), transaction.atomic():
        Supplement.objects.create(
            claim=claim,
            ref="S1",
            amount_fen=10_001,
            reason="other",
            note="x",
            proposed_by=officer,
            proposed_at=NOW,
        )


def test_where_no_money_is_left_it_is_said(proposed, claim, reviewer):
    scheme = claim.scheme
    scheme.refresh_from_db()
    top_up(scheme, -(scheme.available_fen - 9_999))
    with pytest.raises(NoMoney):
        confirm_supplement(supplement=proposed, by=reviewer, now=NOW)
    assert state(proposed) == "proposed"


@pytest.mark.parametrize(
    "put", ["settled", "payout_failed", "recovering", "recovered", "written_off", "refused"]
)
def test_only_a_claim_that_is_simply_paid_is_owed_more(claim, officer, put):
    put_in(claim, put)
    with pytest.raises(NotOwed):
        propose(claim, officer)


def test_one_at_a_time_and_none_beside_a_demand(proposed, claim, officer):
    with pytest.raises(NotOwed):
        propose(claim, officer, 1)
    with pytest.raises(NotProposed):
        propose_recovery(claim=claim, demand=demand(20_000), by=officer, now=NOW)


def test_none_while_money_is_demanded_back(claim, officer):
    propose_recovery(claim=claim, demand=demand(20_000), by=officer, now=NOW)
    with pytest.raises(NotOwed):
        propose(claim, officer)


@pytest.mark.parametrize("differs", [{"reason": "nonsense"}, {"note": " "}])
def test_it_says_why(claim, officer, differs):
    with pytest.raises(NoReason):
        propose(claim, officer, **differs)


@pytest.mark.parametrize("to", ["paid", "in_payout", "failed", "cancelled"])
def test_a_proposal_is_no_payment(proposed, to):
    assert refused(update(proposed, f"state = '{to}'"), because="may not move|two_people")


# ------------------------------------------------------------------ ordered and paid


def test_it_goes_out_under_a_number_of_its_own_and_the_claim_stays_paid(owed, claim, maker, releaser):
    batch = order(claim, maker)
    line, first = batch.lines.get(), claim.payout_lines.get(supplement=None)
    assert (line.amount_fen, line.attempt, state(owed), state(claim)) == (10_000, 1, "in_payout", "paid")
    assert line.request_no != first.request_no
    assert memo_of(line) == f"{memo_of(first)} S1"
    answer(batch, releaser)
    assert (state(owed), state(claim), sums(claim.scheme)[:2]) == ("paid", "paid", (0, 60_000))
    assert verify_ledger(scheme=claim.scheme) == []
    assert match_book([], {})["unbooked"] == 0


@pytest.mark.parametrize("who", ["officer", "reviewer"])
def test_whoever_decided_on_it_neither_orders_nor_releases(owed, claim, maker, who, request):
    person = request.getfixturevalue(who)
    with pytest.raises(NotYours):
        order(claim, person)
    batch = order(claim, maker)
    with pytest.raises(NotYours):
        release_payout(batch=batch, by=person, now=NOW)
    release = f"state = 'released', released_at = now(), released_by_id = {person.pk}"
    assert refused(update(batch, release), because="cannot release")


def test_two_supplements_of_the_same_amount_are_two_payments(owed, claim, maker, officer, reviewer, releaser):
    """100 owed, paid half by half."""
    cancel_supplement(supplement=owed, by=reviewer, now=NOW, note="分两次")
    numbers = set()
    for _time in range(2):
        half = propose(claim, officer, 5_000)
        confirm_supplement(supplement=half, by=reviewer, now=NOW)
        batch = order(claim, maker)
        numbers.add(batch.lines.get().request_no)
        answer(batch, releaser)
    assert len(numbers) == 2
    assert sums(claim.scheme)[:2] == (0, 60_000)
    assert verify_ledger(scheme=claim.scheme) == []


def test_a_failure_leaves_the_claim_paid_and_is_confirmed_anew(
    owed, claim, maker, releaser, reviewer, officer
):
    answer(order(claim, maker), releaser, PayoutLine.State.FAILED, fail_reason="LIMIT_EXCEEDED")
    assert (state(owed), state(claim)) == ("failed", "paid")
    assert verify_ledger(scheme=claim.scheme) == []
    with pytest.raises(NotYours):
        retry_supplement(supplement=owed, by=officer, now=NOW)
    retry_supplement(supplement=owed, by=reviewer, now=NOW)
    with pytest.raises(NotFailed):
        retry_supplement(supplement=owed, by=reviewer, now=NOW)
    batch = order(claim, maker)
    assert batch.lines.get().attempt == 2
    answer(batch, releaser)
    assert (state(owed), verify_ledger(scheme=claim.scheme)) == ("paid", [])


def test_what_failed_for_the_payee_waits_for_another_payee_and_another_person(
    owed, claim, maker, releaser, reviewer
):
    answer(order(claim, maker), releaser, PayoutLine.State.FAILED, fail_reason="WALLET_CLOSED")
    with pytest.raises(SamePayee):
        retry_supplement(supplement=owed, by=reviewer, now=NOW)
    change_payee(claim=claim, cells={"wallet_no": "6217000011112222"}, by=UserFactory(), now=NOW)
    retry_supplement(supplement=owed, by=reviewer, now=NOW)
    assert order(claim, maker) is None  # held: somebody else looks first
    clear_claims(claims=Claim.objects.all(), by=UserFactory(), now=NOW, reasons=["asked_by_phone"])
    assert order(claim, maker).lines.get().payee_wallet == "6217000011112222"


def test_without_a_supplement_a_paid_claims_payee_stays(claim):
    with pytest.raises(TooLate):
        change_payee(claim=claim, cells={"wallet_no": "6217000011112222"}, by=UserFactory(), now=NOW)


def test_a_returned_supplement_is_set_aside_again_and_the_claim_stays_paid(owed, claim, maker, releaser):
    batch = order(claim, maker)
    answer(batch, releaser)
    number = batch.lines.get().request_no
    assert record_returned(numbers=[number], now=NOW) == 1
    assert record_returned(numbers=[number], now=NOW) == 0
    assert (state(owed), state(claim), sums(claim.scheme)[:2]) == ("failed", "paid", (10_000, 50_000))
    assert verify_ledger(scheme=claim.scheme) == []


def test_the_subsidy_itself_returned_leaves_the_supplement_paid(owed, claim, maker, releaser):
    answer(order(claim, maker), releaser)
    record_returned(numbers=[claim.payout_lines.get(supplement=None).request_no], now=NOW)
    assert (state(owed), state(claim), sums(claim.scheme)[:2]) == ("paid", "payout_failed", (20_000, 40_000))
    assert verify_ledger(scheme=claim.scheme) == []
    only = Claim.objects.filter(pk=claim.pk)  # nor is it withdrawn with that money out
    assert cancel_claims(scheme=claim.scheme, claims=only, by=UserFactory(), now=NOW) == 0


def test_a_discarded_draft_gives_it_back_and_a_cancelled_one_its_money(owed, claim, maker, reviewer):
    batch = order(claim, maker)
    with pytest.raises(NotOwed):
        cancel_supplement(supplement=owed, by=reviewer, now=NOW, note="x")
    discard_payout(batch=batch, by=maker, now=NOW)
    assert (state(owed), state(claim)) == ("reserved", "paid")
    cancel_supplement(supplement=owed, by=reviewer, now=NOW, note="复议撤回")
    assert (state(owed), sums(claim.scheme)[0]) == ("cancelled", 0)
    assert verify_ledger(scheme=claim.scheme) == []


def test_a_held_one_is_left_behind_alone(owed, claim, maker):
    batch = order(claim, maker)
    claim.holds.create(kind="objection", reasons=["report"], placed_at=NOW, placed_by=UserFactory())
    made = leave_held_behind(batch=batch, by=maker, now=NOW, note="先核实")
    assert (made.batches, state(owed), state(claim)) == ((), "reserved", "paid")


def test_all_of_it_can_be_demanded_back_afterwards(owed, claim, maker, releaser, officer):
    answer(order(claim, maker), releaser)
    case = propose_recovery(claim=claim, demand=demand(30_000), by=officer, now=NOW)
    assert case.amount_fen == 30_000


# ------------------------------------------------------------------ past the verbs, the database


def test_the_database_orders_no_supplement_but_its_own(owed, claim, maker):
    batch = order(claim, maker)
    line = batch.lines.get()
    for change in ("supplement_id = NULL", "amount_fen = 1"):
        assert refused(update(line, change), because="cannot be rewritten")
    told = {
        field.attname: getattr(line, field.attname) for field in line._meta.fields if not field.primary_key
    }
    for differs, because in (
        ({"amount_fen": 9_999}, "own amount"),
        ({"request_no": "OTHER"}, "is in_payout|one_live_payment"),
    ):
        with pytest.raises(IntegrityError, match=because), transaction.atomic():
            PayoutLine.objects.create(**{**told, "state": "ready", **differs})
