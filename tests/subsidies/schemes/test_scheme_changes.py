"""A scheme changes by two people: one proposes, another decides; and past the verbs the database says the same."""

import threading
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import connection, transaction

from core.models import AuditEntry
from subsidies.allocation.services.allocate import allocate
from subsidies.engine.stages import StageTerms
from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.models import PolicyVersion, SchemeChange, Stage
from subsidies.schemes.selectors.terms import Proposal, Terms, differences
from subsidies.schemes.services.changes import (
    AlreadyOpen,
    Decided,
    Faulty,
    NoteMissing,
    NotYours,
    Outdated,
    approve_change,
    propose_change,
    reject_change,
    withdraw_change,
)
from tests.console import refused, sql, update
from tests.factories import NOW, UserFactory, make_claim, make_scheme

pytestmark = pytest.mark.django_db

AUTUMN = StageTerms(4, date(2022, 9, 1), date(2022, 9, 30), 5000, None)


def terms_of(scheme):
    return Terms.of(scheme.policies.latest("version"))


def propose(scheme, *, by=None, budget_fen=0, note="区政府专题会议纪要", ref="", **differs):
    proposal = Proposal(replace(terms_of(scheme), **differs), note, budget_fen, ref)
    return propose_change(scheme=scheme, proposal=proposal, by=by or UserFactory(), now=NOW)


def approve(change, by=None):
    return approve_change(change=change, by=by or UserFactory(), now=NOW)


def stage_rows(scheme):
    return list(
        scheme.stages.order_by("no").values_list("no", "starts_on", "ends_on", "amount_fen", "cap_fen")
    )


def cut_off(scheme, last):
    """June ends on another day, and July begins on the next."""
    june, july, august = terms_of(scheme).stages
    return (replace(june, ends_on=last), replace(july, starts_on=last + timedelta(days=1)), august)


# ------------------------------------------------------------------ two people


def test_a_proposal_changes_nothing():
    scheme = make_scheme()
    before = stage_rows(scheme)
    change = propose(scheme, stages=(*terms_of(scheme).stages, AUTUMN), settle_lag_hours=24, budget_fen=100)
    scheme.refresh_from_db()
    assert (change.state, scheme.policies.count(), scheme.funded_fen) == ("proposed", 1, 10_000_000)
    assert stage_rows(scheme) == before


def test_somebody_else_approves_it_and_everything_is_in_force_at_once():
    scheme, officer, reviewer = make_scheme(), UserFactory(), UserFactory()
    stages = (*cut_off(scheme, date(2022, 7, 5)), AUTUMN)
    change = propose(
        scheme, by=officer, stages=stages, settle_lag_hours=24, budget_fen=500, ref="拱财〔2022〕7号"
    )
    done = approve(change, by=reviewer)
    policy = scheme.policies.latest("version")
    scheme.refresh_from_db()
    assert (policy.version, policy.settle_lag_hours, policy.note) == (2, 24, "区政府专题会议纪要")
    assert (policy.created_by, policy.approved_by, done.version) == (officer, reviewer, policy)
    assert stage_rows(scheme)[:2] == [
        (1, date(2022, 6, 1), date(2022, 7, 5), 30000, None),
        (2, date(2022, 7, 6), date(2022, 7, 31), 20000, None),
    ]
    assert stage_rows(scheme)[3] == (4, AUTUMN.starts_on, AUTUMN.ends_on, 5000, None)
    assert Terms.of(policy).stages == stages
    last = scheme.ledger.latest("seq")
    assert (scheme.funded_fen, last.kind, last.ref, last.by) == (
        10_000_500,
        "fund",
        "拱财〔2022〕7号",
        reviewer,
    )
    assert verify_ledger(scheme=scheme) == []


def test_windows_that_change_places_do_so_in_one_step():
    scheme = make_scheme()
    june, july, august = terms_of(scheme).stages
    swapped = tuple(
        replace(a, starts_on=b.starts_on, ends_on=b.ends_on)
        for a, b in ((june, july), (july, june), (august, august))
    )
    approve(propose(scheme, stages=swapped))
    assert [row[1].month for row in stage_rows(scheme)] == [7, 6, 8]


def test_a_stage_that_nobody_came_to_can_go():
    scheme = make_scheme()
    approve(propose(scheme, stages=terms_of(scheme).stages[:2]))
    assert [row[0] for row in stage_rows(scheme)] == [1, 2]


