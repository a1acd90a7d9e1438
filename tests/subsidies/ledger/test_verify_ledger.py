"""Whoever tampers with the ledger, past every guard, is found out; and it is said where."""

import io

import hypothesis
import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from subsidies.allocation.services.allocate import allocate
from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.ledger.services.append import append_for_claims
from subsidies.models import Claim, LedgerEntry
from tests.console import lay_order, put_in, tamper, update
from tests.examples import examples
from tests.factories import NOW, UserFactory, make_claim, make_scheme, top_up
from tests.laid import laid
from tests.undone import undone

pytestmark = pytest.mark.django_db


@laid
def scheme():
    """Rows 1-4: a funding and three reservations."""
    scheme = make_scheme(budget_fen=100_000)
    for _ in range(3):
        make_claim(scheme)
    allocate(scheme=scheme, now=NOW)
    return scheme


def faults(scheme):
    return [(fault.seq, fault.what) for fault in verify_ledger(scheme=scheme)]


def said(scheme):
    return [str(fault) for fault in verify_ledger(scheme=scheme)]


def row(scheme, seq):
    return scheme.ledger.get(seq=seq)


def test_an_honest_ledger_has_no_faults(scheme):
    assert faults(scheme) == []


def test_neither_has_an_empty_one():
    assert faults(make_scheme(year=2021)) == []


@pytest.mark.parametrize(
    "change",
    [
        "amount_fen = amount_fen + 1",
        "at = at + interval '1 microsecond'",
        "ref = 'x'",
        "kind = 'release'",
        "claim_id = claim_id + 1000",
        "stage_id = stage_id + 1",
    ],
)
def test_a_changed_row_is_named(scheme, change):
    tamper(update(row(scheme, 3), change))
    assert (3, "content") in faults(scheme)


def test_a_row_that_names_somebody_else_is_named(scheme):
    tamper(update(row(scheme, 1), f"by_id = {UserFactory().pk}"))
    assert faults(scheme) == [(1, "content")]


def test_a_changed_row_with_a_new_hash_gives_itself_away_at_the_next(scheme):
    tamper(
        "UPDATE subsidies_ledgerentry e SET ref = 'x', hash = sha256(prev_hash || convert_to(ledger_payload("
        "s.code, seq, kind, st.no, claim_id, e.amount_fen, at, by_id, change_id, order_no, payee_digest, recorded_at, 'x'),"
        " 'UTF8'))"
        " FROM subsidies_scheme s, subsidies_stage st"
        " WHERE s.id = e.scheme_id AND st.id = e.stage_id AND seq = 2"
    )
    assert faults(scheme) == [(3, "predecessor")]


def test_a_deleted_row_leaves_a_gap(scheme):
    tamper("DELETE FROM subsidies_ledgerentry WHERE seq = 2")
    found = faults(scheme)
    assert found[0] == (2, "missing")
    assert (None, "scheme_sums") in found
    assert (None, "stage_sums") in found


def test_a_deleted_row_is_found_even_where_the_rest_is_renumbered(scheme):
    tamper("DELETE FROM subsidies_ledgerentry WHERE seq = 2")
    tamper("UPDATE subsidies_ledgerentry SET seq = seq - 1 WHERE seq = 3")
    tamper("UPDATE subsidies_ledgerentry SET seq = seq - 1 WHERE seq = 4")
    assert (2, "predecessor") in faults(scheme)


def test_the_last_row_is_missed_when_it_is_gone(scheme):
    claim = row(scheme, 4).claim_id
    tamper("DELETE FROM subsidies_ledgerentry WHERE seq = 4")
    assert faults(scheme) == [
        (4, "missing"),
        (None, "scheme_sums"),
        (None, "stage_sums"),
        (None, "claim_money"),
    ]
    assert said(scheme)[-1] == f"申请 {claim} 的状态是 已锁定补贴，账目上却为它锁定 0 分、发放 0 分"


def test_the_whole_ledger_is_missed_when_it_is_gone(scheme):
    tamper("DELETE FROM subsidies_ledgerentry")
    assert (1, "missing") in faults(scheme)


def test_swapped_rows_are_named(scheme):
    for old, new in ((2, 20), (3, 2), (20, 3)):
        tamper("UPDATE subsidies_ledgerentry SET seq = %s WHERE seq = %s", new, old)
    assert [seq for seq, _ in faults(scheme)] == [2, 3, 4]


