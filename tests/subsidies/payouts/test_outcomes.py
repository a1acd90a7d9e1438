"""Somebody with the application's login in SQL books what the operator never said: refused, or found the same night."""

import pytest
from django.core.management import call_command

from core.decisions import unmarked
from subsidies import marked
from subsidies.heads.selectors.decisions import TITLES, verify_decisions
from subsidies.ledger.services.append import append_for_claims
from subsidies.models import Claim, OperatorAnswer, PayoutLine, PayoutStop
from subsidies.payouts.services.payouts import approve_claims, make_payouts, release_payout, retry_failed
from subsidies.payouts.services.record_results import lease_due_order
from subsidies.tasks import sweep_decisions, sweep_payouts
from tests.console import refused, sql, tamper
from tests.factories import NOW, UserFactory
from tests.subsidies.outside import Outside, at_work

pytestmark = pytest.mark.django_db

# Bytes that nobody of ours sealed, in the place of an answer.
ANSWER = """
    INSERT INTO subsidies_operatoranswer (batch_id, asked, at, http_status, problem, request_id, raw, proof)
    SELECT id, 'queried', now(), 200, '', 'x', decode(repeat('01', 60), 'hex'), '{}' FROM subsidies_payoutbatch
"""
BOOK = "UPDATE subsidies_payoutline SET state = %s, fail_reason = %s, finished_at = now() WHERE state = 'unknown'"


@pytest.fixture
def operator(settings):
    """The stub, which signs."""
    settings.OPERATOR_SIGNED = True
    with at_work(Outside(), settings) as running:
        yield running


@pytest.fixture
def sent(batch, releaser):
    """On its way; what became of it nobody has said."""
    release_payout(batch=batch, by=releaser, now=NOW)
    lease_due_order(now=NOW)
    return batch


@pytest.fixture
def paid(batch, releaser, operator):
    release_payout(batch=batch, by=releaser, now=NOW)
    sweep_payouts()
    assert {*PayoutLine.objects.values_list("state", flat=True)} == {"success"}
    return batch


def found():
    return {fault.what for fault in verify_decisions()}


@pytest.mark.parametrize("outcome", ["success", "failed"])
def test_what_became_of_a_payment_is_refused_where_nobody_said_so(sent, outcome):
    assert refused(BOOK, outcome, "", because="nobody has said")


def test_what_an_answer_says_that_the_operator_never_gave_is_found_and_stops_everything(sent):
    sql(ANSWER)
    sql(BOOK, "success", "")
    claims = list(sent.lines.values_list("claim", flat=True))
    sql("UPDATE subsidies_claim SET state = 'paid' WHERE id = ANY(%s)", claims)
    append_for_claims(scheme=sent.scheme, kind="pay", claim_ids=claims, by=None, now=NOW)
    assert found() == {"answer", "outcome", "not_passed"}
    assert sweep_decisions()
    assert (PayoutStop.objects.get().why, PayoutStop.objects.get().state) == ("forged", "open")
    assert not sweep_decisions()  # they know


def test_what_an_honest_answer_does_not_say_is_found(paid):
    assert found() == set()
    tamper("UPDATE subsidies_payoutline SET state = 'failed', fail_reason = 'NO_WALLET' WHERE id = %s",
           paid.lines.first().pk)  # fmt: skip
    assert found() == {"outcome", "approved"}  # what failed would have to be approved anew


@pytest.mark.parametrize("what", ["signature", "at", "nonce", "request", "path"])
def test_an_answer_is_the_operators_for_good_and_nobody_elses(paid, what):
    tamper("UPDATE subsidies_operatoranswer SET proof = jsonb_set(proof, ARRAY[%s], '\"00\"')", what)
    assert found() == {"answer", "outcome"}


def test_what_failed_only_in_sql_is_not_paid_a_second_time(sent, operator, approver, maker, releaser):
    sql(ANSWER)
    sql(BOOK, "failed", "WALLET_FROZEN")
    sql("UPDATE subsidies_claim SET state = 'payout_failed' WHERE state IN ('in_payout', 'payout_unknown')")
    sql("UPDATE subsidies_payoutbatch SET state = 'finished'")
    everything = Claim.objects.all()
    assert retry_failed(claims=everything, by=approver, now=NOW, reasons=["wallet_ready"]) == 2
    for batch in make_payouts(scheme=sent.scheme, claims=everything, by=maker, now=NOW).batches:
        release_payout(batch=batch, by=releaser, now=NOW)
    sweep_payouts()
    again = PayoutLine.objects.filter(attempt=2)
    assert {*again.values_list("doubt", "said")} == {("unproved", "earlier")}
    assert operator.operator.summary()["payments"] == 0


def test_an_older_approval_is_none_for_what_failed_since(paid):
    tamper("UPDATE subsidies_payoutline SET state = 'failed', fail_reason = 'x'")
    ids = list(Claim.objects.values_list("pk", flat=True))
    assert unmarked(marked.APPROVED, ids) == set(ids)


def test_the_command_says_what_was_forged(approved, capsys):
    claim = approved.claims.first()
    call_command("verify_ledger")
    sql("UPDATE subsidies_claim SET state = 'settled' WHERE id = %s", claim.pk)
    sql(
        "UPDATE subsidies_claim SET state = 'approved', approved_by_id = %s WHERE id = %s",
        UserFactory().pk,
        claim.pk,
    )
    with pytest.raises(SystemExit):
        call_command("verify_ledger")
    assert f"补贴申请的批准：1 项无法核实，不是本系统所作(编号 {claim.pk})" in capsys.readouterr().out


FOUND = {
    "answer",
    "outcome",
    "astray",
    "not_passed",
    "paid_while_held",
    "paid_elsewhere",
    "misplaced",
    "over_cap",
}


def test_every_kind_has_its_words_and_its_columns(db):
    assert {kind.name for kind in marked.KINDS} | FOUND == set(TITLES)
    for kind in marked.KINDS:
        assert list(kind.texts([0])) == []
    assert verify_decisions() == []


def test_answers_are_kept_with_what_shows_that_they_are_the_operators(paid):
    assert approve_claims(claims=Claim.objects.all(), by=UserFactory(), now=NOW) == 0
    for answer in OperatorAnswer.objects.all():
        assert {*answer.proof} == {"path", "nonce", "request", "at", "signature"}