def test_a_budget_alone_makes_no_version():
    scheme = make_scheme()
    done = approve(propose(scheme, budget_fen=12_345))
    scheme.refresh_from_db()
    assert (scheme.policies.count(), done.version, scheme.funded_fen) == (1, None, 10_012_345)
    assert (scheme.ledger.latest("seq").ref, scheme.ledger.latest("seq").change) == ("", done)


def test_a_budget_shrinks_to_what_is_settled_and_not_a_fen_further():
    scheme = make_scheme(budget_fen=100_000)
    make_claim(scheme)
    allocate(scheme=scheme, now=NOW)
    with pytest.raises(Faulty, match=r"资金总额不能减到 299\.99 元：已锁定和发放 300 元"):
        propose(scheme, budget_fen=-70_001)
    approve(propose(scheme, budget_fen=-70_000))
    scheme.refresh_from_db()
    assert (scheme.funded_fen, scheme.available_fen) == (30_000, 0)
    assert scheme.ledger.latest("seq").kind == "cut"
    assert verify_ledger(scheme=scheme) == []


def test_nothing_is_allocated_by_an_approval_and_the_next_run_goes_by_it():
    scheme = make_scheme(budget_fen=30_000)
    _first, second = make_claim(scheme), make_claim(scheme)
    allocate(scheme=scheme, now=NOW)
    approve(propose(scheme, budget_fen=30_000))
    second.refresh_from_db()
    assert second.state == "waitlisted"
    allocate(scheme=scheme, now=NOW)
    second.refresh_from_db()
    assert second.state == "settled"


def test_whoever_proposed_neither_approves_nor_rejects():
    scheme, officer = make_scheme(), UserFactory()
    change = propose(scheme, by=officer, settle_lag_hours=1)
    with pytest.raises(NotYours):
        approve(change, by=officer)
    with pytest.raises(NotYours):
        reject_change(change=change, by=officer, now=NOW, note="不")
    change.refresh_from_db()
    assert (change.state, scheme.policies.count()) == ("proposed", 1)


def test_only_whoever_proposed_withdraws():
    officer = UserFactory()
    change = propose(make_scheme(), by=officer, settle_lag_hours=1)
    with pytest.raises(NotYours):
        withdraw_change(change=change, by=UserFactory(), now=NOW)
    assert withdraw_change(change=change, by=officer, now=NOW).state == "withdrawn"


def test_a_rejection_says_why():
    change = propose(make_scheme(), settle_lag_hours=1)
    with pytest.raises(NoteMissing):
        reject_change(change=change, by=UserFactory(), now=NOW, note=" ")
    done = reject_change(change=change, by=UserFactory(), now=NOW, note="依据不足")
    assert (done.state, done.decision_note) == ("rejected", "依据不足")


def test_a_proposal_says_why():
    with pytest.raises(NoteMissing):
        propose(make_scheme(), settle_lag_hours=1, note=" ")


def test_one_proposal_at_a_time():
    scheme = make_scheme()
    propose(scheme, settle_lag_hours=1)
    with pytest.raises(AlreadyOpen):
        propose(scheme, settle_lag_hours=2)
    propose(make_scheme(year=2021), settle_lag_hours=1)


@pytest.mark.parametrize("first", ["approve", "reject", "withdraw"])
def test_what_is_decided_is_decided(first):
    officer = UserFactory()
    change = propose(make_scheme(), by=officer, settle_lag_hours=1)
    verbs = {
        "approve": lambda: approve(change),
        "reject": lambda: reject_change(change=change, by=UserFactory(), now=NOW, note="依据不足"),
        "withdraw": lambda: withdraw_change(change=change, by=officer, now=NOW),
    }
    verbs[first]()
    for verb in verbs.values():
        with pytest.raises(Decided):
            verb()
    assert change.scheme.policies.count() == (2 if first == "approve" else 1)


def test_a_proposal_for_an_older_version_is_not_approved():
    scheme = make_scheme()
    change = propose(scheme, settle_lag_hours=1)
    newer = scheme.policies.get()
    newer.pk, newer.version, newer.note = None, 2, "另行制定"
    newer.created_by, newer.approved_by = UserFactory(), UserFactory()
    newer.save(force_insert=True)
    with pytest.raises(Outdated):
        approve(change)
    assert reject_change(change=change, by=UserFactory(), now=NOW, note="已有新版本").state == "rejected"


