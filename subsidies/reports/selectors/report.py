"""The half-year report's figures, from the rows themselves: a fixed number of set-based queries, claims by their tallies."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q, Sum

from core.shanghai import midnight
from ebikes.models import FiledBike
from merchants.models import AgentPoint, Inspection, Merchant, SamplingLot, TradeInEvent, Training
from merchants.shops import standing
from merchants.supervision.models.inspection import TO_BE_PUT_RIGHT
from merchants.supervision.models.outreach import FOUR_VENUES
from subsidies.claims.selectors.claims_per_stage import StageClaims, claims_per_stage
from subsidies.models import Claim, ClaimTally, Scheme
from subsidies.papers.selectors.in_force import with_papers
from subsidies.states import ClaimState

BATTERIES = (SamplingLot.Kind.LEAD_ACID, SamplingLot.Kind.LITHIUM)


@dataclass(frozen=True, slots=True)
class Period:
    """The days that are reported, both included. `as_of`: the day on which what stands is counted, the last or today."""

    first: date
    last: date
    as_of: date


@dataclass(frozen=True, slots=True)
class Shops:
    """Merchants in the register, and how they stand."""

    all: int
    registered: int
    enabled: int
    signed: int
    posted: int
    visited: int


@dataclass(frozen=True, slots=True)
class Points:
    """Agent points: authorised on the day, and on some day of the period."""

    authorised: int
    during: int


@dataclass(frozen=True, slots=True)
class TradeIns:
    """Claims by the day on which the whole flow was completed; those that were taken back are left out. `on_paper`: about
    these two people confirmed paper evidence, and they are not refused.
    """

    all: int
    refused: int
    on_paper: int


@dataclass(frozen=True, slots=True)
class Outreach:
    """Trainings, and collective events; `bikes` were traded in at these."""

    trainings: int
    events: int
    four_venues: int
    bikes: int


@dataclass(frozen=True, slots=True)
class Supervision:
    """Visits and what they found; lots that were taken and those that failed."""

    visits: int
    with_faults: int
    to_be_put_right: int
    e_bike_lots: int
    enforcement_lots: int
    battery_lots: int
    other_lots: int
    failed_lots: int


@dataclass(frozen=True, slots=True)
class Report:
    """The whole page."""

    period: Period
    shops: Shops
    points: Points
    bikes: int
    trade_ins: TradeIns
    scheme: Scheme | None
    stages: list[StageClaims]
    outreach: Outreach
    supervision: Supervision


def rate(part: int, whole: int) -> str:
    """A share in per cent; nothing where there is no whole."""
    return f"{100 * part / whole:.1f}%" if whole else ""


def half_year(day: date) -> tuple[date, date]:
    """The half-year that holds a day."""
    if day.month <= 6:
        return date(day.year, 1, 1), date(day.year, 6, 30)
    return date(day.year, 7, 1), date(day.year, 12, 31)


def usual_period(*, scheme: Scheme | None, today: date) -> tuple[date, date]:
    """From the half-year in which the scheme begins to its last day; without one, this half-year."""
    stages = list(scheme.stages.order_by("starts_on")) if scheme else []
    if not stages:
        return half_year(today)
    return half_year(stages[0].starts_on)[0], max(stage.ends_on for stage in stages)


def report(*, scheme: Scheme | None, first: date, last: date, today: date) -> Report:
    """Every figure of a period; what is about claims and money, of one scheme."""
    period = Period(first, last, min(last, today))
    stages = claims_per_stage(scheme) if scheme else []
    return Report(
        period=period,
        shops=_shops(period),
        points=_points(period),
        bikes=FiledBike.objects.count(),
        trade_ins=_trade_ins(scheme, period),
        scheme=scheme,
        stages=[each for each in stages if each.stage.starts_on <= last and each.stage.ends_on >= first],
        outreach=_outreach(period),
        supervision=_supervision(period),
    )


def _shops(period: Period) -> Shops:
    day = period.as_of
    visits = Inspection.objects.filter(inspected_on__range=(period.first, period.last))
    counted = Merchant.objects.aggregate(
        all=Count("pk"),
        registered=Count("pk", filter=standing.registered(day)),
        enabled=Count("pk", filter=standing.enabled(day)),
        signed=Count("pk", filter=standing.signed(day)),
        posted=Count("pk", filter=standing.posted(day)),
    )
    return Shops(**counted, visited=visits.aggregate(n=Count("merchant", distinct=True))["n"])


def _points(period: Period) -> Points:
    during = standing.points_authorised_between(period.first, period.last)
    return Points(
        **AgentPoint.objects.aggregate(
            authorised=Count("pk", filter=standing.points_authorised_on(period.as_of)),
            during=Count("pk", filter=during),
        )
    )


def _trade_ins(scheme: Scheme | None, period: Period) -> TradeIns:
    tallies = ClaimTally.objects.filter(scheme=scheme)  # none where there is no scheme yet
    counts = tallies.completed_between(period.first, period.last).by_state()
    days = (midnight(period.first), midnight(period.last + timedelta(days=1)))
    on_paper = with_papers(
        Claim.objects.filter(scheme=scheme, completed_at__gte=days[0], completed_at__lt=days[1])
    )
    ended = (ClaimState.CANCELLED, ClaimState.REFUSED)
    return TradeIns(
        counts.total() - counts[ClaimState.CANCELLED],
        counts[ClaimState.REFUSED],
        on_paper.exclude(state__in=ended).count(),
    )


def _outreach(period: Period) -> Outreach:
    days = (period.first, period.as_of)  # empty where the period is still to come
    events = TradeInEvent.objects.filter(held_on__range=days).aggregate(
        events=Count("pk"), four_venues=Count("pk", filter=Q(venue_kind__in=FOUR_VENUES)), bikes=Sum("bikes")
    )
    trainings = Training.objects.filter(held_on__range=days).count()
    return Outreach(trainings, events["events"], events["four_venues"], events["bikes"] or 0)


def _supervision(period: Period) -> Supervision:
    days = (period.first, period.last)
    visits = Inspection.objects.filter(inspected_on__range=days).aggregate(
        visits=Count("pk"),
        with_faults=Count("pk", filter=Q(faulty=True)),
        to_be_put_right=Count("pk", filter=TO_BE_PUT_RIGHT),
    )
    bikes = Q(kind=SamplingLot.Kind.E_BIKE)
    lots = SamplingLot.objects.filter(sampled_on__range=days).aggregate(
        e_bike_lots=Sum("lots", filter=bikes, default=0),
        enforcement_lots=Sum("lots", filter=bikes & Q(purpose=SamplingLot.Purpose.ENFORCEMENT), default=0),
        battery_lots=Sum("lots", filter=Q(kind__in=BATTERIES), default=0),
        other_lots=Sum("lots", filter=~bikes & ~Q(kind__in=BATTERIES), default=0),
        failed_lots=Sum("failed", default=0),
    )
    return Supervision(**visits, **lots)
