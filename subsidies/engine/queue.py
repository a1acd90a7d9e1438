"""First come, first served, within the budget: the walk down the queue of docs/engine.md."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

Place = tuple[datetime, datetime, int]  # (completed_at, received_at, id)


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


def decide(queue: Iterable[OpenClaim], funds: Funds, policy: QueuePolicy) -> dict[int, Outcome]:
    """Walk the open claims in order of place; return what becomes of each, by claim id."""
    left, stage_left = funds.left_fen, dict(funds.stage_left_fen)
    stopped, stopped_stages = False, set[int]()
    certain, possible = Counter(funds.served), Counter[int]()
    outcomes: dict[int, Outcome] = {}
    for claim in sorted(queue, key=lambda c: c.place):
        over, unsure = _over_cap(certain[claim.person], possible[claim.person], policy.per_person_cap)
        (certain if claim.eligible else possible)[claim.person] += 1
        if over:
            outcomes[claim.id] = Outcome.REFUSE if claim.eligible else Outcome.HOLD
            continue
        fits_stage = stage_left.get(claim.stage, claim.amount_fen) >= claim.amount_fen
        if policy.strict and not fits_stage:
            stopped_stages.add(claim.stage)
        fits = fits_stage and claim.stage not in stopped_stages
        if policy.strict and fits and left < claim.amount_fen:
            stopped = True
        fits = fits and left >= claim.amount_fen and not stopped
        if fits:
            left -= claim.amount_fen
            if claim.stage in stage_left:
                stage_left[claim.stage] -= claim.amount_fen
        outcomes[claim.id] = _outcome(claim, fits=fits, unsure=unsure)
    return outcomes


def _over_cap(certain: int, possible: int, cap: int | None) -> tuple[bool, bool]:
    """Whether the cap is surely used up by claims ahead, and whether it may be, depending on checks still out."""
    return (False, False) if cap is None else (certain >= cap, certain + possible >= cap)


def _outcome(claim: OpenClaim, *, fits: bool, unsure: bool) -> Outcome:
    if not claim.eligible or unsure:
        return Outcome.HOLD
    if not fits:
        return Outcome.WAIT
    return Outcome.SETTLE if claim.ripe else Outcome.HOLD