def test_what_stood_in_nobodys_way_when_proposed_may_when_approved():
    scheme = make_scheme()
    change = propose(scheme, stages=tuple(replace(s, cap_fen=30_000) for s in terms_of(scheme).stages))
    for _ in range(2):
        make_claim(scheme)
    allocate(scheme=scheme, now=NOW)
    with pytest.raises(Faulty, match="阶段上限不能低于本阶段已锁定和发放的 600 元"):
        approve(change)
    assert scheme.policies.count() == 1


def test_who_proposed_and_who_decided_is_in_the_audit():
    officer, reviewer = UserFactory(), UserFactory()
    change = approve(propose(make_scheme(), by=officer, settle_lag_hours=1), by=reviewer)
    found = AuditEntry.objects.filter(object_type="subsidies.schemechange", object_id=change.pk).order_by(
        "pk"
    )
    assert [(entry.action, entry.by, entry.after["state"]) for entry in found] == [
        ("create", officer, "proposed"),
        ("update", reviewer, "approved"),
    ]


def test_versions_are_compared_in_words():
    scheme = make_scheme()
    old = terms_of(scheme)
    june, july, _august = old.stages
    new = replace(
        old, per_person_cap=None, head_of_line="skip", stages=(replace(june, amount_fen=30_050), july, AUTUMN)
    )
    told = [(each.where, each.what, each.old, each.new) for each in differences(old, new)]
    assert ("政策", "每人上限", "1", "不限") in told
    assert ("政策", "排队规则", "严格排队：前面放不下就停", "放不下者等待，后面继续") in told
    assert ("第 1 阶段", "补贴标准(元)", "300", "300.50") in told
    assert ("第 3 阶段", "截止日期", "2022-08-31", "") in told
    assert ("第 4 阶段", "补贴标准(元)", "", "50") in told
    assert differences(old, old) == []


# ------------------------------------------------------------------ past the verbs


@pytest.mark.parametrize("change", ["amount_fen = 1", "cap_fen = 10000000", "ends_on = '2022-08-30'"])
def test_a_stage_is_not_changed_by_hand(change):
    august = make_scheme().stages.get(no=3)
    assert refused(update(august, change), because="is not what policy version 1 says")


def test_a_stage_is_neither_added_nor_removed_by_hand():
    scheme = make_scheme()
    assert refused(
        "INSERT INTO subsidies_stage (scheme_id, no, starts_on, ends_on, amount_fen, reserved_fen, paid_fen)"
        " VALUES (%s, 4, '2022-09-01', '2022-09-30', 5000, 0, 0)",
        scheme.pk,
        because="is not what policy version 1 says",
    )
    assert refused("DELETE FROM subsidies_stage WHERE no = 3", because="policy version 1 has stage 3")


NEXT = """
    INSERT INTO subsidies_policyversion (scheme_id, version, head_of_line, per_person_cap, filed_years_limit,
        settle_lag_hours, stages, note, created_at, created_by_id, approved_by_id)
    SELECT scheme_id, %s, head_of_line, per_person_cap, filed_years_limit, 5, stages, %s, now(), %s, %s
    FROM subsidies_policyversion WHERE scheme_id = %s AND version = 1
"""


def test_a_version_is_not_added_by_one_person_or_by_nobody_or_without_a_note():
    scheme, one, other = make_scheme(), UserFactory().pk, UserFactory().pk
    for note, maker, approver in (
        ("依据", one, one),
        ("依据", one, None),
        ("依据", None, one),
        ("依据", None, None),
        ("", one, other),
    ):
        assert refused(NEXT, 2, note, maker, approver, scheme.pk, because="needs_a_note_and_two_people")
    assert sql(NEXT, 2, "依据", one, other, scheme.pk) == 1


def test_versions_have_no_gap():
    scheme, one, other = make_scheme(), UserFactory().pk, UserFactory().pk
    assert refused(NEXT, 3, "依据", one, other, scheme.pk, because="does not follow the one before it")


def test_a_version_whose_stages_are_not_put_in_force_is_refused_at_the_end():
    scheme, one, other = make_scheme(), UserFactory().pk, UserFactory().pk
    other_stages = NEXT.replace("5, stages,", "5, jsonb_set(stages, '{0,amount_fen}', '1'),")
    with transaction.atomic():
        sql(other_stages, 2, "依据", one, other, scheme.pk)
        assert refused("SET CONSTRAINTS ALL IMMEDIATE", because="are not those of policy version 2")
        transaction.set_rollback(True)


