"""What the operator does not tell soundly is settled by evidence, and never by one person."""

import pytest

from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.models import LineEvidence, PayoutLine
from subsidies.payouts.doubts import Doubt
from subsidies.payouts.judge import LineResult, doubted
from subsidies.payouts.services.evidence import (
    Finding,
    NotUnknown,
    OwnEvidence,
    decide_evidence,
    propose_evidence,
)
from subsidies.payouts.services.payouts import release_payout
from subsidies.payouts.services.record_results import lease_due_order, record_results
from tests.console import refused, update
from tests.factories import NOW, UserFactory
from tests.laid import laid
from tests.subsidies.answers import heard

pytestmark = pytest.mark.django_db

PAID = Finding(LineEvidence.Outcome.SUCCESS, "LS20220921-7", "与对账单逐笔核对", paid_at=NOW)
BOUNCED = Finding(LineEvidence.Outcome.FAILED, "LS20220921-8", "运营机构来函", fail_reason="WALLET_CLOSED")


@laid
def anna():
    return UserFactory(username="anna")


@laid
def bo():
    return UserFactory(username="bo")


@pytest.fixture
def doubtful(batch, releaser):
    """One payment made, the other contradicted."""
    release_payout(batch=batch, by=releaser, now=NOW)
    order = lease_due_order(now=NOW)
    made, odd = order.lines
    results = {
        made.request_no: LineResult(PayoutLine.State.SUCCESS, paid_at=NOW),
        odd.request_no: doubted(Doubt.CONTRADICTION, "FAIL / SUCCESS"),
    }
    record_results(order, heard(order, results), now=NOW)
    return PayoutLine.objects.get(pk=odd.pk)


@pytest.mark.parametrize(
    ("finding", "line", "claim"),
    [(PAID, "success", "paid"), (BOUNCED, "failed", "payout_failed")],
    ids=["paid", "failed"],
)
def test_two_people_settle_it_and_claim_ledger_and_batch_follow(doubtful, anna, bo, finding, line, claim):
    evidence = propose_evidence(line=doubtful, finding=finding, by=anna, now=NOW)
    doubtful.refresh_from_db()
    assert doubtful.state == "unknown"
    decide_evidence(evidence=evidence, accept=True, by=bo, now=NOW)
    doubtful.refresh_from_db()
    assert (doubtful.state, doubtful.claim.state, doubtful.doubt) == (line, claim, "")
    assert doubtful.batch.state == "finished"
    assert doubtful.batch.scheme.ledger.filter(kind="pay").count() == (2 if finding is PAID else 1)
    assert verify_ledger(scheme=doubtful.batch.scheme) == []


def test_nobody_accepts_what_he_brought(doubtful, anna):
    evidence = propose_evidence(line=doubtful, finding=PAID, by=anna, now=NOW)
    with pytest.raises(OwnEvidence):
        decide_evidence(evidence=evidence, accept=True, by=anna, now=NOW)
    alone = f"state = 'approved', decided_at = now(), decided_by_id = {anna.pk}"
    assert refused(update(evidence, alone), because="evidence_has_two_people")
    assert refused(update(evidence, "state = 'approved'"), because="decided_evidence_names_who")


def test_declined_it_moves_nothing_and_better_evidence_may_follow(doubtful, anna, bo):
    evidence = propose_evidence(line=doubtful, finding=PAID, by=anna, now=NOW)
    decide_evidence(evidence=evidence, accept=False, by=bo, now=NOW)
    doubtful.refresh_from_db()
    assert doubtful.state == "unknown"
    assert propose_evidence(line=doubtful, finding=BOUNCED, by=anna, now=NOW).state == "proposed"


def test_one_piece_waits_at_a_time(doubtful, anna, bo):
    propose_evidence(line=doubtful, finding=PAID, by=anna, now=NOW)
    with pytest.raises(NotUnknown):
        propose_evidence(line=doubtful, finding=BOUNCED, by=bo, now=NOW)


def test_what_is_known_needs_none(doubtful, anna):
    made = doubtful.batch.lines.get(state="success")
    with pytest.raises(NotUnknown):
        propose_evidence(line=made, finding=BOUNCED, by=anna, now=NOW)
    statement = (
        "INSERT INTO subsidies_lineevidence (line_id, outcome, statement_no, fail_reason, note, state, proposed_by_id,"
        " proposed_at) VALUES (%s, 'failed', '1', 'X', '', 'proposed', %s, now())"
    )
    assert refused(statement, made.pk, anna.pk, because="outcome is unknown")


def test_evidence_is_decided_once_and_never_changed(doubtful, anna, bo):
    evidence = propose_evidence(line=doubtful, finding=PAID, by=anna, now=NOW)
    assert refused(update(evidence, "statement_no = 'ANOTHER'"), because="never changed")
    decide_evidence(evidence=evidence, accept=True, by=bo, now=NOW)
    with pytest.raises(NotUnknown):
        decide_evidence(evidence=evidence, accept=False, by=bo, now=NOW)
    assert refused(update(evidence, "state = 'declined'"), because="never changed")
    assert refused(f"DELETE FROM subsidies_lineevidence WHERE id = {evidence.pk}", because="only ever added")


def test_success_names_its_time_and_failure_its_reason(doubtful, anna):
    for wrong in ("'success', NULL, ''", "'failed', NULL, ''"):
        assert refused(
            "INSERT INTO subsidies_lineevidence (line_id, outcome, paid_at, fail_reason, statement_no, note, state,"
            f" proposed_by_id, proposed_at) VALUES (%s, {wrong}, '1', '', 'proposed', %s, now())",
            doubtful.pk,
            anna.pk,
            because="evidence_says_when_or_why",
        )


def test_what_the_operator_answered_is_never_changed(doubtful):
    assert refused("DELETE FROM subsidies_operatoranswer", because="only ever added")
