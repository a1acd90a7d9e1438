"""The report: its sections, each figure reckoned from its rows, as of the end of the period."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Max, Q, Sum
from django.utils.translation import gettext as _

from core.money import yuan
from core.shanghai import local_day, midnight
from subsidies.models import Claim, Scheme
from subsidies.reports.selectors.figures.claims import bikes, trade_ins
from subsidies.reports.selectors.figures.figure import Figure, Scope, Section
from subsidies.reports.selectors.figures.money import money
from subsidies.reports.selectors.figures.publicity import publicity
from subsidies.reports.selectors.figures.shops import points, shops
from subsidies.reports.selectors.figures.stated import from_outside, others_from_outside
from subsidies.reports.selectors.figures.supervision import lots, trainings_and_events, visits
from subsidies.states import ClaimState


@dataclass(frozen=True, slots=True)
class Told:
    """A figure reckoned. `value`: None where nobody told it; `late`: how many of its rows came after the period's end."""

    figure: Figure
    value: int | None
    count: int
    late: int
    rate: str = ""

    @property
    def text(self) -> str:
        """As it is printed."""
        if self.value is None:
            return "–"
        return self.figure.says or (yuan(self.value) if self.figure.is_money else f"{self.value:,}")


@dataclass(frozen=True, slots=True)
class ToldSection:
    """A section reckoned."""

    title: str
    figures: list[Told]


def sections(scope: Scope) -> list[Section]:
    """Every figure of the report, by what it is about."""
    return [
        Section(_("商户与代办点"), [*shops(scope), *points(scope)]),
        Section(_("车辆与淘汰置换"), [*bikes(scope), *trade_ins(scope)]),
        Section(_("外部数据"), from_outside(scope)),
        Section(_("其他外部数据"), others_from_outside(scope)),
        Section(_("培训和活动"), trainings_and_events(scope)),
        Section(_("宣传"), publicity(scope)),
        Section(_("一店一查和监督抽查"), [*visits(scope), *lots(scope)]),
        *money(scope),
    ]


def report(scope: Scope) -> list[ToldSection]:
    """All of it reckoned: a query for each figure."""
    found = [(section, [_told(figure) for figure in section.figures]) for section in sections(scope)]
    wholes = {told.figure.code: told.value or 0 for _section, figures in found for told in figures}
    return [
        ToldSection(str(section.title), [_with_rate(told, wholes) for told in figures])
        for section, figures in found
    ]


def figure_named(scope: Scope, code: str) -> Figure | None:
    """The figure of this code, not reckoned."""
    return next((each for section in sections(scope) for each in section.figures if each.code == code), None)


def _told(figure: Figure) -> Told:
    sums = figure.rows.aggregate(
        n=Count("pk"), value=Sum("row_value"), late=Count("pk", filter=Q(row_late=True))
    )
    value = None if figure.is_told and not sums["n"] else sums["value"] or 0
    return Told(figure, value, sums["n"], sums["late"])


def _with_rate(told: Told, wholes: dict[str, int]) -> Told:
    whole = told.figure.of
    return (
        Told(told.figure, told.value, told.count, told.late, rate(told.value or 0, wholes[whole]))
        if whole
        else told
    )


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


def last_busy_half_year(today: date) -> tuple[date, date] | None:
    """The last half-year that is over by `today` and in which a trade-in was completed; None where there is none."""
    before = Claim.objects.exclude(state=ClaimState.CANCELLED).filter(
        completed_at__lt=midnight(half_year(today)[0])
    )
    last = before.aggregate(last=Max("completed_at"))["last"]
    return half_year(local_day(last)) if last else None


def schemes_of(first: date, last: date, chosen: Sequence[str] = ()) -> Iterator[Scheme]:
    """Those that were chosen by code, else those with a stage in the period, else the one of its last day."""
    found = Scheme.objects.order_by("pk")
    if chosen:
        yield from found.filter(code__in=chosen)
        return
    within = found.opened().filter(stages__starts_on__lte=last, stages__ends_on__gte=first).distinct()
    yield from within or found.of(last)
