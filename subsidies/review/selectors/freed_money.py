"""What comes free when claims end, and whom of those who wait it reaches: the allocator's own walk, only read."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet, Sum

from core.query_planner import expect_many_rows
from subsidies.allocation.walk import walk, walk_parameters
from subsidies.models import Claim, ClaimTally, Scheme
from subsidies.review.selectors.obstacles import schemes_of
from subsidies.states import RESERVED, ClaimState, in_sql


@dataclass(frozen=True, slots=True)
class FreedMoney:
    """The reserved money that comes free (fen), how many wait for money, and how many of them the allocator then settles."""

    fen: int
    waiting: int
    reached: int


def freed_money(claims: QuerySet[Claim], *, ending_from: Collection[ClaimState], now: datetime) -> FreedMoney:
    """What the allocator's next run would do for the waitlist if those of these claims in `ending_from` ended now."""
    ending = claims.order_by().filter(state__in=ending_from)
    freed_fen = waiting = reached = 0
    for scheme in schemes_of(ending):
        ours = ending.filter(scheme=scheme)
        fen = ours.filter(state__in=RESERVED).aggregate(sum=Sum("amount_fen"))["sum"] or 0
        here = ClaimTally.objects.filter(scheme=scheme, state=ClaimState.WAITLISTED).total()
        freed_fen, waiting = freed_fen + fen, waiting + here
        if here:
            reached += _settled_then(scheme, list(ours.values_list("pk", flat=True)), freed_fen=fen, now=now)
    return FreedMoney(freed_fen, waiting, reached)


# The claims as if those that end were gone already, and the stages without the money that was set aside for these.
_STAYING = "(SELECT * FROM subsidies_claim WHERE id <> ALL(%(ending)s::bigint[]))"
_STAGES = f"""(
    SELECT st.id, st.cap_fen, st.paid_fen, st.reserved_fen - coalesce(freed.fen, 0) AS reserved_fen
    FROM subsidies_stage st LEFT JOIN (
        SELECT stage_id, sum(amount_fen) AS fen FROM subsidies_claim
        WHERE id = ANY(%(ending)s::bigint[]) AND state IN ({in_sql(RESERVED)}) GROUP BY stage_id
    ) freed ON freed.stage_id = st.id
)"""  # noqa: S608 - constant text
_SETTLED = f"""
    {walk(claims=_STAYING, stages=_STAGES)}
    SELECT count(*) FROM decided JOIN queue USING (id)
    WHERE decided.state = 'settled' AND queue.state = 'waitlisted'
"""  # noqa: S608 - constant text


def _settled_then(scheme: Scheme, ending: list[int], *, freed_fen: int, now: datetime) -> int:
    """How many of the waitlisted the walk settles once these claims have ended."""
    policy = scheme.policy
    asked: dict[str, Any] = walk_parameters(
        scheme=scheme, terms=policy, left_fen=scheme.available_fen + freed_fen, now=now
    )
    with transaction.atomic(), connection.cursor() as cursor:
        expect_many_rows(cursor)
        cursor.execute(_SETTLED, {**asked, "ending": ending})
        (count,) = cursor.fetchone()
    return int(count)
