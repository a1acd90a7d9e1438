"""The cells of the province side by side: money, claims, pace, when each was last heard, what is wrong."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count

from core.shanghai import local_day
from subsidies.locks.known import KnownCell, known_cells
from subsidies.models import CellHead, CellSum, Lock, LockCell
from subsidies.province.models import FEN
from subsidies.states import OPEN, RESERVED, SPENT, ClaimState

PACE_DAYS = 7
QUIET = timedelta(minutes=30)  # after which a cell that says nothing is missed


@dataclass(frozen=True, slots=True)
class CellStanding:
    """One cell. Money in fen; `pace_fen`: paid a day over the last week, as far as it was told; `quiet`: not heard of for
    half an hour; `faults`: statements of heads that did not continue the one before.
    """

    cell: KnownCell
    schemes: tuple[CellSum, ...]
    money: dict[str, int]
    open: int
    waitlisted: int
    reserved: int
    paid: int
    refused: int
    pace_fen: int
    locks: int
    heard_at: datetime | None
    told_at: datetime | None
    quiet: bool
    faults: tuple[CellHead, ...]


def cells_side_by_side(*, now: datetime) -> list[CellStanding]:
    """Every cell that the settings name, in their order. A fixed number of queries."""
    rows: dict[str, list[CellSum]] = defaultdict(list)
    for row in CellSum.objects.filter(day__gte=_first_day(now)).order_by("scheme", "day"):
        rows[row.cell].append(row)
    for row in CellSum.objects.order_by("cell", "scheme", "-day").distinct("cell", "scheme"):
        if row not in rows[row.cell]:
            rows[row.cell].append(row)
    heard = dict(LockCell.objects.values_list("code", "heard_at"))
    bikes = Lock.objects.filter(kind=Lock.Kind.BIKE, state__in=Lock.LIVE).order_by()
    held = dict(bikes.values_list("cell__code").annotate(Count("pk")))
    faults: dict[str, list[CellHead]] = defaultdict(list)
    for head in CellHead.objects.exclude(fault="").order_by("-name"):
        faults[head.cell].append(head)
    return [
        _standing(cell, rows[code], heard.get(code), held.get(code, 0), faults[code], now=now)
        for code, cell in known_cells().items()
    ]


def _first_day(now: datetime) -> date:
    return local_day(now) - timedelta(days=PACE_DAYS)


def _standing(
    cell: KnownCell,
    rows: list[CellSum],
    heard_at: datetime | None,
    locks: int,
    faults: list[CellHead],
    *,
    now: datetime,
) -> CellStanding:
    newest: dict[str, CellSum] = {}
    for row in sorted(rows, key=lambda each: each.day):
        newest[row.scheme] = row
    states: Counter[str] = Counter()
    for row in newest.values():
        states.update(row.states)
    told_at = max((row.told_at for row in newest.values()), default=None)
    return CellStanding(
        cell=cell,
        schemes=tuple(newest.values()),
        money={name: sum(getattr(row, name) for row in newest.values()) for name in FEN},
        open=_among(states, OPEN),
        waitlisted=states[ClaimState.WAITLISTED],
        reserved=_among(states, RESERVED),
        paid=_among(states, SPENT),
        refused=states[ClaimState.REFUSED],
        pace_fen=_pace(rows),
        locks=locks,
        heard_at=heard_at,
        told_at=told_at,
        quiet=heard_at is None or now - heard_at > QUIET,
        faults=tuple(faults),
    )


def _among(states: Counter[str], some: Iterable[str]) -> int:
    return sum(states[state] for state in some)


def _pace(rows: list[CellSum]) -> int:
    """Whole fen a day: between the first and the last day of the week that were told, of each scheme."""
    paid: dict[str, list[CellSum]] = defaultdict(list)
    for row in sorted(rows, key=lambda each: each.day):
        paid[row.scheme].append(row)
    return sum(
        (of[-1].paid_fen - of[0].paid_fen) // max((of[-1].day - of[0].day).days, 1) for of in paid.values()
    )
