"""Whatever comes after whatever: orders, lost and odd answers, returns, crashes, restored backups. Each claim is paid once.

The operator is the stub's own book, asked in this process. A backup is a savepoint, and to restore it is to roll back: the
operator's book and the anchor stay as they are, as they would.
"""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck
from hypothesis import settings as of_hypothesis
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.shanghai import today
from ebikes.licensing.stub.answers import signed_answer
from ebikes.licensing.stub.operator import DuplicateDifferent, Operator
from ebikes.licensing.stub.orders import read_order
from subsidies.allocation.services.allocate import allocate
from subsidies.claims.selectors.payee import may_change_payee
from subsidies.claims.services.change_payee import change_payee
from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.models import (
    Claim,
    Difference,
    Hold,
    LineEvidence,
    OperatorAnswer,
    PayoutBatch,
    PayoutLine,
    Supplement,
)
from subsidies.payouts.doubts import Doubt
from subsidies.payouts.judge import doubted, judge
from subsidies.payouts.operator import Heard, Said, _body
from subsidies.payouts.selectors.stop import open_stop
from subsidies.payouts.services import ordering
from subsidies.payouts.services.evidence import Finding, decide_evidence, propose_evidence
from subsidies.payouts.services.payouts import (
    approve_claims,
    discard_payout,
    make_payouts,
    release_payout,
    retry_failed,
    take_apart,
)
from subsidies.payouts.services.record_results import lease_due_order, record_results
from subsidies.payouts.services.stops import anchored, confirm_stop, keep_book
from subsidies.payouts.services.supplement_payouts import SamePayee, order_supplements, retry_supplement
from subsidies.payouts.statement import StatementLine
from subsidies.reconciliation.services.reconcile import take_in_statement
from subsidies.reconciliation.services.resolve import Finding as Resolved
from subsidies.reconciliation.services.resolve import fits, propose_resolution, sign_resolution
from subsidies.supplements.services.supplements import (
    BeyondHighest,
    NotOwed,
    confirm_supplement,
    propose_supplement,
)
from tests.examples import examples
from tests.factories import NOW, TradeInFactory, UserFactory, local, make_claim, make_scheme

CLAIMS = 3
JULY = local("2022-07-10 12:00:00")
WALLETS = st.sampled_from(
    ["6217000011110000", "6217000011112222", "6217000011113333"]
)  # the first does not exist


def contradict(lines):
    return [
        *lines,
        *({**line, "state": "FAIL", "fail_reason": "X"} for line in lines if line["state"] == "SUCCESS"),
    ]


ODD = {
    "sound": lambda lines: lines,
    "contradicting": contradict,
    "of another amount": lambda lines: [{**line, "amount": "1.00"} for line in lines],
    "in an unknown word": lambda lines: [{**line, "state": "WAIT"} for line in lines],
    "of the future": lambda lines: [{**line, "gmt_pay": "2099-01-01T00:00:00+08:00"} for line in lines],
    "of nothing": lambda _lines: [],
}