def test_an_inserted_row_is_found_though_its_hash_is_right(scheme):
    scheme.refresh_from_db()
    tamper(
        "INSERT INTO subsidies_ledgerentry (scheme_id, seq, kind, amount_fen, at, order_no, payee_digest, recorded_at, ref,"
        " prev_hash, hash)"
        " SELECT id, 5, 'fund', 1, now(), '', '', now(), '', ledger_head, sha256(ledger_head || convert_to(ledger_payload("
        "code, 5, 'fund', NULL, NULL, 1, now(), NULL, NULL, '', '', now(), ''), 'UTF8'))"
        " FROM subsidies_scheme WHERE id = %s",
        scheme.pk,
    )
    assert faults(scheme) == [(5, "added"), (None, "scheme_sums")]


@pytest.mark.parametrize(
    "change",
    ["funded_fen = funded_fen + 1", "reserved_fen = 0", "paid_fen = 1", "ledger_seq = 3", "code = 'x'"],
)
def test_changed_sums_of_the_scheme_are_found(scheme, change):
    tamper(update(scheme, change))
    assert faults(scheme)


def test_a_wrong_head_is_found_before_anything_is_chained_to_it(scheme):
    tamper(update(scheme, "ledger_head = decode(repeat('11', 32), 'hex')"))
    assert faults(scheme) == [(None, "head")]


@pytest.mark.parametrize("change", ["reserved_fen = reserved_fen - 1", "paid_fen = 1"])
def test_changed_sums_of_a_stage_are_found(scheme, change):
    tamper(update(scheme.stages.get(no=1), change))
    assert faults(scheme) == [(None, "stage_sums")]


@pytest.mark.parametrize("state", ["paid", "cancelled", "waitlisted", "recovered", "recovering"])
def test_a_claim_whose_state_and_money_differ_is_named(scheme, state):
    claim = scheme.claims.first()
    put_in(claim, state)
    (fault,) = verify_ledger(scheme=scheme)
    assert (fault.seq, fault.what) == (None, "claim_money")
    assert fault.facts == {"claim": claim.pk, "state": state, "reserved": 30_000, "paid": 0}


def test_a_claim_that_was_moved_to_settled_by_hand_has_no_money_to_show(scheme):
    claim = make_claim(scheme)
    Claim.objects.filter(pk=claim.pk).update(state="settled")
    (fault,) = verify_ledger(scheme=scheme)
    assert fault.facts == {"claim": claim.pk, "state": "settled", "reserved": 0, "paid": 0}


def test_each_scheme_answers_for_itself(scheme):
    tamper(update(row(scheme, 2), "ref = 'x'"))
    assert faults(make_scheme(year=2021)) == []


def test_a_claims_money_is_followed_all_the_way(scheme):
    paid, released = scheme.claims.order_by("pk")[:2]
    lay_order(paid)
    append_for_claims(scheme=scheme, kind="pay", claim_ids=[paid.pk], by=None, now=NOW)
    put_in(paid, "paid")
    append_for_claims(scheme=scheme, kind="release", claim_ids=[released.pk], by=None, now=NOW)
    put_in(released, "cancelled")
    assert faults(scheme) == []
    append_for_claims(scheme=scheme, kind="return", claim_ids=[paid.pk], by=None, now=NOW)
    put_in(paid, "recovered")
    assert faults(scheme) == []
    scheme.refresh_from_db()
    assert (scheme.funded_fen, scheme.reserved_fen, scheme.paid_fen) == (100_000, 30_000, 0)


def test_a_cut_that_is_made_to_look_like_funding_is_found(scheme):
    top_up(scheme, -500)
    assert faults(scheme) == []
    tamper(update(row(scheme, 5), "kind = 'fund'"))
    assert faults(scheme) == [(5, "content"), (None, "scheme_sums")]


# ------------------------------------------------------------------ any row, any field

LAST = 9
at = st.integers(1, LAST)
FIELDS = {
    "kind": "CASE kind WHEN 'reserve' THEN 'pay' ELSE 'reserve' END",
    "stage_id": "coalesce(stage_id, 0) + 1",
    "claim_id": "coalesce(claim_id, 0) + 1",
    "amount_fen": "amount_fen + %s",
    "at": "at + %s * interval '1 microsecond'",
    "by_id": "coalesce(by_id, 0) + %s",
    "change_id": "coalesce(change_id, 0) + %s",
    "order_no": "order_no || '·' || %s",
    "payee_digest": "payee_digest || '·' || %s",
    "recorded_at": "recorded_at + %s * interval '1 microsecond'",
    "ref": "ref || '·' || %s",
    "prev_hash": "set_byte(prev_hash, %s %% 32, 255 - get_byte(prev_hash, %s %% 32))",
    "hash": "set_byte(hash, %s %% 32, 255 - get_byte(hash, %s %% 32))",
}


