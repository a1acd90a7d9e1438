"""Each day's forecast is kept as it was made, and scored when what it was about has come."""

from datetime import date, datetime, timedelta

from django.db import transaction

from core.shanghai import local_day
from subsidies.claims.selectors.claims_per_stage import claims_per_stage, left_behind_queue
from subsidies.engine.forecast import Forecast, Untold
from subsidies.models import Claim, ClaimTally, DailyForecast, Scheme
from subsidies.overview.selectors.overview import forecast_for
from subsidies.states import ENDED, OPEN

PACE_OVER = 7  # the days after a forecast by which its pace is scored
LATE = 3  # days more, in which late records of those days come in


def keep_forecasts(*, now: datetime) -> int:
    """Keep today's forecast of every scheme that runs; return how many are new. The first of a day stays."""
    today, count = local_day(now), 0
    for scheme in Scheme.objects.filter(stages__starts_on__lt=today, stages__ends_on__gt=today).distinct():
        if scheme.forecasts.filter(day=today).exists():
            continue
        found = forecast_for(scheme, today=today)
        _row, new = DailyForecast.objects.get_or_create(
            scheme=scheme,
            day=today,
            defaults={"made_at": now, "funded_fen": scheme.funded_fen, **_told(found)},
        )
        count += new
    return count


def _told(found: Forecast | Untold) -> dict[str, object]:
    if isinstance(found, Untold):
        return {"untold": found.value}
    days = {name: getattr(found, name) for name in ("likely", "earliest", "latest")}
    return days | {name: getattr(found.pace, name) for name in ("low", "median", "high")}


def score_forecasts(*, now: datetime) -> int:
    """Score what can be by now; return how many scores were given. A score once given stays."""
    return _score_paces(now) + _score_ends(now)


@transaction.atomic
def _score_paces(now: datetime) -> int:
    """By the completions of the seven days after, as far as a stage covers them; withdrawn and refused ones left out."""
    due = local_day(now) - timedelta(days=PACE_OVER + LATE)
    rows = DailyForecast.objects.filter(untold="", pace_scored_at=None, day__lt=due)
    count = 0
    for row in rows.select_related("scheme"):
        days = _covered(row.scheme, row.day)
        if days:
            tallies = ClaimTally.objects.filter(scheme=row.scheme).exclude(state__in=ENDED)
            came = sum(tallies.completed_between(day, day).total() for day in days)
            count += DailyForecast.objects.filter(pk=row.pk, pace_scored_at=None).update(
                pace_scored_at=now, came_per_day=came / len(days)
            )
    return count


def _covered(scheme: Scheme, day: date) -> list[date]:
    stages = list(scheme.stages.all())
    after = (day + timedelta(days=n) for n in range(1, PACE_OVER + 1))
    return [each for each in after if any(stage.covers(each) for stage in stages)]


@transaction.atomic
def _score_ends(now: datetime) -> int:
    rows = DailyForecast.objects.filter(untold="", end_scored_at=None)
    count = 0
    for scheme in Scheme.objects.filter(forecasts__in=rows).distinct():
        own = rows.filter(scheme=scheme)
        changed = own.exclude(funded_fen=scheme.funded_fen)
        count += changed.update(end=DailyForecast.End.CHANGED, end_scored_at=now)
        ended_on = day_money_ended(scheme)
        if ended_on is not None:
            count += own.update(end=DailyForecast.End.ENDED, ended_on=ended_on, end_scored_at=now)
        elif _lasted(scheme, today=local_day(now)):
            count += own.update(end=DailyForecast.End.LASTED, end_scored_at=now)
    return count


def day_money_ended(scheme: Scheme) -> date | None:
    """The day of the last completion that got money, once the queue asks for all that is left; None before."""
    if left_behind_queue(scheme, claims_per_stage(scheme)) > 0:
        return None
    last = Claim.objects.granted().filter(scheme=scheme).order_by("-completed_at").first()
    return local_day(last.completed_at) if last else None


def _lasted(scheme: Scheme, *, today: date) -> bool:
    """Whether all stages are over, late records have had their days, and nobody is undecided."""
    over = not scheme.stages.filter(ends_on__gte=today - timedelta(days=LATE)).exists()
    return over and not ClaimTally.objects.filter(scheme=scheme, state__in=OPEN).total()
