"""The ledger's guards, tried with plain SQL: no gap, no forgery, no sums by hand, never a fen too many."""

import pytest
from django.db import IntegrityError, connection, transaction

from subsidies.allocation.services.allocate import allocate
from subsidies.ledger.selectors.proof import verify_ledger
from tests.console import lay_change, owning, put_in, refused
from tests.factories import NOW, make_claim, make_scheme
from tests.laid import laid

pytestmark = pytest.mark.django_db


@laid
def scheme():
    """Two settled claims: funding and two reservations are in the ledger."""
    scheme = make_scheme(budget_fen=100_000)
    make_claim(scheme)
    make_claim(scheme)
    allocate(scheme=scheme, now=NOW)
    scheme.refresh_from_db()
    return scheme


FORGED = """
    INSERT INTO subsidies_ledgerentry
        (scheme_id, seq, kind, stage_id, claim_id, amount_fen, at, change_id, order_no, payee_digest, recorded_at, ref,
         prev_hash, hash)
    SELECT s.id, r.seq, r.kind, r.stage_id, r.claim_id, r.amount_fen, r.at, %(change)s, %(order)s, %(payee)s, now(), '',
           r.prev,
           sha256(r.prev || convert_to(ledger_payload(s.code, r.seq, r.kind, st.no, r.claim_id, r.amount_fen, r.at, NULL,
                                                      %(change)s, %(order)s, %(payee)s, now(), ''), 'UTF8'))
    FROM (SELECT %(seq)s::bigint AS seq, %(kind)s::text AS kind, %(stage)s::bigint AS stage_id,
                 %(claim)s::bigint AS claim_id, %(amount)s::bigint AS amount_fen, now() AS at,
                 %(prev)s::bytea AS prev) r
    JOIN subsidies_scheme s ON s.id = %(scheme)s
    LEFT JOIN subsidies_stage st ON st.id = r.stage_id
"""


def insert(scheme, **differs):
    """Add a row that chains on as it should, and names its papers, but for what differs; as the owner."""
    scheme.refresh_from_db()
    kind, amount = differs.get("kind", "fund"), differs.get("amount", 1000)
    row = {
        "scheme": scheme.pk,
        "seq": scheme.ledger_seq + 1,
        "kind": "fund",
        "stage": None,
        "claim": None,
        "amount": 1000,
        "prev": bytes(scheme.ledger_head),
        "change": lay_change(scheme, amount if kind == "fund" else -amount).pk
        if kind in {"fund", "cut"}
        else None,
        "order": "",
        "payee": "",
        **differs,
    }
    with transaction.atomic(), owning(), connection.cursor() as cursor:
        cursor.execute(FORGED, row)
        return cursor.rowcount


def insert_refused(scheme, *, because, **differs):
    with pytest.raises(IntegrityError, match=because):
        insert(scheme, **differs)
    assert verify_ledger(scheme=scheme) == []
    return True


def of_claim(claim, kind, **differs):
    return {
        "kind": kind,
        "stage": claim.stage_id,
        "claim": claim.pk,
        "amount": claim.amount_fen,
        **differs,
    }


# ------------------------------------------------------------------ the chain


def test_a_row_that_chains_on_is_taken(scheme):
    assert insert(scheme) == 1
    scheme.refresh_from_db()
    assert scheme.funded_fen == 101_000
    assert verify_ledger(scheme=scheme) == []


def test_a_gap_is_refused(scheme):
    assert insert_refused(scheme, seq=scheme.ledger_seq + 2, because="do not follow row")


@pytest.mark.parametrize("seq", [1, 2, 3])
def test_a_number_that_is_taken_is_refused(scheme, seq):
    assert insert_refused(scheme, seq=seq, because="ledger_rows_are_numbered")


def test_row_zero_is_refused(scheme):
    assert insert_refused(scheme, seq=0, because="do not follow row")


def test_a_wrong_predecessor_is_refused(scheme):
    assert insert_refused(scheme, prev=bytes(32), because="break the chain")


def test_a_row_that_continues_another_schemes_chain_is_refused(scheme):
    other = make_scheme(year=2021)
    assert insert_refused(scheme, prev=bytes(other.ledger_head), because="break the chain")


def test_a_wrong_hash_is_refused(scheme):
    assert refused(
        "INSERT INTO subsidies_ledgerentry (scheme_id, seq, kind, amount_fen, at, order_no, payee_digest, recorded_at, ref,"
        " prev_hash, hash) SELECT id, ledger_seq + 1, 'fund', 1000, now(), '', '', now(), '', ledger_head, ledger_head"
        " FROM subsidies_scheme"
        " WHERE id = %s",
        scheme.pk,
        because="break the chain",
    )


