"""The claims of a scheme, counted stage by stage, and the money that those in the queue ask for.

A fixed number of set-based queries whatever the number of claims: the tallies are summed, never the claims.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from subsidies.models import PolicyVersion, Scheme, Stage
from subsidies.states import GRANTED, PENDING, SPENT, ClaimState


@dataclass(frozen=True, slots=True)
class StageClaims:
    """One stage and its claims. `waiting` and `pending` stand in the queue; `paid` are among the settled."""

    stage: Stage
    settled: int
    waiting: int
    pending: int
    refused: int
    paid: int = 0

    @property
    def reachable(self) -> int:
        """How many of the queue the stage's own cap reaches, as the walk down the queue counts: whole subsidies."""
        left = self.stage.left_fen
        queue = self.waiting + self.pending
        return queue if left is None else min(queue, left // self.stage.amount_fen)

    @property
    def asked_fen(self) -> int:
        """What the queue asks for of the scheme's money: whoever the stage's own cap stops takes it from nobody."""
        return self.reachable * self.stage.amount_fen

    @property
    def spare_fen(self) -> int | None:
        """What the stage's own cap leaves to whoever comes behind its queue; None where it has none."""
        if self.stage.left_fen is None:
            return None
        return max(0, self.stage.left_fen - (self.waiting + self.pending) * self.stage.amount_fen)


# A claim's stage is the one whose window holds the local day of its completion, and so is an hour's.
_TALLIES = """
    SELECT st.id, t.state, sum(t.count)::bigint
    FROM subsidies_stage st
    JOIN subsidies_claimtally t ON t.scheme_id = st.scheme_id
     AND (t.hour AT TIME ZONE 'Asia/Shanghai')::date BETWEEN st.starts_on AND st.ends_on
    WHERE st.scheme_id = %s
    GROUP BY 1, 2
"""


def claims_per_stage(scheme: Scheme) -> list[StageClaims]:
    """The stages of a scheme in order, with their counts."""
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_TALLIES, [scheme.pk])
        for stage, state, count in cursor:
            counts[stage][state] = count

    def among(stage: Stage, states: Iterable[str]) -> int:
        return sum(counts[stage.pk].get(state, 0) for state in states)

    return [
        StageClaims(
            stage,
            settled=among(stage, GRANTED),
            waiting=among(stage, [ClaimState.WAITLISTED]),
            pending=among(stage, [*PENDING, ClaimState.ELIGIBLE]),
            refused=among(stage, [ClaimState.REFUSED]),
            paid=among(stage, SPENT),
        )
        for stage in scheme.stages.order_by("no")
    ]


def left_behind_queue(scheme: Scheme, stages: Iterable[StageClaims]) -> int:
    """What the walk down the queue leaves of the scheme's money, in fen: the queue goes stage by stage, by their dates.

    It counts by the stage, not by the person: whoever the cap per person will refuse is taken to be paid.
    """
    left = scheme.available_fen
    for each in sorted(stages, key=lambda one: one.stage.starts_on):
        served = min(each.reachable, left // each.stage.amount_fen)
        left -= served * each.stage.amount_fen
        if served < each.reachable and scheme.policy.head_of_line == PolicyVersion.HeadOfLine.STRICT:
            return 0  # the first that does not fit stops all behind it
    return left
