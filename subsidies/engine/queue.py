"""First come, first served, within the budget: the walk down the queue of docs/engine.md."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Moment = Any  # a datetime, or (in a replay) microseconds since 1970: what is compared is of one kind
Place = tuple[Moment, Moment, int]  # (completed_at, received_at, id)


class Outcome(StrEnum):
    """What the walk says of a claim."""

    SETTLE = "settle"  # reserve its money now
    WAIT = "wait"  # eligible, but the money ends before it
    HOLD = (
        "hold"  # still being checked, within the settle lag, or behind an undecided claim of the same person
    )
    REFUSE = "refuse"  # the person has had the permitted number already (person_cap)


@dataclass(frozen=True, slots=True)
class OpenClaim:
    """A claim in the queue. `ripe`: its settle lag has passed. Pending claims count, but are not decided."""

    place: Place
    person: int
    stage: int
    amount_fen: int
    eligible: bool
    ripe: bool = True

    @property
    def id(self) -> int:
        return self.place[2]


@dataclass(frozen=True, slots=True)
class Funds:
    """What is free: of the scheme, and of each stage that has a cap of its own. `served` counts live grants by person."""

    left_fen: int
    stage_left_fen: Mapping[int, int] = field(default_factory=dict)
    served: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QueuePolicy:
    """Strict: the first claim that does not fit stops its queue. Skip: it waits and the next is tried."""

    strict: bool = True
    per_person_cap: int | None = 1


class Walk:
    """One walk down the queue: it takes the claims one by one, in order of place, and says what becomes of each.

    `least`: of a stage, the smallest amount that any of its claims asks for; only `over` wants to know.
    """

    __slots__ = (
        "_certain",
        "_least",
        "_left",
        "_policy",
        "_possible",
        "_stage_left",
        "_stopped",
        "_stopped_stages",
    )

    def __init__(self, funds: Funds, policy: QueuePolicy, least: Mapping[int, int] | None = None) -> None:
        self._left, self._stage_left = funds.left_fen, dict(funds.stage_left_fen)
        self._stopped, self._stopped_stages = False, set[int]()
        self._certain, self._possible = Counter(funds.served), Counter[int]()
        self._policy, self._least = policy, least or {}

    def take(self, claim: OpenClaim) -> Outcome:
        """Go on to the next claim."""
        policy, stage, amount = self._policy, claim.stage, claim.amount_fen
        over, unsure = _over_cap(
            self._certain[claim.person], self._possible[claim.person], policy.per_person_cap
        )
        (self._certain if claim.eligible else self._possible)[claim.person] += 1
        if over:
            return Outcome.REFUSE if claim.eligible else Outcome.HOLD
        fits_stage = self._stage_left.get(stage, amount) >= amount
        if policy.strict and not fits_stage:
            self._stopped_stages.add(stage)
        fits = fits_stage and stage not in self._stopped_stages
        if policy.strict and fits and self._left < amount:
            self._stopped = True
        fits = fits and self._left >= amount and not self._stopped
        if fits:
            self._left -= amount
            if stage in self._stage_left:
                self._stage_left[stage] -= amount
        return _outcome(claim, fits=fits, unsure=unsure)

    def over(self, stage: int) -> bool:
        """Whether nobody of this stage further down gets money any more, or takes any from others."""
        if self._stopped or stage in self._stopped_stages:
            return True
        if self._policy.strict:  # the next that does not fit has yet to stop the others
            return False
        least = self._least.get(stage)
        if least is None:
            return False
        return min(self._left, self._stage_left.get(stage, least)) < least


def decide(queue: Iterable[OpenClaim], funds: Funds, policy: QueuePolicy) -> dict[int, Outcome]:
    """Walk the open claims in order of place; return what becomes of each, by claim id."""
    walk = Walk(funds, policy)
    return {claim.id: walk.take(claim) for claim in sorted(queue, key=lambda c: c.place)}


def _over_cap(certain: int, possible: int, cap: int | None) -> tuple[bool, bool]:
    """Whether the cap is surely used up by claims ahead, and whether it may be, depending on checks still out."""
    return (False, False) if cap is None else (certain >= cap, certain + possible >= cap)


def _outcome(claim: OpenClaim, *, fits: bool, unsure: bool) -> Outcome:
    if not claim.eligible or unsure:
        return Outcome.HOLD
    if not fits:
        return Outcome.WAIT
    return Outcome.SETTLE if claim.ripe else Outcome.HOLD
