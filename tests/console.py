"""Somebody at a database console: plain SQL, past every verb, with the application's rights or the owner's."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DatabaseError, ProgrammingError, connection, transaction
from django.db.models import Model
from psycopg.errors import InsufficientPrivilege

from core.database.owner import owning
from subsidies.models import Claim, Scheme, SchemeChange
from subsidies.schemes.selectors.terms import Terms
from tests.factories import UserFactory

# A copy of a claim, under other numbers. Parameters: its state, its approver, whose copy it is.
ANOTHER_CLAIM = """
    INSERT INTO subsidies_claim
        (scheme_id, trade_in_id, owner_id, filing_plate_no, vehicle_code, state, refusals, stage_id,
         amount_fen, completed_at, completed_by, received_at, policy_id, check_attempts, approved_by_id)
    SELECT scheme_id, trade_in_id, owner_id, filing_plate_no || '*', vehicle_code || '*', %s, '{not_filed}',
           stage_id, amount_fen, completed_at, completed_by, received_at, policy_id, 0, %s
    FROM subsidies_claim WHERE id = %s
"""


def sql(statement: str, *params: object) -> Any:
    """Run a statement; return its rows, or how many it changed. A refusal leaves the transaction usable."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else cursor.rowcount


def refused(statement: str, *params: object, because: str) -> bool:
    """Whether the database refuses a statement for this reason (a pattern).

    What the application has no right to, the guards refuse to the owner, too: both stand in the way.
    """
    with pytest.raises(DatabaseError) as found:
        sql(statement, *params)
    if isinstance(found.value.__cause__, InsufficientPrivilege):
        with pytest.raises(DatabaseError) as found, transaction.atomic(), owning():
            sql(statement, *params)
    found.match(because)
    return True


def forbidden(statement: str, *params: object) -> bool:
    """Whether the application has no right to a statement."""
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        sql(statement, *params)
    return True


def update(row: Model, change: str) -> str:
    """The statement that changes this one row."""
    return f"UPDATE {row._meta.db_table} SET {change} WHERE id = {row.pk}"


@contextmanager
def unguarded() -> Iterator[None]:
    """Be the owner, and turn every trigger off, within this transaction."""
    with owning(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield
        cursor.execute("SET LOCAL session_replication_role = origin")


def tamper(statement: str, *params: object, **named: object) -> None:
    """Run a statement with every trigger turned off, as only the owner could."""
    with unguarded(), connection.cursor() as cursor:
        cursor.execute(statement, named or params)


def put_in(claim: Claim, state: str) -> None:
    """Lay a claim in a state without a move, and change the tallies; with an approver and a reason, should it want them."""
    tamper(
        "WITH moved AS (UPDATE subsidies_claim SET state = %s, refusals = '{not_filed}',"
        " approved_by_id = coalesce(approved_by_id, %s) WHERE id = %s"
        " RETURNING scheme_id, hour_of(completed_at) AS hour, state, 1 AS n), changes AS ("
        " SELECT * FROM moved UNION ALL SELECT m.scheme_id, hour_of(completed_at), c.state, -1"
        " FROM moved m, subsidies_claim c WHERE c.id = %s)"
        " INSERT INTO subsidies_claimtally (scheme_id, hour, state, count)"
        " SELECT scheme_id, hour, state, sum(n) FROM changes GROUP BY 1, 2, 3 HAVING sum(n) <> 0",
        state,
        UserFactory().pk,
        claim.pk,
        claim.pk,
    )
    tamper("INSERT INTO subsidies_walkdue (scheme_id) VALUES (%s)", claim.scheme_id)


def lay_change(scheme: Scheme, fen: int) -> SchemeChange:
    """Lay a change of so much money that two people made, without the money."""
    terms = json.dumps(Terms.of(scheme.policy).as_json())
    tamper(
        "INSERT INTO subsidies_schemechange (scheme_id, based_on, terms, budget_fen, ref, note, state, proposed_at,"
        " proposed_by_id, decided_at, decided_by_id, decision_note)"
        " VALUES (%s, 1, %s, %s, '', '.', 'approved', now(), %s, now(), %s, '')",
        *(scheme.pk, terms, fen, UserFactory().pk, UserFactory().pk),
    )
    return SchemeChange.objects.latest("pk")


def lay_order(claim: Claim) -> None:
    """Lay a payment of the claim's subsidy that was ordered, and made, beside it."""
    number = f"LAID{claim.pk}"
    tamper(
        "WITH batch AS (INSERT INTO subsidies_payoutbatch (scheme_id, number, request_no, state, made_by_id, made_at,"
        " released_by_id, released_at, ask_attempts, rejection, payer_wallet, payer_name)"
        " VALUES (%(scheme)s, %(no)s, %(no)s, 'finished', %(maker)s, now(), %(releaser)s, now(), 1, '', '0', '区局')"
        " RETURNING id)"
        " INSERT INTO subsidies_payoutline (batch_id, claim_id, request_no, attempt, amount_fen, payee_name,"
        " payee_wallet, payee_phone,"
        " payee_operator, payee_index, state, fail_reason, finished_at)"
        " SELECT batch.id, %(claim)s, %(no)s, 1, %(fen)s, '\\x00', wallet_no, phone, '', payee_of(%(claim)s, %(record)s),"
        " 'success', '', now() FROM batch, ebikes_tradein t WHERE t.id = %(record)s",
        scheme=claim.scheme_id,
        no=number,
        maker=UserFactory().pk,
        releaser=UserFactory().pk,
        claim=claim.pk,
        record=claim.trade_in_id,
        fen=claim.amount_fen,
    )
