"""What a replay comes to, beside what really was: counts and fen by street, stage and week. Nobody is named."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any

from subsidies.engine.legs import Standing
from subsidies.laboratory.selectors.history import History
from subsidies.laboratory.selectors.replayed import Replayed


@dataclass(slots=True)
class Group:
    """Claims that belong together: with money in fact, with money in the replay, and who differs, each as [count, fen].

    `gained`: money only in the replay; `lost`: only in fact; `more`, `less`: in both, by how much the amounts differ.
    """

    real: list[int] = field(default_factory=lambda: [0, 0])
    got: list[int] = field(default_factory=lambda: [0, 0])
    gained: list[int] = field(default_factory=lambda: [0, 0])
    lost: list[int] = field(default_factory=lambda: [0, 0])
    more: list[int] = field(default_factory=lambda: [0, 0])
    less: list[int] = field(default_factory=lambda: [0, 0])

    def add(self, was: int, is_: int) -> None:
        """One claim: what it has in fact, and in the replay; 0 for nothing."""
        _count(self.real, was)
        _count(self.got, is_)
        if was and is_:
            _count(self.more, max(0, is_ - was))
            _count(self.less, max(0, was - is_))
        else:
            _count(self.gained, is_)
            _count(self.lost, was)


def _count(pair: list[int], fen: int) -> None:
    if fen:
        pair[0] += 1
        pair[1] += fen


def result_of(history: History, control: Replayed, variants: Sequence[Replayed]) -> dict[str, Any]:
    """The whole result, as it is kept. `control` is the real rules replayed: how far it misses the facts is told."""
    was = [claim.amount_fen if history.has_money(no) else 0 for no, claim in enumerate(history.claims)]
    return {
        "real": _in_fact(history, was),
        "control": {
            "off": sum(before != after for before, after in zip(was, _is(control), strict=True)),
            "left_fen": control.ending.left_fen,
            "walks": control.walks,
            "of": control.walks_in_fact,
        },
        "variants": [_compared(history, was, each) for each in variants],
    }


def digest_of(result: dict[str, Any]) -> str:
    """SHA-256 of a result."""
    return hashlib.sha256(json.dumps(result, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _is(replayed: Replayed) -> list[int]:
    """What each claim has in the replay, 0 for nothing."""
    ending = replayed.ending
    granted, having = ending.granted_fen, Standing.GRANTED
    return [granted[no] if standing is having else 0 for no, standing in enumerate(ending.standing)]


def _in_fact(history: History, was: list[int]) -> dict[str, Any]:
    numbers = range(len(history.claims))
    having = [no for no in numbers if was[no]]
    waiting = [no for no in numbers if history.waits(no)]
    return {
        "funded_fen": history.funded_fen,
        "got": [len(having), sum(was)],
        "waiting": len(waiting),
        "weeks": _weeks(history, having, was),
        **_ends(history, having, waiting),
    }


def _compared(history: History, was: list[int], replayed: Replayed) -> dict[str, Any]:
    whole, streets, stages = Group(), defaultdict[str, Group](Group), defaultdict[int, Group](Group)
    now = _is(replayed)
    for no, (claim, before, after) in enumerate(zip(history.claims, was, now, strict=True)):
        if before or after:
            whole.add(before, after)
            streets[claim.street].add(before, after)
            _add_to_stages(stages, claim.stage, _stage(replayed, no), (before, after))
    ending = replayed.ending
    counts = Counter(ending.standing)
    having = list(ending.having_money())
    waiting = [no for no, standing in enumerate(ending.standing) if standing is Standing.ELIGIBLE]
    return {
        "funded_fen": replayed.funded_fen,
        "left_fen": ending.left_fen,
        "whole": asdict(whole),
        "waiting": len(waiting),
        "undecided": counts[Standing.PENDING],
        "refused": counts[Standing.REFUSED],
        "streets": {name: asdict(streets[name]) for name in sorted(streets)},
        "stages": {str(no): asdict(stages[no]) for no in sorted(stages)},
        "weeks": _weeks(history, having, now),
        **_ends(history, having, waiting),
    }


def _stage(replayed: Replayed, no: int) -> int | None:
    asks = replayed.entrants[no].asks
    return asks.stage if asks else None


def _add_to_stages(
    stages: defaultdict[int, Group], real: int | None, now: int | None, fen: tuple[int, int]
) -> None:
    """A claim that is in another stage in the replay is counted in both: lost here, gained there."""
    was, is_ = fen
    if real == now and real is not None:
        stages[real].add(was, is_)
        return
    if was and real is not None:
        stages[real].add(was, 0)
    if is_ and now is not None:
        stages[now].add(0, is_)


def _weeks(history: History, having: Iterable[int], fen: Sequence[int]) -> dict[str, int]:
    """Money by the week (its Monday) in which the flow was completed: the day that decides stage and place."""
    sums: Counter[date] = Counter()
    for no in having:
        day = history.claims[no].day
        sums[day - timedelta(days=day.weekday())] += fen[no]
    return {monday.isoformat(): sums[monday] for monday in sorted(sums)}


def _ends(history: History, having: Iterable[int], waiting: Iterable[int]) -> dict[str, Any]:
    """The day of the last completion that got money, and of the first that has to wait for some."""
    last = max((history.claims[no].day for no in having), default=None)
    first = min((history.claims[no].day for no in waiting), default=None)
    return {
        "last_on": last and last.isoformat(),
        "first_waiting_on": first and first.isoformat(),
    }