@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET ref = 'x'", "DELETE FROM {}", "TRUNCATE {}", "DELETE FROM {} WHERE seq = 1"]
)
def test_the_ledger_is_only_added_to(scheme, statement):
    connection.check_constraints()
    assert refused(statement.format("subsidies_ledgerentry"), because="only ever added")
    assert verify_ledger(scheme=scheme) == []


# ------------------------------------------------------------------ the money


@pytest.mark.parametrize("amount", [0, -1, -30000])
def test_no_row_moves_nothing_or_less(scheme, amount):
    assert insert_refused(scheme, amount=amount, because="ledger_amounts_are_positive")


def test_only_funding_comes_without_a_claim(scheme):
    stage = scheme.stages.first()
    assert insert_refused(scheme, kind="reserve", because="all_but_funding_belongs_to_a_claim")
    assert insert_refused(scheme, stage=stage.pk, because="all_but_funding_belongs_to_a_claim")


def test_a_correct_looking_row_cannot_oversell_the_scheme():
    scheme = make_scheme(budget_fen=50_000)
    first, second = make_claim(scheme), make_claim(scheme)
    insert(scheme, **of_claim(first, "reserve"))
    put_in(first, "settled")
    assert insert_refused(scheme, **of_claim(second, "reserve"), because="scheme_is_never_oversold")


def test_a_correct_looking_row_cannot_oversell_a_stage():
    scheme = make_scheme(caps=(50_000, None, None))
    first, second = make_claim(scheme), make_claim(scheme)
    insert(scheme, **of_claim(first, "reserve"))
    put_in(first, "settled")
    assert insert_refused(scheme, **of_claim(second, "reserve"), because="stage_is_never_oversold")


def test_what_nobody_was_promised_may_be_taken_out_and_not_a_fen_more(scheme):
    assert insert_refused(scheme, kind="cut", amount=40_001, because="scheme_is_never_oversold")
    insert(scheme, kind="cut", amount=40_000)
    scheme.refresh_from_db()
    assert (scheme.funded_fen, scheme.available_fen) == (60_000, 0)
    assert insert_refused(scheme, kind="cut", amount=1, because="scheme_is_never_oversold")


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_or_less_is_not_taken_out(scheme, amount):
    assert insert_refused(scheme, kind="cut", amount=amount, because="ledger_amounts_are_positive")


def test_nothing_is_taken_out_of_a_claim(scheme):
    row = of_claim(scheme.claims.first(), "cut")
    assert insert_refused(scheme, **row, because="all_but_funding_belongs_to_a_claim")


def test_releasing_what_was_never_reserved_cannot_make_room(scheme):
    stranger = make_claim(scheme)
    assert insert_refused(scheme, **of_claim(stranger, "release"), because="not its own money")


def test_a_reservation_is_not_released_twice(scheme):
    claim = scheme.claims.first()
    insert(scheme, **of_claim(claim, "release"))
    put_in(claim, "cancelled")
    assert insert_refused(scheme, **of_claim(claim, "release"), because="not its own money")


def test_nothing_is_reserved_twice_for_one_claim(scheme):
    assert insert_refused(scheme, **of_claim(scheme.claims.first(), "reserve"), because="not its own money")


def test_no_claim_has_more_than_its_own_amount(scheme):
    row = of_claim(make_claim(scheme), "reserve", amount=30_001)
    assert insert_refused(scheme, **row, because="not its own money")


def test_nothing_is_paid_that_was_not_reserved(scheme):
    assert insert_refused(scheme, **of_claim(make_claim(scheme), "pay"), because="not its own money")


def test_nothing_is_returned_that_was_not_paid(scheme):
    assert insert_refused(scheme, **of_claim(scheme.claims.first(), "return"), because="oversold")


def test_a_claim_of_another_scheme_is_not_served_from_this_one(scheme):
    stranger = make_claim(make_scheme(year=2021))
    assert insert_refused(scheme, **of_claim(stranger, "reserve"), because="not its own money")


def test_a_claim_is_served_from_its_own_stage(scheme):
    august = scheme.stages.get(no=3)
    row = of_claim(make_claim(scheme), "reserve", stage=august.pk)
    assert insert_refused(scheme, **row, because="not its own money")


def test_what_was_released_is_not_paid(scheme):
    claim = scheme.claims.first()
    insert(scheme, **of_claim(claim, "release"))
    put_in(claim, "cancelled")
    assert insert_refused(scheme, **of_claim(claim, "pay"), because="not its own money")


def test_a_claim_that_does_not_exist_is_served_nothing(scheme):
    row = of_claim(make_claim(scheme), "reserve") | {"claim": 10**9}
    assert insert_refused(scheme, **row, because="not its own money")


def test_there_is_no_other_kind_of_movement(scheme):
    assert insert_refused(scheme, **of_claim(make_claim(scheme), "gift"), because="not its own money")
