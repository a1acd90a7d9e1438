"""The scheme in figures, for pages: a fixed number of set-based queries whatever the number of claims."""

from dataclasses import dataclass

from django.db.models import Count, Q

from subsidies.models import Claim, Scheme, Stage
from subsidies.states import PENDING, RESERVED, SPENT, ClaimState


@dataclass(frozen=True, slots=True)
class StageFigures:
    """One stage: its rules and how it stands. Money in fen."""

    stage: Stage
    settled: int
    waiting: int
    pending: int
    refused: int

    @property
    def used_fen(self) -> int:
        return self.stage.committed_fen

    @property
    def left_fen(self) -> int | None:
        """What the stage's own cap leaves; None where it has none."""
        return None if self.stage.cap_fen is None else self.stage.cap_fen - self.stage.committed_fen


def stage_figures(scheme: Scheme) -> list[StageFigures]:
    """The stages of a scheme in order, with their counts."""
    counts = (
        Claim.objects.filter(scheme=scheme, stage__isnull=False)
        .order_by()
        .values_list("stage")
        .annotate(
            settled=Count("pk", filter=Q(state__in=[*RESERVED, *SPENT])),
            waiting=Count("pk", filter=Q(state=ClaimState.WAITLISTED)),
            pending=Count("pk", filter=Q(state__in=[*PENDING, ClaimState.ELIGIBLE])),
            refused=Count("pk", filter=Q(state=ClaimState.REFUSED)),
        )
    )
    by_stage = {stage: numbers for stage, *numbers in counts}
    return [
        StageFigures(stage, *by_stage.get(stage.pk, [0, 0, 0, 0])) for stage in scheme.stages.order_by("no")
    ]
