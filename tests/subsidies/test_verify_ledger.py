"""Whoever tampers with the ledger, past every guard, is found out; an outsider can tell from the export."""

import csv
import hashlib
import io

import pytest
from django.db import connection

from subsidies.models import Claim, LedgerEntry
from subsidies.services.allocate import allocate
from subsidies.services.ledger import append_for_claims, fund_scheme, verify_ledger
from tests.console import put_in, tamper, update
from tests.factories import NOW, UserFactory, make_claim, make_scheme

pytestmark = pytest.mark.django_db


@pytest.fixture
def scheme():
    """Rows 1-4: a funding and three reservations."""
    scheme = make_scheme(budget_fen=100_000)
    for _ in range(3):
        make_claim(scheme)
    allocate(scheme=scheme, now=NOW)
    return scheme


def faults(scheme):
    return [(fault.seq, fault.what) for fault in verify_ledger(scheme=scheme)]


def row(scheme, seq):
    return scheme.ledger.get(seq=seq)


def test_an_honest_ledger_has_no_faults(scheme):
    assert faults(scheme) == []


def test_neither_has_an_empty_one():
    assert faults(make_scheme()) == []


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
        "s.code, seq, kind, st.no, claim_id, e.amount_fen, at, by_id, 'x'), 'UTF8'))"
        " FROM subsidies_scheme s, subsidies_stage st"
        " WHERE s.id = e.scheme_id AND st.id = e.stage_id AND seq = 2"
    )
    assert faults(scheme) == [(3, "predecessor")]


def test_a_deleted_row_leaves_a_gap(scheme):
    tamper("DELETE FROM subsidies_ledgerentry WHERE seq = 2")
    found = faults(scheme)
    assert found[:2] == [(3, "gap"), (4, "gap")]
    assert (None, "scheme sums") in found
    assert (None, "sums of stage 1") in found


def test_a_deleted_row_is_found_even_where_the_rest_is_renumbered(scheme):
    tamper("DELETE FROM subsidies_ledgerentry WHERE seq = 2")
    tamper("UPDATE subsidies_ledgerentry SET seq = seq - 1 WHERE seq = 3")
    tamper("UPDATE subsidies_ledgerentry SET seq = seq - 1 WHERE seq = 4")
    assert (2, "predecessor") in faults(scheme)


def test_the_last_row_is_missed_when_it_is_gone(scheme):
    claim = row(scheme, 4).claim_id
    tamper("DELETE FROM subsidies_ledgerentry WHERE seq = 4")
    found = faults(scheme)
    assert (None, "scheme sums") in found
    assert (None, f"claim {claim} is settled but reserves 0 and was paid 0") in found


def test_the_whole_ledger_is_missed_when_it_is_gone(scheme):
    tamper("DELETE FROM subsidies_ledgerentry")
    assert (None, "scheme sums") in faults(scheme)


def test_swapped_rows_are_named(scheme):
    for old, new in ((2, 20), (3, 2), (20, 3)):
        tamper("UPDATE subsidies_ledgerentry SET seq = %s WHERE seq = %s", new, old)
    assert [seq for seq, _ in faults(scheme)] == [2, 3, 4]


def test_an_inserted_row_is_found_though_its_hash_is_right(scheme):
    scheme.refresh_from_db()
    tamper(
        "INSERT INTO subsidies_ledgerentry (scheme_id, seq, kind, amount_fen, at, ref, prev_hash, hash)"
        " SELECT id, 5, 'fund', 1, now(), '', ledger_head, sha256(ledger_head || convert_to(ledger_payload("
        "code, 5, 'fund', NULL, NULL, 1, now(), NULL, ''), 'UTF8')) FROM subsidies_scheme WHERE id = %s",
        scheme.pk,
    )
    assert faults(scheme) == [(None, "scheme sums")]


@pytest.mark.parametrize(
    "change",
    ["funded_fen = funded_fen + 1", "reserved_fen = 0", "paid_fen = 1", "ledger_seq = 3", "code = 'x'"],
)
def test_changed_sums_of_the_scheme_are_found(scheme, change):
    tamper(update(scheme, change))
    assert faults(scheme)