@laid
def longer(scheme):
    """Rows 5-9: a payment, a release, a return, a top-up, a cut."""
    paid, released, _ = scheme.claims.order_by("pk")
    lay_order(paid)
    for kind, claim in (("pay", paid), ("release", released), ("return", paid)):
        append_for_claims(scheme=scheme, kind=kind, claim_ids=[claim.pk], by=None, now=NOW)
    put_in(paid, "recovered")
    put_in(released, "cancelled")
    top_up(scheme, 5, ref="拱财〔2022〕7号")
    top_up(scheme, -3, ref="拱财〔2022〕9号")
    assert faults(scheme) == []
    return scheme


def links(scheme):
    """The faults that name a row."""
    return [fault for fault in faults(scheme) if fault[0]]


several = hypothesis.settings(
    max_examples=examples(15),
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
)


@several
@given(at=at, field=st.sampled_from(sorted(FIELDS)), by=st.integers(1, 10**6))
def test_any_row_with_any_field_changed_is_named(longer, at, field, by):
    change = FIELDS[field]
    if field == "stage_id":  # a stage that there is: the hash covers its number
        change = "(SELECT id FROM subsidies_stage WHERE no = 3 ORDER BY id DESC LIMIT 1)"
    if field == "payee_digest":  # as long as one
        change = "left(payee_digest, 50) || '·' || %s"
    with undone():
        tamper("SET CONSTRAINTS ALL IMMEDIATE")
        tamper("ALTER TABLE subsidies_ledgerentry DROP CONSTRAINT all_but_funding_belongs_to_a_claim")
        tamper("DROP INDEX a_change_moves_its_money_once")
        tamper(
            f"UPDATE subsidies_ledgerentry SET {field} = {change} WHERE scheme_id = %s AND seq = %s",
            *[by] * change.count("%s"),
            longer.pk,
            at,
        )
        assert links(longer)[0] == (at, "predecessor" if field == "prev_hash" else "content")


@several
@given(at=at, seq=st.integers(LAST + 1, LAST + 50))
def test_any_row_whose_number_was_changed_is_missed_at_its_place(longer, at, seq):
    with undone():
        tamper("UPDATE subsidies_ledgerentry SET seq = %s WHERE seq = %s", seq, at)
        assert links(longer)[0] == (at, "missing")


@several
@given(at=at, until=at)
def test_any_rows_that_were_deleted_are_missed_from_the_first_to_the_last(longer, at, until):
    at, until = sorted((at, until))
    with undone():
        tamper("DELETE FROM subsidies_ledgerentry WHERE seq BETWEEN %s AND %s", at, until)
        assert links(longer) == [(at, "missing")]
        assert said(longer)[0] == f"第 {at} 行账目缺失：到第 {until} 行为止的账目被删除"


@several
@given(at=st.integers(1, LAST + 1), right=st.booleans())
def test_any_row_that_was_inserted_is_named_or_the_one_after_it(longer, at, right):
    """With the hash of a forger who knows how, it is the next row that no longer fits."""
    with undone():
        tamper("UPDATE subsidies_ledgerentry SET seq = -seq WHERE seq >= %s", at)
        tamper("UPDATE subsidies_ledgerentry SET seq = 1 - seq WHERE seq < 0")
        tamper(
            "INSERT INTO subsidies_ledgerentry (scheme_id, seq, kind, amount_fen, at, order_no, payee_digest, recorded_at,"
            " ref, prev_hash, hash)"
            " SELECT s.id, %(at)s, 'fund', 1, %(now)s, '', '', %(now)s, '', b.hash, CASE WHEN %(right)s THEN"
            " sha256(b.hash || convert_to(ledger_payload("
            "code, %(at)s, 'fund', NULL, NULL, 1, %(now)s, NULL, NULL, '', '', %(now)s, ''), 'UTF8'))"
            " ELSE b.hash END FROM subsidies_scheme s, LATERAL (SELECT hash, seq FROM subsidies_ledgerentry"
            " WHERE scheme_id = s.id AND seq < %(at)s UNION ALL SELECT decode(repeat('00', 32), 'hex'), 0"
            " ORDER BY seq DESC LIMIT 1) b WHERE s.id = %(scheme)s",
            at=at,
            now=NOW,
            right=right,
            scheme=longer.pk,
        )
        if right:
            assert links(longer)[0] == ((at + 1, "predecessor") if at <= LAST else (at, "added"))
        else:
            assert links(longer)[0] == (at, "content")


@several
@given(st.lists(at, min_size=2, max_size=2, unique=True))
def test_any_two_rows_that_changed_places_are_both_named(longer, pair):
    with undone():
        for old, new in ((pair[0], 99), (pair[1], pair[0]), (99, pair[1])):
            tamper("UPDATE subsidies_ledgerentry SET seq = %s WHERE seq = %s", new, old)
        found = [seq for seq, _ in links(longer)]
        assert found[0] == min(pair)
        assert max(pair) in found