class AnySequence(RuleBasedStateMachine):
    @initialize()
    def begin(self):
        self.now = NOW
        self.operator = Operator()
        self.scheme = make_scheme()
        self.people = [UserFactory() for _ in range(6)]
        for _ in range(CLAIMS):
            make_claim(self.scheme, trade_in=TradeInFactory(), completed_at=JULY)
        allocate(scheme=self.scheme, now=NOW)
        self.backup = None

    @property
    def claims(self):
        return Claim.objects.filter(scheme=self.scheme)

    # ------------------------------------------------------------ what people do

    @rule()
    def everything_goes_its_way(self):
        approver, maker, releaser = self.people[:3]
        approve_claims(claims=self.claims, by=approver, now=self.now)
        for batch in make_payouts(scheme=self.scheme, claims=self.claims, by=maker, now=self.now).batches:
            release_payout(batch=batch, by=releaser, now=self.now)

    @rule()
    def a_draft_is_made_and_discarded(self):
        approver, maker = self.people[:2]
        approve_claims(claims=self.claims, by=approver, now=self.now)
        for batch in make_payouts(scheme=self.scheme, claims=self.claims, by=maker, now=self.now).batches:
            discard_payout(batch=batch, by=maker, now=self.now)

    @rule(which=st.integers(0, CLAIMS - 1), wallet=WALLETS)
    def a_payee_is_changed_and_looked_at(self, which, wallet):
        claim = self.claims.order_by("pk")[which]
        if not may_change_payee(claim):
            return
        self.now += timedelta(minutes=1)
        change_payee(claim=claim, cells={"wallet_no": wallet}, by=self.people[3], now=self.now)
        Hold.objects.open().filter(claim=claim).update(
            cleared_at=self.now, cleared_by=self.people[4], note="核实"
        )

    @rule()
    def what_failed_is_approved_again(self):
        retry_failed(claims=self.claims, by=self.people[0], now=self.now)

    @rule(which=st.integers(0, CLAIMS - 1))
    def a_supplement_is_owed(self, which):
        """200 were paid, 300 would have been right."""
        claim = self.claims.order_by("pk")[which]
        with suppress(NotOwed, BeyondHighest):
            owed = propose_supplement(
                claim=claim,
                amount_fen=10_000,
                reason="paid_too_little",
                note="阶段有误",
                by=self.people[3],
                now=self.now,
            )
            confirm_supplement(supplement=owed, by=self.people[0], now=self.now)

    @rule()
    def supplements_go_their_way(self):
        for owed in Supplement.objects.filter(state="failed"):
            with suppress(SamePayee):
                retry_supplement(supplement=owed, by=self.people[0], now=self.now)
        waiting, maker, releaser = Supplement.objects.all(), *self.people[1:3]
        made = order_supplements(scheme=self.scheme, supplements=waiting, by=maker, now=self.now)
        for batch in made.batches:
            release_payout(batch=batch, by=releaser, now=self.now)

    @rule()
    def what_was_declined_is_taken_apart(self):
        for batch in PayoutBatch.objects.filter(state="rejected"):
            take_apart(batch=batch, by=self.people[1], now=self.now)

    @rule()
    def what_is_in_doubt_is_settled_by_the_operators_own_book(self):
        for line in PayoutLine.objects.filter(state="unknown").exclude(doubt=""):
            known = self.operator._lines.get(line.request_no)
            if known is None or known["state"] == "RETURNED":
                continue
            paid = known["state"] == "SUCCESS"
            finding = Finding(
                LineEvidence.Outcome.SUCCESS if paid else LineEvidence.Outcome.FAILED,
                "LS",
                "核对",
                paid_at=self.now if paid else None,
                fail_reason="" if paid else known["fail_reason"],
            )
            evidence = propose_evidence(line=line, finding=finding, by=self.people[4], now=self.now)
            decide_evidence(evidence=evidence, accept=True, by=self.people[5], now=self.now)

    # ------------------------------------------------------------ what workers and the operator do

    @rule(
        odd=st.sampled_from(sorted(ODD)),
        lost=st.sampled_from(["", "", "before", "after"]),
        twice=st.booleans(),
    )
    def a_worker_asks(self, odd, lost, twice):
        self.now += timedelta(hours=3)
        order = self._leased()
        if order is None or not anchored(order, now=self.now):
            return
        heard = self._heard(order, odd, lost) if order.lines else Heard()
        heard = replace(heard, results={**heard.results, **order.known})
        for _time in range(1 + twice):
            record_results(order, heard, now=self.now)

    @rule()
    def a_worker_dies_before_it_sends(self):
        self.now += timedelta(hours=3)
        if order := self._leased():
            anchored(order, now=self.now)

    def _leased(self):
        """What has not left yet waits while the books differ."""
        differ = Difference.objects.filter(state__in=Difference.LIVE).exists()
        return lease_due_order(now=self.now, new_ones=not differ)

    def _heard(self, order, odd, lost):
        if lost == "before":
            return Heard()
        if order.attempt == 1 or self.operator.order(order.batch.request_no) is None:
            try:
                self.operator.transfer(read_order(_body(order)))
            except DuplicateDifferent as known:
                number = str(known)
                ours = {line.request_no for line in order.lines}
                return Heard({n: doubted(Doubt.KNOWN) for n in ours & {number}}, rejected="HTTP 409")
        told = self.operator.order(order.batch.request_no)
        return Heard() if lost else self._said({**told, "lines": ODD[odd](told["lines"])}, order)

    def _said(self, body, order):
        raw, proof = signed_answer(body)
        said = Said(OperatorAnswer.Asked.QUERIED, self.now, 200, "", str(uuid4()), raw, proof)
        return Heard(judge(body, order.batch, order.lines), (said,))

    @precondition(lambda self: self.operator.payments())
    @rule(which=st.integers(0, 9))
    def a_payment_comes_back(self, which):
        paid = [n for n in self.operator._moved if self.operator._lines[n]["state"] == "SUCCESS"]
        if paid:
            self.operator.take_back(paid[which % len(paid)])

    @rule(odd=st.sampled_from(["sound", "sound", "short", "of another amount"]))
    def the_statement_is_read(self, odd):
        lines = self._statement()
        if lines and odd == "short":
            lines = lines[:-1]
        if lines and odd == "of another amount":
            lines[0] = replace(lines[0], amount_fen=lines[0].amount_fen + 1)
        take_in_statement(lines=lines, first=today(), last=today(), now=self.now)

    @rule()
    def two_people_close_what_differs(self):
        """As they find it in the operator's own book."""
        for case in Difference.objects.filter(state="open").select_related("line__claim"):
            made = case.number in self.operator._moved
            booked = Difference.Resolution.PAID if made else Difference.Resolution.NOT_PAID
            sound = (
                fits(booked, case) and self.operator._lines.get(case.number, {}).get("state") != "RETURNED"
            )
            finding = Resolved(booked if sound else Difference.Resolution.EXPLAINED, "核对")
            only = Difference.objects.filter(pk=case.pk)
            propose_resolution(differences=only, finding=finding, by=self.people[4], now=self.now)
            sign_resolution(differences=only, by=self.people[5], now=self.now)

    def _statement(self):
        return [
            StatementLine(
                number=n,
                amount_fen=line["amount_fen"],
                paid=line["state"] == "SUCCESS",
                memo=line["memo"],
                paid_at=datetime.fromisoformat(line["gmt_pay"]),
                payee=line["payee"],
            )
            for n, line in self.operator._lines.items()
            if n in self.operator._moved
        ]

    # ------------------------------------------------------------ disasters

    @rule()
    def a_backup_is_taken(self):
        self.backup = transaction.savepoint()

    @precondition(lambda self: self.backup is not None)
    @rule()
    def the_backup_is_restored(self):
        transaction.savepoint_rollback(self.backup)
        self.backup = transaction.savepoint()

    @precondition(lambda self: open_stop() is not None)
    @rule()
    def two_people_read_the_book_back(self):
        stop = keep_book(stop=open_stop(), lines=self._statement(), by=self.people[4], now=self.now)
        for person in self.people[4:]:
            confirm_stop(stop=stop, by=person, now=self.now)

    # ------------------------------------------------------------ what must hold

    @invariant()
    def each_claim_is_paid_at_most_once(self):
        unreturned = Counter(
            self.operator._lines[n]["memo"]
            for n in self.operator._moved
            if self.operator._lines[n]["state"] == "SUCCESS"
        )
        assert max(unreturned.values(), default=0) <= 1
        assert self.operator.summary()["duplicates"] == []

    @invariant()
    def the_books_balance(self):
        assert verify_ledger(scheme=self.scheme) == []
        self.scheme.refresh_from_db()
        free = self.scheme.funded_fen - self.scheme.reserved_fen - self.scheme.paid_fen
        assert free == self.scheme.available_fen >= 0


