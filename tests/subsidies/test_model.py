"""The real services on PostgreSQL beside the model: the same decisions after every step, and what must hold always holds.

`MODEL_EXAMPLES=1000 make test ARGS=tests/subsidies/test_model.py` looks longer.
"""

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core.shanghai import local_day
from ebikes.licensing.answers import Answer, Evidence, ExingRecord, PlateRecord, Problem
from ebikes.models import FiledBike, ImportBatch
from ebikes.records.persons import document, number_index
from subsidies.allocation.services.allocate import allocate
from subsidies.checks.selectors.cases import rules_of
from subsidies.checks.selectors.explain import explain_claim
from subsidies.checks.services.check import lease_due_claims, record_answers
from subsidies.claims.selectors.place import place_of
from subsidies.claims.services.receive import receive_claims
from subsidies.claims.services.undo import cancel_claims, refuse_claims
from subsidies.engine.case import Case, ExingFacts, Filing, PlateFacts, Record
from subsidies.engine.queue import QueuePolicy, decide
from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.models import (
    Claim,
    ClaimEvent,
    LedgerEntry,
    PayoutBatch,
    PayoutLine,
    RecoveryCase,
    RecoveryReceipt,
    Scheme,
)
from subsidies.payouts.judge import LineResult
from subsidies.payouts.services.payouts import (
    NotYours,
    approve_claims,
    discard_payout,
    make_payouts,
    release_payout,
    retry_failed,
)
from subsidies.payouts.services.record_results import lease_due_order, record_results
from subsidies.payouts.services.returns import record_returned
from subsidies.recoveries.services.cases import confirm_recovery, propose_recoveries
from subsidies.recoveries.services.receipts import Arrival, confirm_receipt, take_receipt
from subsidies.states import ENDED, RESERVED, SPENT
from tests.examples import LONGER, examples
from tests.factories import (
    NOW,
    AgentPointFactory,
    FiledBikeFactory,
    OwnerFactory,
    TradeInFactory,
    UserFactory,
    change_policy,
    local,
    make_scheme,
    top_up,
)
from tests.subsidies.answers import heard
from tests.subsidies.laboratory.replays import misses
from tests.subsidies.model import Model, ModelClaim

PEOPLE, BIKES = range(5), range(30)
# Around the ends of the stages to the second, out of order, and one outside all of them.
MOMENTS = tuple(
    local(text)
    for text in (
        "2022-06-10 12:00:00",
        "2022-06-30 23:59:59",
        "2022-07-01 00:00:00",
        "2022-07-31 23:59:59",
        "2022-08-20 09:00:00",
        "2022-09-01 00:00:00",
    )
)
ANSWERS = st.sampled_from(("confirms",) * 9 + ("later", "later", "absent", "unknown", "other_owner"))
OUTCOMES = st.sampled_from(("success", "success", "failed", "unknown"))
some = st.integers(0, 50)
WAITS = st.sampled_from((0, 12, 200))
few = st.integers(0, 8)  # 8 is the rare case
RECORDS = st.lists(
    st.tuples(st.sampled_from(BIKES), st.sampled_from(MOMENTS), few, few), min_size=1, max_size=5
)