# ------------------------------------------------------------------ in words


def command(*argv):
    """What `manage.py verify_ledger` says, and its exit code."""
    out = io.StringIO()
    try:
        call_command("verify_ledger", *argv, stdout=out)
    except SystemExit as end:
        return end.code, out.getvalue().splitlines()
    return 0, out.getvalue().splitlines()


SENTENCES = [
    (
        "UPDATE subsidies_ledgerentry SET ref = 'x' WHERE seq = 3",
        "第 3 行账目的内容与其链值不符：这一行被改动过",
        "the content of row 3 of the ledger does not agree with its hash: the row was changed",
    ),
    (
        "DELETE FROM subsidies_ledgerentry WHERE seq IN (2, 3)",
        "第 2 行账目缺失：到第 3 行为止的账目被删除",
        "row 2 of the ledger is missing: the rows up to row 3 were deleted",
    ),
    (
        "UPDATE subsidies_ledgerentry SET prev_hash = hash WHERE seq = 4",
        "第 4 行账目接不上前一行：前一行被改写，或这一行是插入的或换了位置",
        "row 4 of the ledger does not follow the row before it: that row was rewritten, or this one was inserted"
        " or moved",
    ),
    (
        "UPDATE subsidies_scheme SET ledger_seq = 3",
        "第 4 行账目是多出来的：方案只记到第 3 行",
        "row 4 of the ledger is one too many: the scheme counts rows up to row 3",
    ),
    (
        "UPDATE subsidies_scheme SET ledger_head = sha256('')",
        "末行账目的链值与方案所记的末值不符：第 4 行被换过，或方案的记录被改动过",
        "the hash of the last row of the ledger is not the head that the scheme keeps: row 4 was replaced, or the"
        " scheme's record was changed",
    ),
    (
        "UPDATE subsidies_scheme SET paid_fen = 7",
        "方案的合计与账目不符：方案记着拨入 100000 分、锁定 90000 分、发放 7 分，"
        "账目合计为拨入 100000 分、锁定 90000 分、发放 0 分",
        "the totals of the scheme do not agree with the ledger: the scheme has 100000 fen funded, 90000 reserved"
        " and 7 paid; the ledger adds up to 100000 funded, 90000 reserved and 0 paid",
    ),
    (
        "UPDATE subsidies_stage SET paid_fen = 7 WHERE no = 2",
        "第 2 阶段的合计与账目不符：阶段记着锁定 0 分、发放 7 分，账目合计为锁定 0 分、发放 0 分",
        "the totals of stage 2 do not agree with the ledger: the stage has 0 fen reserved and 7 paid; the ledger"
        " adds up to 0 reserved and 0 paid",
    ),
    (
        "UPDATE subsidies_claimtally SET count = 9 WHERE state = 'settled'",
        "2022-06-10 12:00 这一小时内状态为 已锁定补贴 的申请，计数表记着 9 份，实有 3 份",
        "claims in the state “Subsidy reserved” completed in the hour from 2022-06-10 12:00: the tally has 9, in fact"
        " there are 3",
    ),
]


@pytest.mark.parametrize(("statement", "chinese", "english"), SENTENCES)
def test_the_command_says_in_a_sentence_what_is_wrong_and_where(scheme, statement, chinese, english):
    tamper(statement)
    code, lines = command()
    assert (code, lines[0]) == (1, f"{scheme.code}：{chinese}")
    assert command("--lang", "en")[1][0] == f"{scheme.code}: {english}"


def test_the_command_says_of_a_claim_what_its_money_is(scheme):
    claim = scheme.claims.first()
    put_in(claim, "paid")
    assert command() == (
        1,
        [
            f"{scheme.code}：申请 {claim.pk} 的状态是 已发放，账目上却为它锁定 30000 分、发放 0 分",
            f"补贴申请的批准：1 项无法核实，不是本系统所作(编号 {claim.pk})",
        ],
    )


def test_the_command_gives_rows_and_head_where_all_is_right(scheme):
    scheme.refresh_from_db()
    head = bytes(scheme.ledger_head).hex()
    assert command("--scheme", scheme.code) == (
        0,
        [f"{scheme.code}：4 行账目相符，末值 {head}", "审计链：0 个封存相符；与 0 个签名的链头相符"],
    )


def test_the_rows_of_one_allocation_follow_the_queue(scheme):
    claims = LedgerEntry.objects.filter(scheme=scheme, kind="reserve").order_by("seq")
    places = [(e.claim.completed_at, e.claim.received_at, e.claim_id) for e in claims.select_related("claim")]
    assert places == sorted(places)