def test_a_stage_that_open_claims_may_still_come_to_is_not_removed_by_hand():
    scheme, one, other = make_scheme(), UserFactory().pk, UserFactory().pk
    make_claim(scheme, state="checking")
    with transaction.atomic():
        sql(NEXT.replace("5, stages,", "5, stages - 2,"), 2, "依据", one, other, scheme.pk)
        assert refused("DELETE FROM subsidies_stage WHERE no = 3", because="may still come to stage 3")
        transaction.set_rollback(True)


BEGUN = """
    INSERT INTO subsidies_schemechange (scheme_id, state, based_on, terms, budget_fen, ref, note, proposed_at,
        proposed_by_id, decided_at, decided_by_id, decision_note)
    VALUES (%s, %s, 1, '{}', 100, '', '依据', now(), %s, %s, %s, '')
"""


def test_a_change_begins_as_a_proposal():
    scheme, one, other = make_scheme(), UserFactory().pk, UserFactory().pk
    assert refused(BEGUN, scheme.pk, "approved", one, NOW, other, because="begins as a proposal")


def test_a_second_open_proposal_is_refused():
    scheme = make_scheme()
    propose(scheme, settle_lag_hours=1)
    assert refused(
        BEGUN, scheme.pk, "proposed", UserFactory().pk, None, None, because="one_open_change_per_scheme"
    )


@pytest.mark.parametrize("state", ["approved", "rejected"])
def test_whoever_proposed_does_not_decide_by_hand_either(state):
    change = propose(make_scheme(), settle_lag_hours=1)
    decided = f"state = '{state}', decided_at = now(), decision_note = '好'"
    for who in (change.proposed_by_id, "NULL"):
        assert refused(
            update(change, f"{decided}, decided_by_id = {who}"), because="is_decided_by_somebody_else"
        )


def test_somebody_else_does_not_withdraw_by_hand():
    change = propose(make_scheme(), settle_lag_hours=1)
    for who in (UserFactory().pk, "NULL"):
        assert refused(
            update(change, f"state = 'withdrawn', decided_at = now(), decided_by_id = {who}"),
            because="is_decided_by_somebody_else",
        )


@pytest.mark.parametrize(
    "change",
    ["note = 'x'", "budget_fen = 5", "terms = '{}'", "based_on = 9", "proposed_by_id = decided_by_id"],
)
def test_a_proposal_stays_as_it_was_proposed(change):
    row = propose(make_scheme(), settle_lag_hours=1)
    decided = f"state = 'approved', decided_at = now(), decided_by_id = {UserFactory().pk}"
    assert refused(update(row, f"{decided}, {change}"), because="stays as it was proposed|is decided once")


def test_a_decision_is_not_changed_and_not_deleted():
    change = approve(propose(make_scheme(), settle_lag_hours=1))
    assert refused(update(change, "state = 'rejected', decision_note = '好'"), because="is decided once")
    assert refused(update(change, "decision_note = '好'"), because="is decided once")
    connection.check_constraints()
    assert refused("DELETE FROM subsidies_schemechange", because="only ever added")
    assert refused("TRUNCATE subsidies_schemechange", because="only ever added")


def test_a_rejection_without_a_reason_is_refused():
    change = propose(make_scheme(), settle_lag_hours=1)
    decided = f"state = 'rejected', decided_at = now(), decided_by_id = {UserFactory().pk}"
    assert refused(update(change, decided), because="is_decided_by_somebody_else")


# ------------------------------------------------------------------ at the same time


@pytest.mark.django_db(transaction=True)
def test_two_approvals_at_once_are_one():
    scheme = make_scheme()
    change = propose(scheme, settle_lag_hours=1, budget_fen=100)
    start, came_of_it = threading.Barrier(4), []

    def approves(by):
        start.wait()
        try:
            approve_change(change=SchemeChange.objects.get(pk=change.pk), by=by, now=NOW)
            came_of_it.append("approved")
        except Decided:
            came_of_it.append("decided")
        finally:
            connection.close()

    people = [UserFactory() for _ in range(4)]
    threads = [threading.Thread(target=approves, args=(by,)) for by in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    scheme.refresh_from_db()
    assert sorted(came_of_it) == ["approved", "decided", "decided", "decided"]
    assert (scheme.policies.count(), scheme.funded_fen) == (2, 10_000_100)
    assert PolicyVersion.objects.filter(scheme=scheme, version=2).count() == 1
    assert Stage.objects.filter(scheme=scheme).count() == 3
