"""Allocation: the walk down the queue (`subsidies.engine.queue`), as a few statements over all open claims at once."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from core.audit.acting import acting
from core.models import User
from core.query_planner import expect_many_rows
from subsidies.ledger.services.append import APPEND, lock_scheme
from subsidies.models import Scheme

# Who stands in the queue: the open claims of the scheme. A preview puts beside them what is not there yet.
OPEN_CLAIMS = """
    SELECT c.id, c.owner_id, c.stage_id, c.amount_fen, c.state, c.completed_at, c.received_at
    FROM subsidies_claim c
    WHERE c.scheme_id = %(scheme)s AND c.stage_id IS NOT NULL
      AND c.state IN ('received', 'checking', 'needs_correction', 'review', 'eligible', 'waitlisted')
"""

# The walk. Everything ahead in the queue counts, decided or not; a claim whose person has had the cap does not.
#   asking   who stands in the queue: OPEN_CLAIMS, or what `walk` was given
#   queue    the open claims in order of place, with how many of the same person are before them
#   walkers  those that may still get money, and whether their stage's cap reaches them
#   legs     under `skip`, the walk goes on past a claim that does not fit, and from there on only smaller amounts
#            can fit, because what is left only shrinks: at most one leg per distinct amount. Under `strict`, one leg
#   walked   each walker in its leg, with the running sum up to it
_WALK = """
    WITH RECURSIVE asking AS ({asking}), queue AS MATERIALIZED (
        SELECT c.id, c.stage_id, c.amount_fen, c.state, c.completed_at,
               c.state IN ('eligible', 'waitlisted') AS eligible,
               row_number() OVER place AS rank,
               coalesce(served.n, 0) + count(*) FILTER (WHERE c.state IN ('eligible', 'waitlisted')) OVER earlier
                   AS certain_before,
               count(*) FILTER (WHERE c.state NOT IN ('eligible', 'waitlisted')) OVER earlier AS possible_before
        FROM asking c
        LEFT JOIN (
            SELECT owner_id, count(*) AS n FROM subsidies_claim
            WHERE scheme_id = %(scheme)s
              AND state IN ('settled', 'on_notice', 'objected', 'approved', 'in_payout', 'paid', 'payout_failed',
                            'payout_unknown', 'recovering')
            GROUP BY owner_id
        ) served ON served.owner_id = c.owner_id
        WINDOW place AS (ORDER BY c.completed_at, c.received_at, c.id),
               earlier AS (PARTITION BY c.owner_id ORDER BY c.completed_at, c.received_at, c.id
                           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    ), walkers AS MATERIALIZED (
        SELECT q.id, q.rank, q.amount_fen,
               st.cap_fen IS NULL OR st.reserved_fen + st.paid_fen
                   + sum(q.amount_fen) OVER (PARTITION BY q.stage_id ORDER BY q.rank) <= st.cap_fen AS in_stage
        FROM queue q JOIN {stages} st ON st.id = q.stage_id
        WHERE %(cap)s::int IS NULL OR q.certain_before < %(cap)s
    ), legs (after_rank, left_fen, below_fen) AS (
        SELECT 0::bigint, %(left)s::numeric, NULL::bigint
        UNION ALL
        SELECT stop.rank, legs.left_fen - stop.spent, stop.amount_fen
        FROM legs, LATERAL (
            SELECT rank, amount_fen, running - amount_fen AS spent
            FROM (
                SELECT w.rank, w.amount_fen, sum(w.amount_fen) OVER (ORDER BY w.rank) AS running
                FROM walkers w
                WHERE w.in_stage AND w.rank > legs.after_rank AND (legs.below_fen IS NULL OR w.amount_fen < legs.below_fen)
            ) sums
            WHERE running > legs.left_fen ORDER BY rank LIMIT 1
        ) stop
        WHERE %(skip)s
    ), walked AS (
        SELECT w.id, legs.left_fen,
               w.in_stage AND (legs.below_fen IS NULL OR w.amount_fen < legs.below_fen) AS may_fit,
               sum(w.amount_fen)
                   FILTER (WHERE w.in_stage AND (legs.below_fen IS NULL OR w.amount_fen < legs.below_fen))
                   OVER (PARTITION BY legs.after_rank ORDER BY w.rank) AS running
        FROM walkers w
        JOIN (SELECT *, lead(after_rank) OVER (ORDER BY after_rank) AS last_rank FROM legs) legs
          ON w.rank > legs.after_rank AND (legs.last_rank IS NULL OR w.rank <= legs.last_rank)
    ), decided AS (
        SELECT q.id, q.rank,
               CASE WHEN NOT q.eligible THEN NULL
                    WHEN q.certain_before >= %(cap)s THEN 'refused'
                    WHEN q.certain_before + q.possible_before >= %(cap)s THEN NULL
                    WHEN NOT (walked.may_fit AND walked.running <= walked.left_fen) THEN 'waitlisted'
                    WHEN q.completed_at + %(lag)s <= %(now)s::timestamptz THEN 'settled'
               END AS state
        FROM queue q LEFT JOIN walked USING (id)
    )
"""


def walk(*, asking: str = OPEN_CLAIMS, stages: str = "subsidies_stage") -> str:
    """The walk of those that `asking` selects past these stages: CTEs for a statement that reads `decided` (or `walked`).

    `stages`: the scheme's own, or a subquery of the same columns that says what they might be.
    """
    return _WALK.replace("{asking}", asking).replace("{stages}", stages)


# Move what the walk decided, and reserve the money of what it settled, in one statement.
_SETTLE = (
    walk()  # noqa: S608 - constant text
    + """
    , moved AS (
        UPDATE subsidies_claim c
        SET state = d.state, refusals = CASE d.state WHEN 'refused' THEN ARRAY['person_cap'] ELSE c.refusals END
        FROM decided d WHERE d.id = c.id AND d.state <> c.state
        RETURNING c.id, c.state, c.stage_id, c.amount_fen, d.rank
    ), entries AS (
        SELECT 'reserve' AS kind, stage_id, id AS claim_id, amount_fen, '' AS ref, rank AS place
        FROM moved WHERE state = 'settled'
    ), appended AS ("""
    + APPEND
    + """ RETURNING 1)
    SELECT count(*) FILTER (WHERE state = 'settled'), count(*) FILTER (WHERE state = 'waitlisted'),
           count(*) FILTER (WHERE state = 'refused')
    FROM moved
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
        policy = locked.policies.order_by("-version")[0]
        expect_many_rows(cursor)
        cursor.execute(
            _SETTLE,
            {
                "scheme": locked.pk,
                "left": locked.available_fen,
                "cap": policy.per_person_cap,
                "skip": policy.head_of_line == policy.HeadOfLine.SKIP,
                "lag": f"{policy.settle_lag_hours} hours",
                "now": now,
                "by": by.pk if by else None,
            },
        )
        settled, waitlisted, refused = cursor.fetchone()
    return Allocation(settled, waitlisted, refused)
