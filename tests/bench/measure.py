"""Timing in turns, and what is made of it: medians, ratios pair by pair, whether the target was reached."""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

RUNS = 5


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, least and most of several runs."""

    median: float
    min: float
    max: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        return cls(median(values), min(values), max(values))


@dataclass(frozen=True, slots=True)
class Comparison:
    """One row of the table: ours against the other, as a ratio of `unit`s with its target.

    `at_least`: the ratio must not be smaller than `target`; else it must not be larger.
    """

    key: str
    what: str
    against: str
    unit: str
    ours: Spread
    other: Spread
    ratio: Spread
    target: float
    at_least: bool
    note: str = ""

    @property
    def reached(self) -> bool:
        return self.ratio.median >= self.target if self.at_least else self.ratio.median <= self.target

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"reached": self.reached}


def compare(
    key: str,
    what: str,
    against: str,
    unit: str,
    pairs: Sequence[tuple[float, float]],
    *,
    target: float,
    at_least: bool,
    note: str = "",
) -> Comparison:
    """Make the row from pairs (ours, other) that were measured one after the other."""
    return Comparison(
        key=key,
        what=what,
        against=against,
        unit=unit,
        ours=Spread.of([ours for ours, _ in pairs]),
        other=Spread.of([other for _, other in pairs]),
        ratio=Spread.of([ours / other for ours, other in pairs]),
        target=target,
        at_least=at_least,
        note=note,
    )


def seconds(work: Callable[[], object]) -> float:
    """How long `work` takes."""
    gc.collect()
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@contextmanager
def stopwatch() -> Iterator[Callable[[], float]]:
    """Yields a function that tells the seconds since the block began."""
    started = time.perf_counter()
    yield lambda: time.perf_counter() - started
