"""What no check refuses and a person should see: a handful of each, among the clean trade-ins of the second stage."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from ebikes.synthetic.trades import STAGES, Trade

SHARING, IN_A_BURST, AT_THE_CUT_OFF = 4, 14, 8
FIRST, LAST = STAGES[1][:2]


def add_oddities(trades: list[Trade], points: dict[str, str], rnd: Random) -> None:
    """Change some of `trades` in place, each at most once: mismatches, one phone, one wallet, a burst, a cluster.

    `points`: each agent point's merchant.
    """
    chosen = _clean_ones(trades, rnd)
    for change in (_later_plate, _other_point, _other_code):
        _apply(trades, chosen, 3, change)
    phone, wallet = trades[0].person.phone, "0000000000006688"
    _apply(trades, chosen, SHARING, lambda t: replace(t, person=replace(t.person, phone=phone)))
    _apply(trades, chosen, SHARING, lambda t: replace(t, person=replace(t.person, wallet_no=wallet)))
    _burst(trades, points, chosen)
    _cluster(trades, points, chosen)


def _clean_ones(trades: list[Trade], rnd: Random) -> Iterator[int]:
    held = [trade.person.id_no for trade in trades]
    clean = [
        n
        for n, trade in enumerate(trades)
        if trade.clean
        and all(FIRST <= moment.date() <= LAST for moment in trade.times.values())
        and held.count(trade.person.id_no) == 1
        and trade.yunshenling
        and trade.yunshenling["plated"] == trade.times["plated"]
    ]
    rnd.shuffle(clean)
    return iter(clean)


def _apply(trades: list[Trade], chosen: Iterator[int], count: int, change: Callable[[Trade], Trade]) -> None:
    for _time, n in zip(range(count), chosen, strict=False):
        trades[n] = change(trades[n])


def _later_plate(trade: Trade) -> Trade:
    """The record has the plate two days before the traffic police have it."""
    return at_another_time(trade, trade.times["plated"] - timedelta(days=2), told=trade.times["plated"])


def _other_point(trade: Trade) -> Trade:
    """The bike was collected by another point than the record says."""
    return replace(trade, exing={**(trade.exing or {}), "point": "GS-DB-001"})


def _other_code(trade: Trade) -> Trade:
    """The remark names another vehicle."""
    return replace(trade, remark=f"发票上的整车编码为 {int(trade.vehicle_code) + 7:015}")


def _burst(trades: list[Trade], points: dict[str, str], chosen: Iterator[int]) -> None:
    """Many at one agent point within twenty minutes."""
    start = datetime.combine(date(2022, 7, 14), time(14, 5))
    for minute, n in zip(range(0, 2 * IN_A_BURST, 2), chosen, strict=False):
        trades[n] = _moved(trades[n], "GS-DB-012", points, start + timedelta(minutes=minute))


def _cluster(trades: list[Trade], points: dict[str, str], chosen: Iterator[int]) -> None:
    """One merchant that finishes on the last two days what it had not finished before."""
    evening = datetime.combine(LAST - timedelta(days=1), time(13, 40))
    for hours, n in zip(range(0, 4 * AT_THE_CUT_OFF, 4), chosen, strict=False):
        trades[n] = _moved(trades[n], "GS-DB-023", points, evening + timedelta(hours=hours))


def _moved(trade: Trade, point: str, points: dict[str, str], plated: datetime) -> Trade:
    moved = replace(trade, point=point, merchant=points[point])
    return at_another_time(moved, plated, told=plated, point=point)


def at_another_time(trade: Trade, plated: datetime, *, told: datetime, **exing: Any) -> Trade:
    """The whole trade-in on another day, in the record and in both systems."""
    away = plated - trade.times["plated"]
    times = {name: moment + away for name, moment in trade.times.items()}
    old = {"deregistered": times["deregistered"], "collected": times["collected"], **exing}
    return replace(
        trade,
        times=times,
        exing={**(trade.exing or {}), **old},
        yunshenling={**(trade.yunshenling or {}), "plated": told},
    )