class Programme(RuleBasedStateMachine):
    """Records arrive late and out of order; checks pass, fail, stay unknown; money comes, goes and comes back."""

    def __init__(self) -> None:
        super().__init__()
        self.example = transaction.atomic()  # each example leaves the database as it was
        self.example.__enter__()

    def teardown(self) -> None:
        try:
            if hasattr(self, "scheme"):
                assert misses(self.scheme) == {}  # 9: gone through once more, all of it comes out as it did
        finally:
            self._undo()

    def _undo(self) -> None:
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)

    @initialize(
        budget=st.sampled_from((50_000, 90_000, 130_000)),
        cap=st.sampled_from((None, 30_000, 50_000)),
        strict=st.booleans(),
        per_person=st.sampled_from((None, 1, 2)),
        lag=st.sampled_from((0, 24)),
    )
    def the_scheme_begins(self, budget, cap, strict, per_person, lag):
        self.now = NOW - timedelta(days=10)
        self.scheme = make_scheme(
            budget_fen=budget,
            caps=(cap, None, None),
            head_of_line="strict" if strict else "skip",
            per_person_cap=per_person,
            settle_lag_hours=lag,
        )
        self.model = Model(
            budget, {1: cap} if cap else {}, QueuePolicy(strict, per_person), timedelta(hours=lag)
        )
        self.people = [OwnerFactory() for _ in PEOPLE]
        self.point = AgentPointFactory()
        for bike in BIKES[:-1]:  # the last one is not in the register
            FiledBikeFactory(filing_plate_no=f"杭M{bike}", owner=self.people[bike % len(PEOPLE)])
        self.approver, self.maker, self.releaser = (UserFactory() for _ in range(3))
        self.stages = {stage.no: stage for stage in self.scheme.stages.all()}
        self.asked, self.heard = [], {}

    # ------------------------------------------------------------ what happens

    @rule(records=RECORDS, exing=ANSWERS, plate=ANSWERS, hours=WAITS)
    def a_day_passes(self, records, exing, plate, hours):
        """The way of most claims in one step; by single steps, few of them would ever come to money."""
        self._arrive(records)
        self._answer_all(exing, plate, limit=8)
        self._allot(hours)

    @rule(records=RECORDS)
    def records_arrive(self, records):
        self._arrive(records)

    def _arrive(self, records):
        """Late, out of order, some of them twice, some for somebody else's bike."""
        for bike, at, used, stranger in records:
            self._arrives(bike, (bike + (used == 8)) % len(BIKES), at, (bike + (stranger == 8)) % len(PEOPLE))

    def _arrives(self, bike, vehicle, at, owner):
        self.now += timedelta(minutes=1)
        batch = ImportBatch.objects.create(
            kind="trade_ins",
            state="confirmed",
            file_name="6月.csv",
            uploaded_at=self.now,
            confirmed_at=self.now,
        )
        trade_in = TradeInFactory(
            owner=self.people[owner],
            filing_plate_no=f"杭M{bike}",
            vehicle_code=f"1234222{vehicle:08}",
            agent_point=self.point,
            day=local_day(at) - timedelta(days=1),
            plated_at=at,
            received_at=self.now,
            batch=batch,
        )
        receive_claims(batch_id=batch.pk, by=None, now=self.now)
        claim = Claim.objects.get(trade_in=trade_in)
        stage = rules_of(claim.policy).stage_on(local_day(at))
        self.model.receive(
            ModelClaim(
                claim.pk,
                owner,
                trade_in.filing_plate_no,
                trade_in.vehicle_code,
                self.now,
                at,
                stage and stage.no,
            )
        )

    @precondition(lambda self: self.model.among("received", "checking"))
    @rule(exing=ANSWERS, plate=ANSWERS, limit=st.integers(1, 8))
    def the_authorities_answer(self, exing, plate, limit):
        self._answer_all(exing, plate, limit)

    def _answer_all(self, exing, plate, limit):
        self.now += timedelta(hours=2)  # whatever had to wait is due again
        due = lease_due_claims(limit=limit, now=self.now)
        self.model.put([d.id for d in due], "checking")
        claims = {
            c.pk: c
            for c in Claim.objects.filter(pk__in=[d.id for d in due]).select_related("trade_in__owner")
        }
        answers = {
            "exing": {d.exing_plate: self._exing(claims[d.id].trade_in, exing) for d in due if d.exing_plate},
            "yunshenling": {
                d.yunshenling_plate: self._plate(claims[d.id].trade_in, plate)
                for d in due
                if d.yunshenling_plate
            },
        }
        record_answers(due, **answers, now=self.now)
        for d in due:
            heard = self.heard.setdefault(d.id, {})
            for system, number in (("exing", d.exing_plate), ("yunshenling", d.yunshenling_plate)):
                if number and answers[system][number].outcome != "unknown":
                    heard[system] = answers[system][number].record
            if len(heard) == 2:
                self.model.check(d.id, self._case(claims[d.id], **heard))
            elif self.now - d.received_at > timedelta(hours=72):
                self.model.put([d.id], "review")
        self.asked = [(due, answers, self.now)]

    @precondition(lambda self: self.asked)
    @rule()
    def the_same_answers_come_a_second_time(self):
        due, answers, then = self.asked.pop()
        record_answers(due, **answers, now=then)

    @precondition(lambda self: self.model.among("eligible", "waitlisted"))
    @rule(hours=WAITS)
    def the_money_is_allotted(self, hours):
        self._allot(hours)

    def _allot(self, hours):
        self.now += timedelta(hours=hours, seconds=1)  # of two runs one is the later
        before = {c.id: c.state for c in self.model.claims.values()}
        queue, funds, policy = self.model.queue(self.now), self.model.funds(), self.model.policy
        allocate(scheme=self.scheme, now=self.now)
        self.model.allocate(self.now)
        self._first_come_first_served(before)
        # Nothing is left to decide, and the order in which the claims came to be looked at makes no difference (5).
        assert decide(list(reversed(queue)), funds, policy) == decide(queue, funds, policy)
        allocate(scheme=self.scheme, now=self.now)

    @rule(amount=st.sampled_from((10_000, 30_000)))
    def the_budget_is_topped_up(self, amount):
        top_up(self.scheme, amount, now=self.now)
        self.model.budget += amount

    @rule(amount=st.sampled_from((10_000, 30_000)))
    def the_budget_is_cut(self, amount):
        self.scheme.refresh_from_db()
        if amount <= self.scheme.available_fen:
            top_up(self.scheme, -amount, now=self.now)
            self.model.budget -= amount

    @rule(last=st.sampled_from((date(2022, 6, 29), date(2022, 6, 30), date(2022, 7, 1))))
    def the_end_of_june_moves(self, last):
        """Whoever asked before is judged by the windows that stood then."""
        if rules_of(self.scheme.policies.latest("version")).stages[0].ends_on != last:
            change_policy(
                self.scheme,
                now=self.now,
                stages={1: {"ends_on": last}, 2: {"starts_on": last + timedelta(days=1)}},
            )

    @rule(strict=st.booleans(), per_person=st.sampled_from((None, 1, 2)))
    def the_policy_changes(self, strict, per_person):
        queue = "strict" if strict else "skip"
        last = self.scheme.policies.latest("version")
        if (last.head_of_line, last.per_person_cap) != (
            queue,
            per_person,
        ):  # a change that changes nothing is refused
            change_policy(self.scheme, now=self.now, head_of_line=queue, per_person_cap=per_person)
        self.model.policy = QueuePolicy(strict, per_person)

    @precondition(lambda self: self.model.may("cancelled"))
    @rule(pick=some)
    def an_owner_withdraws(self, pick):
        chosen = self._pick(self.model.may("cancelled"), pick)
        cancel_claims(
            scheme=self.scheme, claims=Claim.objects.filter(pk__in=chosen), by=self.approver, now=self.now
        )
        self.model.put(chosen, "cancelled")

    @precondition(lambda self: self.model.may("refused"))
    @rule(pick=some)
    def a_reviewer_refuses(self, pick):
        chosen = self._pick(self.model.may("refused"), pick)
        refuse_claims(
            scheme=self.scheme,
            claims=Claim.objects.filter(pk__in=chosen),
            reasons=["other_owner"],
            by=self.approver,
            now=self.now,
        )
        self.model.put(chosen, "refused")

    @precondition(lambda self: self.model.among("settled"))
    @rule()
    def the_settled_are_approved(self):
        approve_claims(claims=self.scheme.claims.all(), by=self.approver, now=self.now)
        self.model.put(self.model.among("settled"), "approved")

    @precondition(lambda self: self.model.among("approved"))
    @rule(wrong=st.booleans())
    def a_batch_is_made(self, wrong):
        approved = self.model.among("approved")
        if wrong and approved:
            with pytest.raises(NotYours):
                make_payouts(
                    scheme=self.scheme, claims=self.scheme.claims.all(), by=self.approver, now=self.now
                )
        make_payouts(scheme=self.scheme, claims=self.scheme.claims.all(), by=self.maker, now=self.now)
        self.model.put(approved, "in_payout")

    @precondition(lambda self: self.model.among("in_payout"))
    @rule(by=st.sampled_from(("approver", "maker", "releaser")))
    def a_batch_is_released(self, by):
        for batch in PayoutBatch.objects.filter(scheme=self.scheme, state="draft"):
            if by == "releaser":
                release_payout(batch=batch, by=self.releaser, now=self.now)
            else:
                with pytest.raises(NotYours):
                    release_payout(batch=batch, by=getattr(self, by), now=self.now)

    @precondition(lambda self: self.model.among("in_payout"))
    @rule()
    def a_batch_is_discarded(self):
        for batch in PayoutBatch.objects.filter(scheme=self.scheme, state="draft"):
            self.model.put(list(batch.lines.values_list("claim", flat=True)), "approved")
            discard_payout(batch=batch, by=self.maker, now=self.now)

    @precondition(lambda self: self.model.among("in_payout", "payout_unknown"))
    @rule(outcome=OUTCOMES, twice=st.booleans())
    def the_operator_answers(self, outcome, twice):
        self.now += timedelta(hours=2)
        if (order := lease_due_order(now=self.now)) is None:
            return
        open_lines = [line for line in order.lines if line.state == "unknown"]
        results = {
            line.request_no: LineResult(
                PayoutLine.State(outcome), "ACCOUNT_CLOSED" if outcome == "failed" else "", self.now
            )
            for line in open_lines
            if outcome != "unknown"
        }
        for _time in range(1 + twice):
            record_results(order, heard(order, results), now=self.now)
        becomes = {"success": "paid", "failed": "payout_failed", "unknown": "payout_unknown"}[outcome]
        self.model.put([line.claim_id for line in open_lines], becomes)

    @precondition(lambda self: self.model.among("paid"))
    @rule(pick=some)
    def a_payment_comes_back(self, pick):
        chosen = self._pick(self.model.among("paid"), pick)
        lines = PayoutLine.objects.filter(claim__in=chosen, state="success")
        record_returned(numbers=list(lines.values_list("request_no", flat=True)), now=self.now)
        self.model.put(chosen, "payout_failed")
        self.came_back = {*getattr(self, "came_back", ()), *chosen}

    @precondition(lambda self: self.model.among("payout_failed"))
    @rule()
    def failed_payments_are_tried_again(self):
        retry_failed(claims=self.scheme.claims.all(), by=self.approver, now=self.now)
        stays = getattr(self, "came_back", ())  # to the same payee they do not go again
        self.model.put([each for each in self.model.among("payout_failed") if each not in stays], "approved")

    @precondition(lambda self: self.model.among("paid"))
    @rule(pick=some)
    def paid_money_is_demanded_back(self, pick):
        chosen = self._pick(self.model.among("paid"), pick)
        propose_recoveries(
            claims=Claim.objects.filter(pk__in=chosen), by=self.maker, now=self.now, reasons=["paid_in_error"]
        )
        for case in RecoveryCase.objects.filter(claim__in=chosen, state="proposed"):
            confirm_recovery(case=case, by=self.approver, now=self.now)
        self.model.put(chosen, "recovering")

    @precondition(lambda self: self.model.among("recovering"))
    @rule()
    def the_money_comes_back(self):
        for case in RecoveryCase.objects.filter(state="open"):
            came = Arrival(RecoveryReceipt.Way.TRANSFER, case.open_fen, local_day(self.now), "YH-1")
            receipt = take_receipt(case=case, arrival=came, by=self.maker, now=self.now)
            confirm_receipt(receipt=receipt, by=self.releaser, now=self.now)
        self.model.put(self.model.among("recovering"), "recovered")

    # ------------------------------------------------------------ what must hold

    @invariant()
    def the_decisions_are_the_models(self):
        stored = {
            c.pk: (c.state, c.completed_at, c.stage and c.stage.no, c.amount_fen)
            for c in Claim.objects.filter(scheme=self.scheme).select_related("stage")
        }
        expected = {c.id: (c.state, c.completed_at, c.stage, c.amount) for c in self.model.claims.values()}
        assert {
            n: (stored.get(n), expected.get(n)) for n in stored | expected if stored.get(n) != expected.get(n)
        } == {}

    @invariant()
    def no_oversell(self):  # 1
        held = self.model.held()
        assert sum(c.amount for c in held) <= self.model.budget
        for no, cap in self.model.caps.items():
            assert sum(c.amount for c in held if c.stage == no) <= cap

    @invariant()
    def one_bike_one_subsidy(self):  # 2
        live = [c for c in self.model.claims.values() if c.state not in ENDED]
        for of in (lambda c: c.bike, lambda c: c.vehicle):
            assert max(Counter(map(of, live)).values(), default=0) <= 1

    @invariant()
    def settled_stays_settled(self):  # 4
        out = {"released": ("refused", "cancelled"), "paid": ("paid",)}
        for event in ClaimEvent.objects.filter(claim__scheme=self.scheme, from_state__in=[*RESERVED, *SPENT]):
            if event.to_state in out["released"]:
                assert LedgerEntry.objects.filter(claim=event.claim, kind="release").count() == 1
            assert event.to_state not in ("received", "checking", "eligible", "waitlisted", "review")

    @invariant()
    def every_fen_is_explained(self):  # 6
        assert verify_ledger(scheme=self.scheme) == []
        scheme = Scheme.objects.get(pk=self.scheme.pk)
        reserved = sum(c.amount for c in self.model.claims.values() if c.state in RESERVED)
        paid = sum(c.amount for c in self.model.claims.values() if c.state in SPENT)
        assert (scheme.funded_fen, scheme.reserved_fen, scheme.paid_fen) == (
            self.model.budget,
            reserved,
            paid,
        )

    @invariant()
    def nobody_is_paid_twice(self):  # 7
        succeeded = PayoutLine.objects.filter(claim__scheme=self.scheme, state="success")
        assert max(Counter(succeeded.values_list("claim", flat=True)).values(), default=0) <= 1
        left = PayoutLine.objects.exclude(batch__state="discarded")  # what was discarded never went out
        numbers = left.values_list("request_no", flat=True)
        assert len(set(numbers)) == len(numbers)

    @invariant()
    def every_claim_can_say_why(self):  # 8
        queue = sorted((c for c in self.model.claims.values() if c.state not in ENDED), key=lambda c: c.place)
        ranks = {c.id: rank for rank, c in enumerate(queue, start=1)}
        for claim in Claim.objects.filter(scheme=self.scheme).select_related("stage", "policy"):
            why = explain_claim(claim)
            assert "版" in why.policy
            assert "" not in (why.headline, why.next_step)
            assert place_of(claim) == ranks.get(claim.pk)

    def _first_come_first_served(self, before):  # 3
        """Where an eligible claim goes on waiting for money, nobody behind it was settled just now (strict)."""
        if not self.model.policy.strict:
            return
        for stage in {c.stage for c in self.model.claims.values()}:
            queue = sorted((c for c in self.model.claims.values() if c.stage == stage), key=lambda c: c.place)
            new = [
                c
                for c in queue
                if c.state == "waitlisted" or (c.state == "settled" and before[c.id] != "settled")
            ]
            for ahead, behind in pairwise(new):
                assert (ahead.state, behind.state) != ("waitlisted", "settled")

    # ------------------------------------------------------------ how it is said

    def _pick(self, ids, number):
        return [sorted(ids)[number % len(ids)]] if ids else []

    def _exing(self, trade_in, kind):
        holder = self.people[0].id_no + "X" if kind == "other_owner" else trade_in.owner.id_no
        moved = timedelta(days=40 if kind == "later" else 0)
        record = ExingRecord(
            trade_in.filing_plate_no,
            holder,
            "已注销",
            trade_in.deregistered_at,
            trade_in.collected_at + moved,
            self.point.point_no,
        )
        return self._answer("exing", kind, record)

    def _plate(self, trade_in, kind):
        holder = self.people[0].id_no + "X" if kind == "other_owner" else trade_in.owner.id_no
        moved = timedelta(seconds=1 if kind == "later" else 0)
        record = PlateRecord(
            trade_in.digital_plate_no, trade_in.vehicle_code, holder, trade_in.plated_at + moved, "标准"
        )
        return self._answer("yunshenling", kind, record)

    def _answer(self, source, kind, record):
        evidence = Evidence(source, f"{source}-{self.now:%H%M}", self.now, self.now, "model", 200, "{}")
        if kind == "unknown":
            return Answer("unknown", None, evidence, Problem.TIMEOUT)
        return Answer("absent", None, evidence) if kind == "absent" else Answer("found", record, evidence)

    def _case(self, claim, exing, yunshenling):
        trade_in = claim.trade_in
        filed = (
            FiledBike.objects.filter(filing_plate_no=claim.filing_plate_no).select_related("owner").first()
        )
        times = (trade_in.deregistered_at, trade_in.collected_at, trade_in.purchased_at, trade_in.plated_at)
        return Case(
            record=Record(
                document(claim.owner.id_kind, claim.owner.number_index), claim.vehicle_code, *times
            ),
            filing=filed and Filing(document(filed.owner.id_kind, filed.owner.number_index), filed.filed_on),
            exing=exing
            and ExingFacts(_index(exing), exing.status, exing.deregistered_at, exing.collected_at),
            plate=yunshenling
            and PlateFacts(
                _index(yunshenling), yunshenling.vehicle_code, yunshenling.plated_at, yunshenling.vehicle_kind
            ),
            merchant_enabled_on=trade_in.merchant.trade_in_enabled_on,
            authorised=tuple(self.point.authorizations.values_list("starts_on", "ends_on")),
            rules=rules_of(claim.policy),
        )


def _index(record):
    return document("居民身份证", number_index(record.id_no))


Programme.TestCase.settings = settings(
    max_examples=examples(8),
    stateful_step_count=25,
    deadline=None,
    derandomize=not LONGER,  # the suite walks the same ways, a longer look new ones
    phases=[*Phase] if LONGER else [Phase.explicit, Phase.generate],  # to shorten a way takes minutes
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.django_db
class TestProgramme(Programme.TestCase):
    """The machine above, run by pytest."""
