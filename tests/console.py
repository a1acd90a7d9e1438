"""Somebody at a database console: plain SQL, past every verb of the project."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Model

from subsidies.models import Claim
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
    """Whether the database refuses a statement for this reason (a pattern)."""
    with pytest.raises(DatabaseError, match=because):
        sql(statement, *params)
    return True


def update(row: Model, change: str) -> str:
    """The statement that changes this one row."""
    return f"UPDATE {row._meta.db_table} SET {change} WHERE id = {row.pk}"


def tamper(statement: str, *params: object, **named: object) -> None:
    """Run a statement with every trigger turned off, as only the owner of the server could."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, named or params)
        cursor.execute("SET LOCAL session_replication_role = origin")


def put_in(claim: Claim, state: str) -> None:
    """Lay a claim in a state without a move, and change the tallies; with an approver and a reason, should it want them."""
    tamper(
        "WITH moved AS (UPDATE subsidies_claim SET state = %s, refusals = '{not_filed}',"
        " approved_by_id = coalesce(approved_by_id, %s) WHERE id = %s"
        " RETURNING scheme_id, hour_of(completed_at) AS hour, state, 1 AS n), changes AS ("
        " SELECT * FROM moved UNION ALL SELECT m.scheme_id, hour_of(completed_at), c.state, -1"
        " FROM moved m, subsidies_claim c WHERE c.id = %s)"
        " INSERT INTO subsidies_claimtally (scheme_id, hour, state, count)"
        " SELECT scheme_id, hour, state, sum(n) FROM changes GROUP BY 1, 2, 3 HAVING sum(n) <> 0"
        " ON CONFLICT (scheme_id, hour, state) DO UPDATE SET count = subsidies_claimtally.count + EXCLUDED.count",
        state,
        UserFactory().pk,
        claim.pk,
        claim.pk,
    )
