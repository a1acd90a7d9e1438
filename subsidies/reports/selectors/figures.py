"""The scheme in figures, for pages: a fixed number of set-based queries whatever the number of claims."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from subsidies.models import Scheme, Stage
from subsidies.states import GRANTED, PENDING, SPENT, ClaimState


@dataclass(frozen=True, slots=True)
class StageFigures:
    """One stage: its rules and how it stands. `paid` are among the settled. Money in fen."""

    stage: Stage
    settled: int
    waiting: int
    pending: int
    refused: int
    paid: int = 0

    @property
    def used_fen(self) -> int:
        return self.stage.committed_fen

    @property
    def left_fen(self) -> int | None:
        """What the stage's own cap leaves; None where it has none."""
        return None if self.stage.cap_fen is None else self.stage.cap_fen - self.stage.committed_fen


# A claim's stage is the one whose window holds the local day of its completion, and so is an hour's.
_TALLIES = """
    SELECT st.id, t.state, sum(t.count)::bigint
    FROM subsidies_stage st
    JOIN subsidies_claimtally t ON t.scheme_id = st.scheme_id
     AND (t.hour AT TIME ZONE 'Asia/Shanghai')::date BETWEEN st.starts_on AND st.ends_on
    WHERE st.scheme_id = %s
    GROUP BY 1, 2
"""


def stage_figures(scheme: Scheme) -> list[StageFigures]:
    """The stages of a scheme in order, with their counts."""
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_TALLIES, [scheme.pk])
        for stage, state, count in cursor:
            counts[stage][state] = count

    def among(stage: Stage, states: Iterable[str]) -> int:
        return sum(counts[stage.pk].get(state, 0) for state in states)

    return [
        StageFigures(
            stage,
            settled=among(stage, GRANTED),
            waiting=among(stage, [ClaimState.WAITLISTED]),
            pending=among(stage, [*PENDING, ClaimState.ELIGIBLE]),
            refused=among(stage, [ClaimState.REFUSED]),
            paid=among(stage, SPENT),
        )
        for stage in scheme.stages.order_by("no")
    ]
