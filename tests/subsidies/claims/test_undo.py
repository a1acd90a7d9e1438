"""Taking back: money comes back by a release or a return, never by an edit, and the next in line gets it."""

import pytest

from subsidies.allocation.services.allocate import allocate
from subsidies.claims.services.undo import UnknownReason, cancel_claims, refuse_claims
from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.models import Claim, LedgerEntry, PayoutLine
from subsidies.payouts.judge import LineResult
from subsidies.payouts.services.payouts import make_payouts, release_payout
from subsidies.payouts.services.record_results import lease_due_order, record_results
from tests.factories import NOW, local, make_claim, make_scheme
from tests.subsidies.answers import heard

pytestmark = pytest.mark.django_db


@pytest.fixture
def tight():
    """Money for one of two June claims: the first has it, the second waits."""
    scheme = make_scheme(budget_fen=30000)
    first = make_claim(scheme, completed_at=local("2022-06-10 12:00:00"))
    second = make_claim(scheme, completed_at=local("2022-06-11 12:00:00"))
    allocate(scheme=scheme, now=NOW)
    return scheme, first, second


def state(claim):
    return Claim.objects.get(pk=claim.pk).state


def pay(scheme, maker, releaser):
    batch = make_payouts(scheme=scheme, claims=scheme.claims.all(), by=maker, now=NOW).batches[0]
    release_payout(batch=batch, by=releaser, now=NOW)
    order = lease_due_order(now=NOW)
    record_results(
        order,
        heard(order, {line.request_no: LineResult(PayoutLine.State.SUCCESS) for line in order.lines}),
        now=NOW,
    )


def test_a_withdrawn_claim_gives_its_money_to_the_next(tight, approver):
    scheme, first, second = tight

    assert cancel_claims(scheme=scheme, claims=Claim.objects.filter(pk=first.pk), by=approver, now=NOW) == 1
    allocate(scheme=scheme, now=NOW)

    assert (state(first), state(second)) == ("cancelled", "settled")
    assert list(LedgerEntry.objects.filter(scheme=scheme).order_by("seq").values_list("kind", flat=True)) == [
        "fund",
        "reserve",
        "release",
        "reserve",
    ]
    assert verify_ledger(scheme=scheme) == []


def test_a_claim_that_only_waited_releases_nothing(tight, approver):
    scheme, _, second = tight

    cancel_claims(scheme=scheme, claims=Claim.objects.filter(pk=second.pk), by=approver, now=NOW)

    assert not LedgerEntry.objects.filter(scheme=scheme, kind="release").exists()
    assert verify_ledger(scheme=scheme) == []


def test_withdrawing_twice_releases_once(tight, approver):
    scheme, first, _ = tight
    just_the_first = Claim.objects.filter(pk=first.pk)

    cancel_claims(scheme=scheme, claims=just_the_first, by=approver, now=NOW)

    assert cancel_claims(scheme=scheme, claims=just_the_first, by=approver, now=NOW) == 0
    assert LedgerEntry.objects.filter(scheme=scheme, kind="release").count() == 1


def test_a_settled_claim_may_be_refused_for_a_reason_and_its_money_is_free(tight, approver):
    scheme, first, _ = tight

    refuse_claims(
        scheme=scheme, claims=Claim.objects.filter(pk=first.pk), reasons=["other_owner"], by=approver, now=NOW
    )

    refused = Claim.objects.get(pk=first.pk)
    assert (refused.state, refused.refusals) == ("refused", ["other_owner"])
    assert Claim.objects.get(pk=first.pk).scheme.available_fen == 30000


@pytest.mark.parametrize("reasons", [[], ["because"], ["other_owner", "because"]])
def test_a_refusal_needs_reasons_that_exist(tight, approver, reasons):
    scheme, first, _ = tight

    with pytest.raises(UnknownReason):
        refuse_claims(
            scheme=scheme, claims=Claim.objects.filter(pk=first.pk), reasons=reasons, by=approver, now=NOW
        )

    assert state(first) == "settled"


def test_what_is_being_paid_can_be_neither_withdrawn_nor_refused(batch, approver, approved):
    claims = Claim.objects.filter(scheme=approved)

    assert cancel_claims(scheme=approved, claims=claims, by=approver, now=NOW) == 0
    assert refuse_claims(scheme=approved, claims=claims, reasons=["no_plate"], by=approver, now=NOW) == 0


def test_paid_money_is_not_withdrawn(approved, approver, maker, releaser):
    """It comes back only through a recovery: `recoveries/`."""
    pay(approved, maker, releaser)
    claims = Claim.objects.filter(scheme=approved)
    assert cancel_claims(scheme=approved, claims=claims, by=approver, now=NOW) == 0
    assert refuse_claims(scheme=approved, claims=claims, reasons=["no_plate"], by=approver, now=NOW) == 0
    assert verify_ledger(scheme=approved) == []