OFTEN = of_hypothesis(
    max_examples=examples(8),
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def machine(settings, tmp_path):
    """`machine(anchor=True)`: in a place of its own for each run, and what a run wrote is taken back after it."""

    def made(*, anchor):
        class InItsOwnPlace(AnySequence):
            def __init__(self):
                super().__init__()
                self.outer = transaction.savepoint()
                settings.ANCHOR_FILE = str(tmp_path / uuid4().hex / "anchor.json") if anchor else ""

            def teardown(self):
                transaction.savepoint_rollback(self.outer)

        return InItsOwnPlace

    return made


@pytest.mark.django_db
def test_whatever_comes_after_whatever(machine):
    run_state_machine_as_test(machine(anchor=True), settings=OFTEN)


def pay_restore_pay(machine):
    steps = machine()
    steps.begin()
    steps.a_backup_is_taken()
    for _time in range(2):
        steps.everything_goes_its_way()
        steps.a_worker_asks("sound", "", twice=False)
        paid = len(steps.operator.payments())
        steps.the_backup_is_restored()
    return steps, paid


@pytest.mark.django_db
def test_with_numbers_drawn_at_random_and_no_anchor_everybody_is_paid_twice(machine, monkeypatch):
    """The control: what the machine is there to find, it finds."""
    monkeypatch.setattr(ordering, "payment_no", lambda **_what: uuid4().hex.upper())
    monkeypatch.setattr(ordering, "order_no", lambda _payments: uuid4().hex.upper())
    steps, paid = pay_restore_pay(machine(anchor=False))
    assert paid == 2 * CLAIMS
    with pytest.raises(AssertionError):
        steps.each_claim_is_paid_at_most_once()


@pytest.mark.django_db
@pytest.mark.parametrize("anchor", [True, False], ids=["with an anchor", "by the numbers alone"])
def test_with_derived_numbers_nobody_is(machine, anchor):
    steps, paid = pay_restore_pay(machine(anchor=anchor))
    assert paid == CLAIMS
    steps.each_claim_is_paid_at_most_once()
