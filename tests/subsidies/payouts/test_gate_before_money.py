"""Somebody with the application's login in SQL wants money to leave: what nobody decided here is not sent, and it shows."""

import json
from datetime import timedelta

import pytest

from core.decisions import unmarked
from core.models import DecisionMark
from core.privacy.sealing import blind_index, place, seal
from ebikes.records.models.trade_in import WHICH
from subsidies.allocation.services.allocate import allocate
from subsidies.claims.services.change_payee import change_payee
from subsidies.ledger.services.append import append_change
from subsidies.marked import APPROVED
from subsidies.models import Claim, Hold, PayoutLine, PolicyVersion, SchemeChange
from subsidies.payouts.services.payouts import approve_claims, make_payouts, release_payout, retry_failed
from subsidies.review.hold_wording import hold_in_words
from subsidies.review.services.holds import clear_holds, place_holds
from subsidies.schemes.selectors.terms import Terms
from subsidies.schemes.states import StepKind
from subsidies.tasks import sweep_payouts
from tests.console import refused, sql, tamper, unguarded, update
from tests.factories import NOW, UserFactory, make_answer, make_claim, take_steps
from tests.laid import laid

pytestmark = pytest.mark.django_db


@laid
def thief():
    """His accomplice in the database's eyes: any two active people, of whom neither knows of it."""
    return UserFactory(username="anybody")


def pay(scheme, maker, releaser):
    """The honest rest of it: ordered, released, sent."""
    made = make_payouts(scheme=scheme, claims=scheme.claims.all(), by=maker, now=NOW)
    for batch in made.batches:
        release_payout(batch=batch, by=releaser, now=NOW)
    sweep_payouts()


def approve_and_pay(claim, approver, maker, releaser):
    """The same, from the approval of this claim on."""
    approve_claims(claims=Claim.objects.filter(pk=claim.pk), by=approver, now=NOW)
    pay(claim.scheme, maker, releaser)


def approve_in_sql(claim, person):
    sql(
        "UPDATE subsidies_claim SET state = 'approved', approved_by_id = %s WHERE id = %s",
        person.pk,
        claim.pk,
    )


def approved_by_nobody(scheme, claim, person):
    sql("UPDATE subsidies_claim SET state = 'settled' WHERE id = %s", claim.pk)
    approve_in_sql(claim, person)
    return "approved"


def approved_with_the_mark_of_another(scheme, claim, person):
    approved_by_nobody(scheme, claim, person)
    sql(
        "INSERT INTO core_decisionmark (kind, subject, by_id, at, key, mac)"
        " SELECT kind, %s, %s, at, key, mac FROM core_decisionmark WHERE kind = 'approved' AND subject <> %s",
        claim.pk, person.pk, claim.pk,
    )  # fmt: skip
    return "approved"


def a_hold_that_nobody_cleared(scheme, claim, person):
    sql("INSERT INTO subsidies_hold (claim_id, kind, evidence, reasons, placed_at, cleared_reasons, note)"
        " VALUES (%s, 'objection', '{}', '{}', now(), '{}', '')", claim.pk)  # fmt: skip
    sql("UPDATE subsidies_hold SET cleared_at = now(), cleared_by_id = %s, note = 'x'", person.pk)
    return "hold_cleared"


def another_amount(scheme, claim, person):
    """As the owner could: more than its stage gives."""
    tamper("UPDATE subsidies_claim SET amount_fen = 20000 WHERE id = %s", claim.pk)
    return "amount"


def checked_on_a_paper_of_nobody(scheme, claim, person):
    """As the owner could: the newest check counted a paper that nobody confirmed."""
    answers = [make_answer(claim.trade_in, system).pk for system in ("exing", "yunshenling")]
    claim.checks.create(
        **{"results": {}, "papers": [1], "exing_answer_id": answers[0], "yunshenling_answer_id": answers[1]},
        **{"policy": claim.policy, "completed_at": NOW, "completed_by": "plated_at", "checked_at": NOW},
    )
    return "paper_confirmed"


