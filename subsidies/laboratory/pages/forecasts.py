"""Each day's forecast of a scheme beside what came."""

from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core.staff.access import staff_page
from subsidies.engine.forecast import FEWEST_DAYS, PACE_DAYS, Untold
from subsidies.laboratory.pages.runs import LOOK
from subsidies.laboratory.selectors.scores import Scores, days_off, end_within, pace_within, scores_of
from subsidies.laboratory.services.forecasts import LATE, PACE_OVER
from subsidies.models import DailyForecast, Scheme
from subsidies.overview.pages.forecast import UNTOLD
from subsidies.schemes.pages.proposals import page

MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class DayTold:
    """A day: what was forecast and what came, each in words; `good`: whether it came within the range, None: not scored."""

    row: DailyForecast
    untold: str
    pace: str
    came: str
    pace_good: bool | None
    likely: str
    span: str
    end: str
    end_good: bool | None


@dataclass(frozen=True, slots=True)
class Point:
    """A day in the picture, one wide a day and 100 high: the pace that came, and the range that was forecast."""

    x: int
    low: str
    height: str
    came: str | None


@require_GET
@staff_page(LOOK)
def forecasts(request: HttpRequest, pk: int) -> HttpResponse:
    """The last days, the newest first, and how good they were all together."""
    scheme = get_object_or_404(Scheme, pk=pk)
    rows = list(scheme.forecasts.order_by("-day")[:MOST_DAYS])
    told = [row for row in reversed(rows) if row.median is not None]
    most = max((value for row in told for value in (row.high, row.came_per_day) if value), default=0) or 1
    context = {
        "title": _("预计与实际"),
        "scheme": scheme,
        "sums": _sums(scores_of(rows)),
        "days": [_day(row) for row in rows],
        "points": [_point(row, told[0], most) for row in told],
        "width": (told[-1].day - told[0].day + timedelta(days=1)).days if told else 0,
        "most": _number(most),
        "first": told[0].day if told else None,
        "last": told[-1].day if told else None,
        "after": PACE_OVER,
        "late": LATE,
    }
    return page(request, "subsidies/laboratory/forecasts.html", context)


def _sums(scores: Scores) -> list[tuple[str, str]]:
    none = _("还没有")
    return [
        (_("评过速度的天数"), f"{scores.paces:,}"),
        (_("之后七天落在快慢之间"), _share(scores.paces_within, scores.paces) or none),
        (_("速度偏差(中位数)"), f"{scores.off_share:.0%}" if scores.off_share is not None else none),
        (_("评过用完日期的天数"), f"{scores.ends:,}"),
        (_("用完日期落在预计之间"), _share(scores.ends_within, scores.ends) or none),
        (_("用完日期平均偏差(天)"), _number(scores.off_days) if scores.off_days is not None else none),
    ]


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else ""


def _day(row: DailyForecast) -> DayTold:
    words = UNTOLD[Untold(row.untold)] if row.untold else ""
    return DayTold(
        row,
        str(words) % {"fewest": FEWEST_DAYS, "days": PACE_DAYS} if words else "",
        "" if row.median is None else f"{_number(row.median)} ({_number(row.low)} – {_number(row.high)})",
        "" if row.came_per_day is None else _number(row.came_per_day),
        pace_within(row) if row.pace_scored_at else None,
        row.likely.isoformat() if row.likely else _("有剩余"),
        f"{_date(row.earliest)} – {_date(row.latest)}",
        _end(row),
        end_within(row) if row.end in (DailyForecast.End.ENDED, DailyForecast.End.LASTED) else None,
    )


def _end(row: DailyForecast) -> str:
    if row.ended_on is None:
        return str(row.get_end_display()) if row.end else ""
    off = days_off(row)
    if off is None:
        return row.ended_on.isoformat()
    said = _("正好") if off == 0 else _("预计晚了 %s 天") % off if off > 0 else _("预计早了 %s 天") % -off
    return f"{row.ended_on} · {said}"


def _date(day: object) -> str:
    return str(day) if day else _("有剩余")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.1f}".removesuffix(".0")


def _point(row: DailyForecast, first: DailyForecast, most: float) -> Point:
    low, high = row.low or 0, row.high or 0
    return Point(
        (row.day - first.day).days,
        f"{100 - 100 * high / most:.2f}",
        f"{max(100 * (high - low) / most, 1):.2f}",
        None if row.came_per_day is None else f"{100 - 100 * row.came_per_day / most:.2f}",
    )
