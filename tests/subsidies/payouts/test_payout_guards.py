"""Past the verbs, the database itself: three people, orders that stay as ordered, one payment per claim."""

import pytest
from django.db import IntegrityError, transaction

from core.privacy.sealing import blind_index
from subsidies.models import OperatorAnswer, PayeeChange, PayoutBatch, PayoutLine
from subsidies.payouts.services.payouts import release_payout
from subsidies.payouts.services.record_results import lease_due_order
from tests.console import put_in, refused, sql, tamper, update
from tests.factories import NOW, PAYER, make_scheme

pytestmark = pytest.mark.django_db


def raw_batch(scheme, **differs):
    number = differs.get("request_no", "RAW")
    fields = {"scheme": scheme, "number": number, "request_no": "RAW", "made_at": NOW, **PAYER, **differs}
    with transaction.atomic():
        return PayoutBatch.objects.create(**fields)


def raw_line(batch, claim, **differs):
    fields = {
        "request_no": "RAWLINE",
        "amount_fen": claim.amount_fen,
        "payee_name": "王小芳",
        "payee_phone": claim.trade_in.phone,
        "payee_index": claim.trade_in.phone_index,
        **differs,
    }
    with transaction.atomic():
        return PayoutLine.objects.create(batch=batch, claim=claim, **fields)


def release(person):
    return f"state = 'released', released_at = now(), released_by_id = {person.pk}"


def test_the_database_refuses_a_maker_who_releases(batch, maker):
    assert refused(update(batch, release(maker)), because="maker_and_releaser_are_two_people")


def test_the_database_refuses_an_approver_who_releases(batch, approver):
    assert refused(update(batch, release(approver)), because="approved a claim cannot release")


def test_the_database_refuses_a_maker_who_approved(approved, approver):
    batch = raw_batch(approved, made_by=approver)
    with pytest.raises(IntegrityError, match="cannot make its payout"):
        raw_line(batch, approved.claims.first())


def test_the_database_refuses_a_release_by_nobody(batch):
    assert refused(update(batch, "state = 'released'"), because="names_its_releaser")


def test_the_database_refuses_an_approver_swapped_between_order_and_release(batch, maker):
    claim = batch.lines.first().claim
    swap = f"state = 'approved', approved_by_id = {maker.pk}"
    assert refused(update(claim, swap), because="approver of claim")


@pytest.mark.parametrize(
    "state", ["settled", "on_notice", "in_payout", "paid", "payout_unknown", "cancelled"]
)
def test_the_database_orders_no_payment_of_a_claim_that_is_not_approved(scheme, maker, state):
    claim = scheme.claims.first()
    put_in(claim, state)
    with pytest.raises(IntegrityError, match="not approved"):
        raw_line(raw_batch(scheme, made_by=maker), claim)


@pytest.mark.parametrize("amount", [29_999, 30_001, 1])
def test_a_line_pays_the_claims_own_amount(approved, maker, amount):
    with pytest.raises(IntegrityError, match="own amount"):
        raw_line(raw_batch(approved, made_by=maker), approved.claims.get(stage__no=1), amount_fen=amount)


def test_a_line_pays_from_the_claims_own_scheme(approved, maker):
    with pytest.raises(IntegrityError, match="own scheme"):
        raw_line(raw_batch(make_scheme(year=2021), made_by=maker), approved.claims.first())


def test_a_payment_needs_an_address(approved, maker):
    with pytest.raises(IntegrityError, match="a_payment_has_an_address"):
        raw_line(raw_batch(approved, made_by=maker), approved.claims.first(), payee_phone=None)


def test_a_claim_has_one_live_payment(batch, approved, maker):
    claim = batch.lines.first().claim
    put_in(claim, "approved")
    with pytest.raises(IntegrityError, match="one_live_payment_per_claim"):
        raw_line(raw_batch(approved, made_by=maker), claim)


def test_a_number_that_may_have_left_is_used_once_for_ever(batch, approved, maker, releaser):
    line = batch.lines.first()
    release_payout(batch=batch, by=releaser, now=NOW)
    other = approved.claims.exclude(pk=line.claim_id).get()
    tamper("UPDATE subsidies_payoutline SET state = 'failed' WHERE claim_id = %s", other.pk)
    put_in(other, "approved")
    with pytest.raises(IntegrityError, match="one_payment_under_a_number"):
        raw_line(raw_batch(approved, made_by=maker), other, request_no=line.request_no, attempt=2)


def test_an_order_has_one_number_for_ever(batch, approved, maker):
    with pytest.raises(IntegrityError, match="one_order_under_a_number"):
        raw_batch(approved, made_by=maker, request_no=batch.request_no)


@pytest.mark.parametrize("attempt", [0, 2, 3])
def test_a_next_attempt_exists_only_after_the_last_one_is_over(approved, maker, attempt):
    with pytest.raises(IntegrityError, match="attempt"):
        raw_line(raw_batch(approved, made_by=maker), approved.claims.first(), attempt=attempt)


