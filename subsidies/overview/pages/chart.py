"""The picture of the days: how many completed on each, against the stages, and the same as a table."""

from dataclasses import dataclass
from itertools import groupby

from django.utils.translation import gettext as _

from subsidies.models import Claim, Scheme, Stage
from subsidies.overview.pages.figure_links import Figure, Rows, completed
from subsidies.overview.selectors.overview import Day
from subsidies.states import GRANTED, OPEN, ClaimState

SETTLED = GRANTED
PENDING = tuple(state for state in OPEN if state != ClaimState.WAITLISTED)
WAITING = (ClaimState.WAITLISTED,)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a bar: what it counts, and where it stands in a picture one wide a day and 100 high."""

    kind: str
    x: str
    y: str
    height: str


@dataclass(frozen=True, slots=True)
class Band:
    """The days of one stage (None: between stages), side by side."""

    stage: Stage | None
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Chart:
    """`most`: the number that the full height stands for. `table`: a row for each day on which somebody completed."""

    alternative: str
    width: int
    most: int
    parts: list[Part]
    bands: list[Band]
    first: Day
    last: Day
    table: list[tuple[Day, list[Figure]]]


def chart(scheme: Scheme, days: list[Day], rows: Rows) -> Chart:
    """Lay the days out; there is at least one."""
    most = max(1, *(day.total for day in days))
    return Chart(
        _alternative(days),
        len(days),
        most,
        [part for x, day in enumerate(days) for part in _bar(x, day, most)],
        _bands(days),
        days[0],
        days[-1],
        [(day, _figures(scheme, day, rows)) for day in reversed(days) if day.total],
    )


def _alternative(days: list[Day]) -> str:
    busiest = max(days, key=lambda day: day.total)
    return _("%(first)s 至 %(last)s 每天完成的申请：共 %(sum)s 份；最多的一天是 %(day)s，%(most)s 份。") % {
        "first": days[0].day.isoformat(),
        "last": days[-1].day.isoformat(),
        "sum": f"{sum(day.total for day in days):,}",
        "day": busiest.day.isoformat(),
        "most": f"{busiest.total:,}",
    }


def _bar(x: int, day: Day, most: int) -> list[Part]:
    """From the ground up: has its money, waits for money, is being checked."""
    parts, ground = [], 100.0
    for kind, count in (("settled", day.settled), ("waiting", day.waiting), ("pending", day.pending)):
        height = 100 * count / most
        ground -= height
        if count:
            parts.append(Part(kind, f"{x + 0.1:.1f}", f"{ground:.2f}", f"{height:.2f}"))
    return parts


def _bands(days: list[Day]) -> list[Band]:
    bands, x = [], 0
    for stage, held in groupby(days, key=lambda day: day.stage):
        width = len(list(held))
        bands.append(Band(stage, x, width))
        x += width
    return bands


def _figures(scheme: Scheme, day: Day, rows: Rows) -> list[Figure]:
    counted = ((day.settled, SETTLED), (day.waiting, WAITING), (day.pending, PENDING))
    return [
        rows.figure(count, Claim, **completed(scheme, day.day, day.day, states)) for count, states in counted
    ]
