"""Allocation: the walk down the queue (`subsidies.engine.queue`), as a few statements over all open claims at once."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from core.audit.acting import acting
from core.models import User
from core.query_planner import expect_many_rows
from subsidies.allocation.walk import walk, walk_parameters
from subsidies.ledger.services.append import append_proof, lock_scheme
from subsidies.models import Scheme

# Move what the walk decided, and reserve the money of what it settled, in one statement.
_SETTLE = (
    walk()  # noqa: S608 - constant text
    + """
    , moved AS (
        UPDATE subsidies_claim c
        SET state = d.state, refusals = CASE d.state WHEN 'refused' THEN ARRAY['person_cap'] ELSE c.refusals END
        FROM decided d WHERE d.id = c.id AND d.state <> c.state
        RETURNING c.id, c.state
    ), counted AS (
        SELECT count(*) FILTER (WHERE state = 'settled') AS settled,
               count(*) FILTER (WHERE state = 'waitlisted') AS waitlisted,
               count(*) FILTER (WHERE state = 'refused') AS refused, array_agg(id) FILTER (WHERE state = 'settled') AS ids
        FROM moved
    )
    SELECT settled, waitlisted, refused, append_for_claims(%(scheme)s, 'reserve', %(now)s, %(by)s, ids, '', NULL, %(proof)s)
    FROM counted
"""
)


@dataclass(frozen=True, slots=True)
class Allocation:
    """How many claims one run moved."""

    settled: int
    waitlisted: int
    refused: int


def allocate(*, scheme: Scheme, now: datetime, by: User | None = None) -> Allocation:
    """Settle, waitlist or refuse (person_cap) every claim that the walk decides; leave the rest as they are.

    One allocator per scheme at a time: it holds the scheme's row, and the sums' CHECK constraints have the last word.
    """
    with acting("allocate", by=by, now=now), connection.cursor() as cursor:
        locked = lock_scheme(scheme)
        policy = locked.policy
        expect_many_rows(cursor)
        cursor.execute(
            _SETTLE,
            walk_parameters(scheme=locked, terms=policy, left_fen=locked.available_fen, now=now)
            | {"by": by.pk if by else None, "proof": append_proof(locked, "reserve")},
        )
        settled, waitlisted, refused, _appended = cursor.fetchone()
    return Allocation(settled, waitlisted, refused)