def test_after_a_payment_that_failed_for_good_the_next_attempt_is_the_second(batch, approved, maker):
    line = batch.lines.first()
    tamper("UPDATE subsidies_payoutline SET state = 'failed' WHERE id = %s", line.pk)
    put_in(line.claim, "approved")
    with pytest.raises(IntegrityError, match="not attempt 1"):
        raw_line(raw_batch(approved, made_by=maker), line.claim)
    assert raw_line(raw_batch(approved, made_by=maker, request_no="RAW2"), line.claim, attempt=2).attempt == 2


def test_a_payment_goes_to_the_newest_payee_and_nowhere_else(approved, maker):
    claim = approved.claims.first()
    PayeeChange.objects.create(
        claim=claim,
        phone="+8613900000001",
        phone_index=blind_index("+8613900000001", context="phone"),
        by=maker,
        at=NOW,
    )
    with pytest.raises(IntegrityError, match="newest payee"):
        raw_line(raw_batch(approved, made_by=maker), claim)


def test_what_was_sent_is_not_taken_back(batch, releaser):
    release_payout(batch=batch, by=releaser, now=NOW)
    line = lease_due_order(now=NOW).lines[0]
    assert refused(update(line, "state = 'discarded'"), because="only what the operator declined")


def test_nothing_slips_into_a_released_batch(batch, approved, releaser):
    put_in(batch.lines.first().claim, "approved")
    release_payout(batch=batch, by=releaser, now=NOW)
    with pytest.raises(IntegrityError, match="only added to a draft"):
        raw_line(batch, batch.lines.first().claim)


@pytest.mark.parametrize(
    "change",
    [
        "amount_fen = 1",
        "request_no = 'ANOTHER'",
        "payee_name = '李四'",
        "payee_phone = NULL, payee_wallet = 'x'::bytea",
        "payee_operator = 'OTHER'",
        "claim_id = claim_id + 1",
        "batch_id = batch_id + 1",
    ],
)
def test_a_line_cannot_be_rewritten(batch, change):
    assert refused(update(batch.lines.first(), change), because="cannot be rewritten|only ever added")


@pytest.mark.parametrize("change", ["request_no = 'ANOTHER'", "made_by_id = made_by_id + 1", "scheme_id = 0"])
def test_a_batch_cannot_be_rewritten(batch, change):
    assert refused(update(batch, change), because="cannot be rewritten")


def test_the_releaser_cannot_be_rewritten(batch, releaser, approver):
    release_payout(batch=batch, by=releaser, now=NOW)
    assert refused(update(batch, f"released_by_id = {approver.pk}"), because="cannot be rewritten")


@pytest.mark.parametrize("state", ["success", "failed"])
def test_a_line_that_was_never_sent_has_no_outcome(batch, state):
    assert refused(update(batch.lines.first(), f"state = '{state}'"), because="may not move from ready")


def test_a_line_is_not_sent_before_its_batch_is_released(batch):
    assert refused(
        update(batch.lines.first(), "state = 'unknown'"), because="draft batch may not become unknown"
    )


def test_a_released_line_is_not_discarded_so_that_it_could_be_ordered_again(batch, releaser):
    release_payout(batch=batch, by=releaser, now=NOW)
    assert refused(
        update(batch.lines.first(), "state = 'discarded'"), because="released batch may not become"
    )


@pytest.mark.parametrize("outcome", ["success", "failed"])
@pytest.mark.parametrize("change", ["ready", "unknown", "success", "failed", "discarded"])
def test_an_outcome_is_final(batch, releaser, outcome, change):
    line = batch.lines.first()
    release_payout(batch=batch, by=releaser, now=NOW)
    sql(update(line, "state = 'unknown'"))
    OperatorAnswer.objects.create(
        batch=batch, asked="queried", at=NOW, http_status=200, request_id="x", raw="{}"
    )
    sql(update(line, f"state = '{outcome}', finished_at = now()"))
    if change != outcome:
        because = f"may not move from {outcome} to {change}"
        if (outcome, change) == ("failed", "success"):
            because = "takes two people"
        assert refused(update(line, f"state = '{change}'"), because=because)


@pytest.mark.parametrize("change", ["draft", "finished", "discarded"])
def test_a_batch_moves_forward_only(batch, releaser, change):
    release_payout(batch=batch, by=releaser, now=NOW)
    sql(update(batch, "state = 'finished'"))
    if change != "finished":
        assert refused(update(batch, f"state = '{change}'"), because="may not move from finished")


@pytest.mark.parametrize("table", ["subsidies_payoutline", "subsidies_payoutbatch"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_an_order_is_never_deleted(batch, table, statement):
    transaction.get_connection().check_constraints()
    assert refused(statement.format(table), because="only ever added")
