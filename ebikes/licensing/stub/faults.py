"""Failing on purpose: which requests fail, and how.

Modes: slow (answers after `slow_seconds`), refuse (429 or 503), drop (the connection breaks before or within
the answer), garbage (an answer that is no answer), error (500, 502, 504), away (for `away_seconds` every
connection is broken; at most a twentieth of the time, else the share of failures would mean little).
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from random import Random
from typing import Any, Literal, cast, get_args

from ebikes.licensing.stub.invalid import Invalid

Forgery = Literal[
    "unsigned", "missigned", "stale", "tampered", "replayed"
]  # of a signed answer: drawn where asked for
Mode = Literal["slow", "refuse", "drop", "garbage", "error", "away"] | Forgery
FORGERIES: tuple[Mode, ...] = get_args(Forgery)
MODES: tuple[Mode, ...] = ("slow", "refuse", "drop", "garbage", "error", "away")
REST = 19  # away at most once in this many lengths of an absence


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How the stub behaves. `fail` is the share of requests, 0 to 1, that fail in one of `modes`.

    Raises Invalid for a value that cannot be.
    """

    fail: float = 0.0
    modes: tuple[Mode, ...] = MODES
    latency_ms: float = 0.0
    slow_seconds: float = 8.0
    away_seconds: float = 0.5

    def __post_init__(self) -> None:
        for name in ("fail", "latency_ms", "slow_seconds", "away_seconds"):
            value = getattr(self, name)
            most = 1 if name == "fail" else 3_600_000
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
                raise Invalid(name)
        if not self.modes or not set(self.modes) <= {*MODES, *FORGERIES}:
            raise Invalid("modes")

    def changed(self, changes: Mapping[str, object]) -> "Behaviour":
        """The same with some settings replaced. Raises Invalid."""
        unknown = set(changes) - {f.name for f in fields(self)}
        if unknown:
            raise Invalid(min(unknown))
        modes = changes.get("modes", list(self.modes))
        if not isinstance(modes, list) or not all(isinstance(mode, str) for mode in modes):
            raise Invalid("modes")
        return replace(self, **cast("dict[str, Any]", {**changes, "modes": tuple(modes)}))


@dataclass
class Faults:
    """Draws a fault for each request from a seeded source, and counts requests by path and faults by mode."""

    behaviour: Behaviour
    seed: int = 0
    clock: Callable[[], float] = time.monotonic
    requests: Counter[str] = field(default_factory=Counter)
    injected: Counter[str] = field(default_factory=Counter)
    _away_until: float = float("-inf")

    def __post_init__(self) -> None:
        self.random = Random(self.seed)  # noqa: S311 - nothing here is secret

    def draw(self, path: str) -> Mode | None:
        """The fault that this request meets, or None."""
        self.requests[path] += 1
        mode: Mode | None = "away" if self.clock() < self._away_until else self._drawn()
        if mode is not None:
            self.injected[mode] += 1
        return mode

    def snapshot(self) -> dict[str, Any]:
        """The behaviour and the counters, ready for JSON."""
        return {**asdict(self.behaviour), "requests": dict(self.requests), "faults": dict(self.injected)}

    def _drawn(self) -> Mode | None:
        if self.random.random() >= self.behaviour.fail:
            return None
        mode = self.random.choice(self.behaviour.modes)
        now = self.clock()
        if mode == "away" and now >= self._away_until + REST * self.behaviour.away_seconds:
            self._away_until = now + self.behaviour.away_seconds
        return mode
