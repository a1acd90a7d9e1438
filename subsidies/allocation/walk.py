"""The walk down the queue (`subsidies.engine.queue`) as one statement: read by the allocator and by every preview of it."""

from datetime import datetime
from typing import Any, Protocol

from subsidies.models import PolicyVersion, Scheme
from subsidies.states import DECIDABLE, GRANTED, OPEN, in_sql

# Who stands in the queue: the open claims of the scheme. A preview puts beside them what is not there yet.
OPEN_CLAIMS = f"""
    SELECT c.id, c.owner_id, c.stage_id, c.amount_fen, c.state, c.completed_at, c.received_at
    FROM {{claims}} c
    WHERE c.scheme_id = %(scheme)s AND c.live AND c.stage_id IS NOT NULL AND c.state IN ({in_sql(OPEN)})
"""  # noqa: S608 - constant text
# Of these, the claims of some people only.
OF_PEOPLE = f"{OPEN_CLAIMS} AND c.owner_id = ANY(%(owners)s)"

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
               c.state IN ({decidable}) AS eligible,
               row_number() OVER place AS rank,
               coalesce(served.n, 0) + count(*) FILTER (WHERE c.state IN ({decidable})) OVER earlier
                   AS certain_before,
               count(*) FILTER (WHERE c.state NOT IN ({decidable})) OVER earlier AS possible_before
        FROM asking c
        LEFT JOIN (
            SELECT owner_id, count(*) AS n FROM {claims} c
            WHERE scheme_id = %(scheme)s AND live AND state IN ({served}) AND owner_id IN (SELECT owner_id FROM asking)
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


def walk(
    *, asking: str = OPEN_CLAIMS, stages: str = "subsidies_stage", claims: str = "subsidies_claim"
) -> str:
    """The walk of those that `asking` selects past these stages: CTEs for a statement that reads `decided` (or `walked`).

    `stages`, `claims`: the tables themselves, or a subquery of the same columns that says what they might be.
    The statement takes the parameters of `walk_parameters`.
    """
    said = {
        "{asking}": asking,
        "{stages}": stages,
        "{claims}": claims,
        "{decidable}": in_sql(DECIDABLE),
        "{served}": in_sql(GRANTED),
    }
    text = _WALK
    for name, value in said.items():
        text = text.replace(name, value)
    return text


class QueueTerms(Protocol):
    """What the walk is told of a policy: a version of it, or one that is proposed."""

    @property
    def per_person_cap(self) -> int | None: ...
    @property
    def head_of_line(self) -> str: ...
    @property
    def settle_lag_hours(self) -> int: ...


def walk_parameters(*, scheme: Scheme, terms: QueueTerms, left_fen: int, now: datetime) -> dict[str, Any]:
    """The parameters of a statement made by `walk`. `left_fen`: what is free in the scheme as a whole."""
    return {
        "scheme": scheme.pk,
        "left": left_fen,
        "cap": terms.per_person_cap,
        "skip": terms.head_of_line == PolicyVersion.HeadOfLine.SKIP,
        "lag": f"{terms.settle_lag_hours} hours",
        "now": now,
    }
