"""Whatever comes after whatever: demands, receipts, write-offs, returns. No more comes back than went out."""

from contextlib import suppress

import pytest
from django.db import transaction
from django.db.models import Q, Sum
from hypothesis import HealthCheck
from hypothesis import settings as of_hypothesis
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from subsidies.allocation.services.allocate import allocate
from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.models import Claim, LedgerEntry, PayoutLine, RecoveryCase, RecoveryReceipt, RecoveryStep
from subsidies.payouts.services.payouts import approve_claims, make_payouts
from subsidies.payouts.services.returns import record_returned
from subsidies.recoveries.services import cases, receipts, steps
from subsidies.recoveries.services.steps import Motion
from tests.examples import examples
from tests.factories import NOW, UserFactory, make_claim, make_scheme
from tests.subsidies.recoveries.conftest import arrival, demand, pay_out

CLAIMS = 2
which = st.integers(0, CLAIMS - 1)
fen = st.sampled_from([1, 7_000, 15_000, 29_999, 30_000])
REFUSALS = (
    *(cases.NotProposed, cases.OwnProposal, cases.TooMuch),
    *(receipts.NotOpen, receipts.BeyondDemand, receipts.OwnReceipt, receipts.Decided),
    *(steps.NotNow, steps.MoneyCame, steps.OwnStep),
)


class AnySequence(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.outer = transaction.savepoint()

    def teardown(self):
        transaction.savepoint_rollback(self.outer)

    @initialize()
    def begin(self):
        self.scheme = make_scheme()
        self.people = [UserFactory() for _ in range(3)]
        for _ in range(CLAIMS):
            make_claim(self.scheme)
        allocate(scheme=self.scheme, now=NOW)
        everything = self.scheme.claims.all()
        approve_claims(claims=everything, by=UserFactory(), now=NOW)
        batch = make_payouts(scheme=self.scheme, claims=everything, by=UserFactory(), now=NOW).batches[0]
        pay_out(batch, UserFactory())

    def _try(self, verb, **how):
        """Done, or refused by one of the verb's own words: nothing else, and never by the database."""
        with suppress(*REFUSALS):
            verb(by=self.people[how.pop("person", 0)], now=NOW, **how)

    def _claim(self, which):
        return self.scheme.claims.order_by("pk")[which]

    @rule(which=which, fen=fen)
    def something_is_demanded(self, which, fen):
        self._try(cases.propose_recovery, claim=self._claim(which), demand=demand(fen))

    @rule(person=st.integers(0, 1))
    def somebody_confirms(self, person):
        for case in RecoveryCase.objects.filter(state="proposed"):
            self._try(cases.confirm_recovery, case=case, person=person)

    @rule(which=which, fen=fen)
    def something_arrives(self, which, fen):
        if case := self._claim(which).recoveries.first():
            self._try(receipts.take_receipt, case=case, arrival=arrival(fen))

    @rule(person=st.integers(0, 1), declined=st.booleans())
    def what_arrived_is_decided(self, person, declined):
        for receipt in RecoveryReceipt.objects.filter(state="taken"):
            if declined:
                self._try(receipts.decline_receipt, receipt=receipt, note="没有到账", person=person)
            else:
                self._try(receipts.confirm_receipt, receipt=receipt, person=person)

    @rule(which=which, kind=st.sampled_from(["drop", "write_off", "hand_over", "refund"]))
    def a_step_is_proposed(self, which, kind):
        if case := self._claim(which).recoveries.first():
            self._try(steps.propose_step, case=case, motion=Motion(kind, "说明", reference="文号"))

    @rule(person=st.integers(0, 1), approve=st.booleans())
    def a_step_is_decided(self, person, approve):
        for step in RecoveryStep.objects.filter(state="proposed"):
            self._try(steps.decide_step, step=step, approve=approve, person=person)

    @rule(which=which)
    def the_operator_sends_a_payment_back(self, which):
        lines = PayoutLine.objects.filter(claim=self._claim(which))
        record_returned(numbers=list(lines.values_list("request_no", flat=True)), now=NOW)

    @invariant()
    def no_more_comes_back_than_went_out(self):
        for claim in self.scheme.claims.all():
            rows = claim.ledger.aggregate(
                out=Sum("amount_fen", filter=Q(kind="pay"), default=0),
                back=Sum("amount_fen", filter=Q(kind__in=["return", "recover"]), default=0),
            )
            assert rows["back"] <= rows["out"]

    @invariant()
    def what_was_recovered_is_what_was_confirmed(self):
        recovered = LedgerEntry.objects.filter(kind="recover").aggregate(fen=Sum("amount_fen", default=0))
        confirmed = RecoveryReceipt.objects.filter(state="confirmed").aggregate(
            fen=Sum("amount_fen", default=0)
        )
        assert recovered == confirmed

    @invariant()
    def the_books_balance(self):
        assert verify_ledger(scheme=self.scheme) == []

    @invariant()
    def a_claim_stands_as_its_case(self):
        for claim in Claim.objects.filter(state="recovering"):
            assert claim.recoveries.first().state == "open"
        assert {case.claim.state for case in RecoveryCase.objects.filter(state="open")} <= {"recovering"}


@pytest.mark.django_db
def test_whatever_comes_after_whatever():
    run_state_machine_as_test(
        AnySequence,
        settings=of_hypothesis(
            max_examples=examples(8),
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
