"""What comes free when claims end, and whom of those who wait it reaches."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min, QuerySet, Sum

from subsidies.models import Claim, ClaimTally, PolicyVersion, Scheme, Stage
from subsidies.review.selectors.obstacles import STATES, schemes_of
from subsidies.states import RESERVED, ClaimState

MOST_WALKED = 500


@dataclass(frozen=True, slots=True)
class Relief:
    """The reserved money that is released, how many wait for money, and the first of them that it would reach."""

    fen: int
    waiting: int
    reached: int


def relief(claims: QuerySet[Claim], *, verb: str) -> Relief:
    """What refusing or cancelling these claims (`verb`) would give to the waitlist, in its order.

    For how many the money is enough, quickly: not what the walk will decide, in which those who are not yet checked and
    stand before them go first.
    """
    ending = claims.order_by().filter(state__in=STATES[verb]).filter(state__in=RESERVED)
    freed = {(scheme, stage): fen for scheme, stage, fen in _sums(ending)}
    waiting = reached = 0
    for scheme in schemes_of(ending):
        tallies = ClaimTally.objects.filter(scheme=scheme, state=ClaimState.WAITLISTED, count__gt=0)
        told = tallies.aggregate(n=Sum("count"), first=Min("hour"))
        if not told["n"]:
            continue
        waiting += told["n"]
        stages = {stage: fen for (of, stage), fen in freed.items() if of == scheme.pk}
        reached += _walk(scheme, stages, _queue(scheme, since=told["first"]))
    return Relief(sum(freed.values()), waiting, reached)


def _sums(ending: QuerySet[Claim]) -> Iterable[tuple[int, int | None, int]]:
    return ending.values_list("scheme", "stage").annotate(fen=Sum("amount_fen"))


def _queue(scheme: Scheme, *, since: datetime) -> Iterable[tuple[int | None, int]]:
    """Those who wait, in order. Everybody before the first of them is passed over by the index."""
    waiting = Claim.objects.filter(
        scheme=scheme, live=True, completed_at__gte=since, state=ClaimState.WAITLISTED
    )
    return waiting.order_by("completed_at", "received_at", "pk").values_list("stage", "amount_fen")[
        :MOST_WALKED
    ]


def _walk(scheme: Scheme, freed: dict[int | None, int], queue: Iterable[tuple[int | None, int]]) -> int:
    """How many of the queue fit, one after the other; under the strict rule the first that does not fit ends it."""
    left = scheme.available_fen + sum(freed.values())
    caps: dict[int | None, int] = {
        stage.pk: stage.cap_fen - stage.committed_fen + freed.get(stage.pk, 0)
        for stage in Stage.objects.filter(scheme=scheme)
        if stage.cap_fen is not None
    }
    strict = scheme.policies.latest("version").head_of_line == PolicyVersion.HeadOfLine.STRICT
    reached = 0
    for stage, fen in queue:
        if fen > left or (stage in caps and fen > caps[stage]):
            if strict:
                break
            continue
        left, reached = left - fen, reached + 1
        if stage in caps:
            caps[stage] -= fen
    return reached