def another_answer(scheme, claim, person):
    """As the owner could: the times that decide are others than were checked."""
    tamper(
        "UPDATE subsidies_claim SET completed_at = completed_at - interval '1 day' WHERE id = %s", claim.pk
    )
    return "checked"


ATTACKS = [
    approved_by_nobody,
    approved_with_the_mark_of_another,
    a_hold_that_nobody_cleared,
    another_amount,
    another_answer,
    checked_on_a_paper_of_nobody,
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_nobody_decided_is_not_sent_and_the_others_go_on(
    approved, maker, releaser, thief, outside, attack
):
    claim = approved.claims.get(stage__no=1)
    because = attack(approved, claim, thief)
    pay(approved, maker, releaser)
    line = PayoutLine.objects.get(claim=claim)
    assert (line.state, line.doubt) == ("unknown", "unproved")
    assert because in line.said
    hold = Hold.objects.get(kind="unproved")
    assert (hold.claim, because in hold.evidence["unproved"]) == (claim, True)
    assert "报警" in hold_in_words(hold)[0]
    assert outside.operator.summary()["payments"] == 1
    assert Claim.objects.get(state="paid") != claim


def another_name(claim):
    """The bytes of another record's name, which open there alone."""
    sql("UPDATE ebikes_tradein t SET owner_name = o.owner_name, name_index = o.name_index"
        " FROM ebikes_tradein o WHERE t.id = %s AND o.id <> t.id", claim.trade_in_id)  # fmt: skip


def test_money_in_another_name_is_not_ordered_and_the_others_go_on(approved, maker, releaser, outside):
    claim = approved.claims.get(stage__no=1)
    another_name(claim)
    pay(approved, maker, releaser)
    assert (Hold.objects.get().claim, Hold.objects.get().kind) == (claim, "altered")
    assert Claim.objects.get(state="paid") != claim
    assert outside.operator.summary()["payments"] == 1


def test_an_order_in_another_name_is_not_sent_and_the_others_go_on(approved, maker, releaser, outside):
    claim = approved.claims.get(stage__no=1)
    (batch,) = make_payouts(scheme=approved, claims=approved.claims.all(), by=maker, now=NOW).batches
    another_name(claim)
    release_payout(batch=batch, by=releaser, now=NOW)
    sweep_payouts()
    line = PayoutLine.objects.get(claim=claim)
    assert (line.state, line.doubt, line.said) == ("unknown", "unproved", "checked, payee")
    assert Hold.objects.get(kind="unproved").claim == claim
    assert outside.operator.summary()["payments"] == 1


def test_a_payee_that_another_file_sealed_for_this_record_is_not_paid(approved, maker, releaser, outside):
    """What a shop sends under a foreign record's number is sealed, for that number, before it is refused."""
    claim = approved.claims.get(stage__no=1)
    record, wallet = claim.trade_in, "0022000000008888"
    sealed = seal(
        wallet, context=place("ebikes.tradein.wallet_no", *(getattr(record, each) for each in WHICH))
    )
    sql("UPDATE ebikes_tradein SET wallet_no = %s, wallet_index = %s WHERE id = %s",
        sealed, blind_index(wallet, context="wallet_no"), record.pk)  # fmt: skip
    pay(approved, maker, releaser)
    assert "checked" in PayoutLine.objects.get(claim=claim).said
    assert outside.operator.summary()["payments"] == 1


def test_a_claim_for_which_no_money_is_set_aside_is_not_paid(approved, approver, maker, releaser, outside):
    claim = make_claim(approved)
    sql("UPDATE subsidies_claim SET state = 'settled' WHERE id = %s", claim.pk)
    approve_and_pay(claim, approver, maker, releaser)
    assert PayoutLine.objects.get(claim=claim).said == "money"
    assert outside.operator.summary()["payments"] == 2


def test_a_payment_that_came_back_in_sql_alone_is_not_made_again(
    approved, approver, maker, releaser, outside
):
    pay(approved, maker, releaser)
    sql(
        "UPDATE subsidies_payoutline SET state = 'returned', returned_at = now(), fail_reason = 'WALLET_FROZEN'"
    )
    sql("UPDATE subsidies_claim SET state = 'payout_failed'")
    retry_failed(claims=Claim.objects.all(), by=approver, now=NOW)
    pay(approved, maker, releaser)
    assert outside.operator.summary()["payments"] == 2
    assert {*PayoutLine.objects.filter(attempt=2).values_list("said", flat=True)} == {"earlier, money"}


def test_a_changed_payee_whose_hold_is_gone_is_not_paid(approved, approver, maker, releaser, outside):
    """Whoever owns the tables takes the hold away before anybody sees it; the others approve what looks like any claim."""
    claim = approved.claims.get(stage__no=1)
    change_payee(claim=claim, cells={"wallet_no": "6217000011110001"}, by=UserFactory(), now=NOW)
    tamper("DELETE FROM subsidies_hold WHERE claim_id = %s", claim.pk)
    approve_and_pay(claim, approver, maker, releaser)
    assert PayoutLine.objects.get(claim=claim).said == "held"
    assert outside.operator.summary()["payments"] == 1


def test_a_payee_that_was_changed_again_after_it_was_let_go_waits_anew(
    approved, approver, maker, releaser, outside
):
    claim, clerk = approved.claims.get(stage__no=1), UserFactory()
    for wallet in ("6217000011110001", "6217000011110002"):
        change_payee(
            claim=claim, cells={"wallet_no": wallet}, by=clerk, now=NOW + timedelta(minutes=int(wallet[-1]))
        )
        if wallet.endswith("1"):
            clear_holds(
                holds=claim.holds.all(), by=UserFactory(), now=NOW + timedelta(minutes=1), note="已核实"
            )
    tamper("DELETE FROM subsidies_hold WHERE claim_id = %s AND cleared_at IS NULL", claim.pk)
    approve_and_pay(claim, approver, maker, releaser)
    assert PayoutLine.objects.get(claim=claim).said == "held"


def test_a_payee_held_for_its_record_and_changed_besides_is_paid_when_it_was_let_go(
    approved, approver, maker, releaser, outside
):
    """A corrected record with another payee has a hold that names no change; the shop then changes the payee once more."""
    claim = approved.claims.get(stage__no=1)
    place_holds(kind=Hold.Kind.PAYEE, evidence={claim.pk: {}}, by=UserFactory(), now=NOW)
    change_payee(claim=claim, cells={"wallet_no": "6217000011112222"}, by=UserFactory(), now=NOW)
    clear_holds(holds=claim.holds.all(), by=UserFactory(), now=NOW, note="已核实")
    assert claim.holds.get().let_go == claim.payee_changes.get().pk
    approve_and_pay(claim, approver, maker, releaser)
    assert outside.operator.summary()["payments"] == 2


def test_whoever_changed_the_payee_of_a_corrected_record_does_not_let_it_go(approved):
    claim, clerk = approved.claims.get(stage__no=1), UserFactory()
    place_holds(kind=Hold.Kind.PAYEE, evidence={claim.pk: {}}, by=UserFactory(), now=NOW)
    change_payee(claim=claim, cells={"wallet_no": "6217000011112222"}, by=clerk, now=NOW)
    alone = f"cleared_at = now(), cleared_by_id = {clerk.pk}, note = 'x'"
    assert refused(update(claim.holds.get(), alone), because="does not let it go")


def test_what_is_held_when_its_order_was_released_is_not_sent(batch, releaser, outside):
    """The hold was laid, or taken out of the way of the release, past every verb."""
    release_payout(batch=batch, by=releaser, now=NOW)
    claim = Claim.objects.first()
    sql("INSERT INTO subsidies_hold (claim_id, kind, evidence, reasons, placed_at, cleared_reasons, note)"
        " VALUES (%s, 'burst', '{}', '{}', now(), '{}', '')", claim.pk)  # fmt: skip
    sweep_payouts()
    assert PayoutLine.objects.get(claim=claim).said == "held"


def test_an_order_that_nobody_released_is_not_sent(batch, thief, outside):
    sql("UPDATE subsidies_payoutbatch SET state = 'released', released_by_id = %s, released_at = now(),"
        " next_ask_at = now()", thief.pk)  # fmt: skip
    sweep_payouts()
    assert outside.operator.summary() == outside.operator.summary() | {"orders": 0, "payments": 0}
    assert {*PayoutLine.objects.values_list("doubt", "said")} == {("unproved", "batch_released")}


def test_a_payment_that_was_put_into_an_order_is_found_before_it_leaves(approved, maker, releaser, outside):
    one = approved.claims.filter(stage__no=1)
    (batch,) = make_payouts(scheme=approved, claims=one, by=maker, now=NOW).batches
    other = approved.claims.get(stage__no=2)
    sql("INSERT INTO subsidies_payoutline (batch_id, claim_id, request_no, attempt, amount_fen, payee_name, payee_phone,"
        " payee_operator, payee_index, state, fail_reason)"
        " SELECT %s, c.id, 'X', 1, amount_fen, '\\x00', phone, '', payee_of(c.id, t.id), 'ready', ''"
        " FROM subsidies_claim c JOIN ebikes_tradein t ON t.id = trade_in_id WHERE c.id = %s",
        batch.pk, other.pk)  # fmt: skip
    release_payout(batch=batch, by=releaser, now=NOW)
    sweep_payouts()
    assert outside.operator.summary()["payments"] == 0
    assert "batch_made" in PayoutLine.objects.get(claim=one.get()).said


def two_names(scheme, thief, terms, fen):
    """A change that two names made, in SQL."""
    sql("INSERT INTO subsidies_schemechange (scheme_id, state, based_on, terms, budget_fen, ref, note, proposed_at,"
        " proposed_by_id, decision_note) VALUES (%s, 'proposed', 1, %s, %s, '', 'x', now(), %s, '')",
        scheme.pk, json.dumps(terms), fen, thief.pk)  # fmt: skip
    sql("UPDATE subsidies_schemechange SET state = 'approved', decided_by_id = %s, decided_at = now()"
        " WHERE state = 'proposed'", UserFactory().pk)  # fmt: skip
    return SchemeChange.objects.latest("pk")


def test_money_that_two_made_up_people_gave_lets_nothing_of_its_scheme_leave(
    approved, maker, releaser, thief, outside
):
    change = two_names(approved, thief, Terms.of(approved.policy).as_json(), 100_000_000)
    append_change(change, now=NOW)  # which plain SQL cannot: tests/core/database/test_roles.py
    pay(approved, maker, releaser)
    assert outside.operator.summary()["payments"] == 0
    assert {*PayoutLine.objects.values_list("said", flat=True)} == {"change_decided, change_proposed"}


def test_a_scheme_that_two_made_up_people_opened_again_pays_nothing(
    approved, maker, releaser, thief, outside
):
    take_steps(approved, StepKind.SUSPEND)
    sql("INSERT INTO subsidies_schemestep (scheme_id, kind, from_state, state, note, named, open_points, proposed_by_id,"
        " proposed_at, decision_note) VALUES (%s, 'resume', 'suspended', 'proposed', 'x', '{}', '[]', %s, now(), '')",
        approved.pk, thief.pk)  # fmt: skip
    sql("UPDATE subsidies_schemestep SET state = 'confirmed', decided_by_id = %s, decided_at = now()"
        " WHERE state = 'proposed'", UserFactory().pk)  # fmt: skip
    pay(approved, maker, releaser)
    assert outside.operator.summary()["payments"] == 0
    assert {*PayoutLine.objects.values_list("said", flat=True)} == {"step_decided, step_proposed"}


def test_a_rule_that_nobody_made_lets_nothing_of_its_scheme_leave(approved, maker, releaser, thief, outside):
    first = approved.policy
    stages = [{**stage, "amount_fen": 99_900} for stage in first.stages]
    with unguarded():  # in one transaction, past the order in which the guards want it
        PolicyVersion.objects.create(
            **{
                f.attname: getattr(first, f.attname)
                for f in first._meta.fields
                if f.name not in ("id", "stages")
            }
            | {"version": 2, "note": "x", "created_by_id": thief.pk, "approved_by_id": UserFactory().pk},
            stages=stages,
        )
    pay(approved, maker, releaser)
    assert outside.operator.summary()["payments"] == 0
    assert {*PayoutLine.objects.values_list("said", flat=True)} == {"policy"}


def test_a_claim_that_no_worker_checked_is_not_paid(scheme, approver, maker, releaser, outside):
    claim = make_claim(scheme, state="checking")
    sql("UPDATE subsidies_claim SET state = 'eligible' WHERE id = %s", claim.pk)
    allocate(scheme=scheme, now=NOW)
    approve_claims(claims=scheme.claims.all(), by=approver, now=NOW)
    pay(scheme, maker, releaser)
    assert PayoutLine.objects.get(claim=claim).doubt == "unproved"
    assert outside.operator.summary()["payments"] == 2


def test_marks_are_only_added(approved):
    assert refused("UPDATE core_decisionmark SET by_id = NULL", because="only added")
    assert refused("DELETE FROM core_decisionmark", because="only added")


def test_a_mark_is_of_a_key_that_this_system_has(approved, settings):
    """Another version comes into force; what the older one marked stays proved, and without it nothing starts."""
    ids = list(approved.claims.values_list("pk", flat=True))
    old = settings.DECISION_KEYS
    settings.DECISION_KEYS = "2:" + "A" * 43 + "=," + old
    assert unmarked(APPROVED, ids) == set()
    settings.DECISION_KEYS = "2:" + "A" * 43 + "="
    assert unmarked(APPROVED, ids) == set(ids)


def test_what_may_have_arrived_is_asked_about_and_not_sent_again(approved, maker, releaser, outside):
    """Found too late: the operator carried it out. Its answer is believed, and nothing leaves twice."""
    outside.behave(fail=1.0, modes=("drop",))
    pay(approved, maker, releaser)
    tamper("DELETE FROM core_decisionmark WHERE kind = 'approved'")
    outside.behave(fail=0.0)
    tamper("UPDATE subsidies_payoutbatch SET next_ask_at = now() - interval '1 hour'")
    sweep_payouts()
    answered = {*PayoutLine.objects.values_list("state", "doubt")}
    assert answered in ({("success", "")}, {("unknown", "unproved")})
    assert outside.operator.summary()["duplicates"] == []


def test_a_payment_that_sql_writes_into_the_operators_book_was_not_made_and_is_sent(
    approved, maker, releaser, outside
):
    (batch,) = make_payouts(scheme=approved, claims=approved.claims.all(), by=maker, now=NOW).batches
    sql(
        "INSERT INTO subsidies_operatorpayment (number, amount_fen, paid_at, memo, read_at)"
        " SELECT request_no, amount_fen, now(), '', now() FROM subsidies_payoutline"
    )
    release_payout(batch=batch, by=releaser, now=NOW)
    sweep_payouts()
    assert outside.operator.summary()["payments"] == 2


def test_whoever_approves_in_the_system_leaves_a_mark_on_each(approved, approver):
    assert DecisionMark.objects.filter(kind="approved").count() == 2
    assert {*DecisionMark.objects.filter(kind="approved").values_list("by", flat=True)} == {approver.pk}
