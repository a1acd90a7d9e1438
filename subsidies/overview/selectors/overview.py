"""What needs doing, and how the scheme stands: a fixed number of set-based queries whatever the number of claims."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Count, Q, Sum

from core.shanghai import local_day
from ebikes.models import ImportBatch, LicensingHealth
from subsidies.claims.selectors.claims_per_stage import StageClaims, claims_per_stage, left_behind_queue
from subsidies.engine.forecast import Forecast, StageAhead, Untold, forecast
from subsidies.engine.stages import StageTerms
from subsidies.models import ClaimTally, LineEvidence, PayoutBatch, PayoutLine, Scheme, Stage
from subsidies.payouts.selectors.stop import open_stop
from subsidies.review.selectors.approvable import count_kept_back
from subsidies.review.selectors.waiting import Held, Waiting, held_by_age, waiting_by_state
from subsidies.states import GRANTED, OPEN, ClaimState

STAGES_SHOWN = 3
MOST_DAYS = 184


@dataclass(frozen=True, slots=True)
class Day:
    """The claims that were completed on one local day, as they stand now; those refused or withdrawn left out."""

    day: date
    stage: Stage | None
    settled: int
    waiting: int
    pending: int

    @property
    def total(self) -> int:
        return self.settled + self.waiting + self.pending


@dataclass(frozen=True, slots=True)
class SchemeOverview:
    """One scheme: its stages, its days, why it refused, and when its money ends. `asked_fen`: what the queue asks for."""

    scheme: Scheme
    stages: list[StageClaims]
    days: list[Day]
    refusals: list[tuple[str, int]]
    asked_fen: int
    forecast: Forecast | Untold


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole page. `drafts` and `previews`: payout batches to be released, files to be confirmed, by kind.

    `approvable`: claims that can be approved, `kept_back`: those that a hold, or a look that has not come to them, keeps.

    `doubtful`: payments of which the operator says what is not believed; `evidence`: the batches in which some waits to be
    accepted; `rejected`: orders that the operator declined; `stopped`: nothing leaves before two people have looked.
    """

    scheme: SchemeOverview | None
    waiting: list[Waiting]
    held: Held
    approvable: int
    kept_back: int
    approved: int
    drafts: int
    drafts_fen: int
    doubtful: int
    evidence: list[int]
    rejected: int
    stopped: bool
    previews: Counter[str]
    systems: list[LicensingHealth]


def overview(*, now: datetime, scheme: Scheme | None) -> Overview:
    """Everything for one scheme; what waits for a person is counted in all of them."""
    to_pay = ClaimTally.objects.filter(state__in=[ClaimState.SETTLED, ClaimState.APPROVED]).by_state()
    kept_back = count_kept_back()
    draft = Q(state=PayoutBatch.State.DRAFT)
    rejected = Q(state=PayoutBatch.State.REJECTED)
    batches = PayoutBatch.objects.filter(draft | rejected).aggregate(
        drafts=Count("pk", distinct=True, filter=draft),
        fen=Sum("lines__amount_fen", filter=draft),
        rejected=Count("pk", distinct=True, filter=rejected),
    )
    return Overview(
        scheme=_scheme(scheme, today=local_day(now)) if scheme else None,
        waiting=waiting_by_state(now=now),
        held=held_by_age(now=now),
        approvable=to_pay[ClaimState.SETTLED] - kept_back,
        kept_back=kept_back,
        approved=to_pay[ClaimState.APPROVED],
        drafts=batches["drafts"],
        drafts_fen=batches["fen"] or 0,
        doubtful=PayoutLine.objects.exclude(doubt="").count(),
        evidence=list(
            LineEvidence.objects.filter(state=LineEvidence.State.PROPOSED)
            .order_by("pk")
            .values_list("line__batch", flat=True)
        ),
        rejected=batches["rejected"],
        stopped=open_stop() is not None,
        previews=Counter(
            ImportBatch.objects.filter(
                state=ImportBatch.State.PREVIEW, source=ImportBatch.Source.FILE
            ).values_list("kind", flat=True)
        ),
        systems=list(LicensingHealth.objects.order_by("system")),
    )


def _scheme(scheme: Scheme, *, today: date) -> SchemeOverview:
    stages = claims_per_stage(scheme)
    days = completed_per_day(scheme, [each.stage for each in stages], today=today)
    return SchemeOverview(
        scheme,
        stages,
        days,
        refusals_by_reason(scheme),
        sum(each.asked_fen for each in stages),
        _forecast(scheme, stages, days, today=today),
    )


def forecast_for(scheme: Scheme, *, today: date) -> Forecast | Untold:
    """When a scheme's money ends, as the home page says it on this day."""
    stages = claims_per_stage(scheme)
    days = completed_per_day(scheme, [each.stage for each in stages], today=today)
    return _forecast(scheme, stages, days, today=today)


def _forecast(
    scheme: Scheme, stages: list[StageClaims], days: list[Day], *, today: date
) -> Forecast | Untold:
    ahead = [
        StageAhead(
            StageTerms(each.stage.no, each.stage.starts_on, each.stage.ends_on, each.stage.amount_fen),
            each.spare_fen,
        )
        for each in stages
    ]
    until_today = [each.total for each in days if each.stage and each.day < today]
    return forecast(
        ahead,
        left_fen=left_behind_queue(scheme, stages),
        per_day=until_today,
        today=today,
    )


def completed_per_day(scheme: Scheme, stages: list[Stage], *, today: date) -> list[Day]:
    """Every day of the last stages that have begun, in order, noughts too; none before the first stage."""
    begun = [stage for stage in stages if stage.starts_on <= today][-STAGES_SHOWN:]
    if not begun:
        return []
    last = begun[-1].ends_on
    first = max(begun[0].starts_on, last - timedelta(days=MOST_DAYS - 1))
    counts = ClaimTally.objects.filter(scheme=scheme).completed_between(first, last).by_day()
    shown = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [_day(day, begun, counts[day]) for day in shown]


def _day(day: date, stages: Iterable[Stage], counts: Counter[str]) -> Day:
    waiting = counts[ClaimState.WAITLISTED]
    return Day(
        day,
        next((stage for stage in stages if stage.covers(day)), None),
        settled=sum(counts[state] for state in GRANTED),
        waiting=waiting,
        pending=sum(counts[state] for state in OPEN) - waiting,
    )


# Of the claims that have ended only the refused have reasons; an index of the ended ones holds them.
_REFUSALS = """
    WITH reasons AS (
        SELECT refusals, count(*) AS n FROM subsidies_claim
        WHERE NOT live AND scheme_id = %s AND refusals <> '{}' GROUP BY 1
    )
    SELECT reason, sum(n)::bigint FROM reasons, unnest(refusals) AS reason GROUP BY 1 ORDER BY 2 DESC, 1
"""


def refusals_by_reason(scheme: Scheme) -> list[tuple[str, int]]:
    """Each reason code with the number of claims that it refused, the commonest first."""
    with connection.cursor() as cursor:
        cursor.execute(_REFUSALS, [scheme.pk])
        return [(reason, count) for reason, count in cursor]
