"""The walk down the queue (`subsidies.engine.queue`) as one statement: read by the allocator and by every preview of it."""

from datetime import datetime
from typing import Any, Protocol

from subsidies.models import PolicyVersion, Scheme
from subsidies.states import DECIDABLE, GRANTED, OPEN, in_sql

# Who stands in the queue: the open claims of the scheme. A preview puts beside them what is not there yet.
OPEN_CLAIMS = f"""
    SELECT c.id, c.owner_id, c.stage_id, c.amount_fen, c.state, c.completed_at, c.received_at
    FROM {{claims}} c
    WHERE c.scheme_id = %(scheme)s AND c.stage_id IS NOT NULL AND c.state IN ({in_sql(OPEN)})
"""  # noqa: S608 - constant text

# The walk. Everything ahead in the queue counts, decided or not; a claim whose person has had the cap does not.
#   asking   who stands in the queue: OPEN_CLAIMS, or what `walk` was given
#   queue    the open claims in order of place, with how many of the same person are before them
#   walkers  those that may still get money, with the room that their stage's cap leaves. Behind one that does not fit nobody
#            of its `line` does: under `strict` that is its stage, under `skip` whoever asks as much of the same stage,
#            because what is left only shrinks
#   stops    the rank where each line ends, one a step: the first that finds no room among those who had some so far. Under
#            `strict` one for whom the scheme itself has none ends every line ('all')
#   walked   whether there is room for each walker
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
            WHERE scheme_id = %(scheme)s AND state IN ({served})
            GROUP BY owner_id
        ) served ON served.owner_id = c.owner_id
        WINDOW place AS (ORDER BY c.completed_at, c.received_at, c.id),
               earlier AS (PARTITION BY c.owner_id ORDER BY c.completed_at, c.received_at, c.id
                           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    ), walkers AS MATERIALIZED (
        SELECT q.id, q.rank, q.stage_id, q.amount_fen, st.cap_fen - st.reserved_fen - st.paid_fen AS stage_left_fen,
               CASE WHEN %(skip)s THEN q.stage_id || ':' || q.amount_fen ELSE q.stage_id::text END AS line
        FROM queue q JOIN {stages} st ON st.id = q.stage_id
        WHERE %(cap)s::int IS NULL OR q.certain_before < %(cap)s
    ), stops (step, ends) AS (
        SELECT 0, '{}'::jsonb
        UNION ALL
        SELECT step + 1, stops.ends || jsonb_build_object(stop.line, stop.rank)
        FROM stops, LATERAL (
            SELECT rank, CASE WHEN in_stage AND NOT %(skip)s THEN 'all' ELSE line END AS line
            FROM (
                SELECT w.rank, w.line, sum(w.amount_fen) OVER (ORDER BY w.rank) AS running,
                       w.stage_left_fen IS NULL OR w.stage_left_fen
                           >= sum(w.amount_fen) OVER (PARTITION BY w.stage_id ORDER BY w.rank) AS in_stage
                FROM walkers w
                WHERE coalesce(w.rank < (stops.ends ->> w.line)::bigint, true)
            ) sums
            WHERE NOT in_stage OR running > %(left)s::numeric ORDER BY rank LIMIT 1
        ) stop
        WHERE NOT stops.ends ? 'all'
    ), walked AS (
        SELECT w.id, coalesce(w.rank < least((ends ->> w.line)::bigint, (ends ->> 'all')::bigint), true) AS fits
        FROM walkers w, (SELECT ends FROM stops ORDER BY step DESC LIMIT 1) last
    ), decided AS (
        SELECT q.id, q.rank,
               CASE WHEN NOT q.eligible THEN NULL
                    WHEN q.certain_before >= %(cap)s THEN 'refused'
                    WHEN q.certain_before + q.possible_before >= %(cap)s THEN NULL
                    WHEN NOT coalesce(walked.fits, false) THEN 'waitlisted'
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