def test_a_wrong_head_is_found_before_anything_is_chained_to_it(scheme):
    tamper(update(scheme, "ledger_head = decode(repeat('11', 32), 'hex')"))
    assert faults(scheme) == [(None, "scheme sums")]


@pytest.mark.parametrize("change", ["reserved_fen = reserved_fen - 1", "paid_fen = 1"])
def test_changed_sums_of_a_stage_are_found(scheme, change):
    tamper(update(scheme.stages.get(no=1), change))
    assert faults(scheme) == [(None, "sums of stage 1")]


@pytest.mark.parametrize("state", ["paid", "cancelled", "waitlisted", "recovered", "recovering"])
def test_a_claim_whose_state_and_money_differ_is_named(scheme, state):
    claim = scheme.claims.first()
    put_in(claim, state)
    said = f"claim {claim.pk} is {state} but reserves 30000 and was paid 0"
    assert faults(scheme) == [(None, said)]


def test_a_claim_that_was_moved_to_settled_by_hand_has_no_money_to_show(scheme):
    claim = make_claim(scheme)
    Claim.objects.filter(pk=claim.pk).update(state="settled")
    assert faults(scheme) == [(None, f"claim {claim.pk} is settled but reserves 0 and was paid 0")]


def test_each_scheme_answers_for_itself(scheme):
    tamper(update(row(scheme, 2), "ref = 'x'"))
    assert faults(make_scheme()) == []


def test_a_claims_money_is_followed_all_the_way(scheme):
    paid, released = scheme.claims.order_by("pk")[:2]
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


# ------------------------------------------------------------------ as an outsider would

EXPORT = """
    COPY (SELECT s.code, e.seq, e.kind, st.no AS stage_no, e.claim_id, e.amount_fen,
                 to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at, e.by_id, e.ref,
                 encode(e.prev_hash, 'hex') AS prev_hash, encode(e.hash, 'hex') AS hash
          FROM subsidies_ledgerentry e JOIN subsidies_scheme s ON s.id = e.scheme_id
          LEFT JOIN subsidies_stage st ON st.id = e.stage_id
          ORDER BY s.code, e.seq) TO STDOUT (FORMAT csv, HEADER)
"""


def export():
    with connection.cursor() as cursor, cursor.copy(EXPORT) as copy:
        text = b"".join(bytes(part) for part in copy).decode()
    return list(csv.DictReader(io.StringIO(text)))


def first_broken_row(rows):
    """What the export's reader needs: these columns, SHA-256, and nothing of this project."""
    head = "00" * 32
    for line in rows:
        payload = "|".join(
            line[name]
            for name in ("code", "seq", "kind", "stage_no", "claim_id", "amount_fen", "at", "by_id", "ref")
        )
        chained = hashlib.sha256(bytes.fromhex(head) + payload.encode()).hexdigest()
        if (line["prev_hash"], line["hash"]) != (head, chained):
            return int(line["seq"])
        head = chained
    return None


def test_an_outsider_verifies_the_export_with_nothing_but_sha256(scheme):
    fund_scheme(scheme=scheme, amount_fen=5, by=UserFactory(), now=NOW, ref="拱财〔2022〕7号 | 追加")
    rows = export()
    assert [line["kind"] for line in rows] == ["fund", "reserve", "reserve", "reserve", "fund"]
    assert first_broken_row(rows) is None


def test_an_outsider_sees_which_row_was_touched(scheme):
    tamper(update(row(scheme, 3), "amount_fen = 20000"))
    assert first_broken_row(export()) == 3


def test_the_rows_of_one_allocation_follow_the_queue(scheme):
    claims = LedgerEntry.objects.filter(scheme=scheme, kind="reserve").order_by("seq")
    places = [(e.claim.completed_at, e.claim.received_at, e.claim_id) for e in claims.select_related("claim")]
    assert places == sorted(places)
