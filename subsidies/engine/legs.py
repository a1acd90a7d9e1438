"""What a replay goes through: the claims as given rules see them, and what happened from one walk to the next.

Claims are numbers here, from 0 on; who they are is not known.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum
from itertools import groupby

from core.shanghai import local
from subsidies.engine.queue import Moment, OpenClaim, QueuePolicy

MOST_WALKS = 2_500  # more are laid together by the hour, then by the day


class Turn(IntEnum):
    """What happens to a claim, whatever the rules for money are."""

    ARRIVES = 0
    IS_CHECKED_AGAIN = 1
    PASSES = 2  # but for the rules of time, which say `Entrant.asks`
    ENDS = 3  # refused by the checks or a person, withdrawn, all of it paid back


class Standing(IntEnum):
    """Where a claim stands in the replay."""

    ABSENT = 0
    PENDING = 1
    ELIGIBLE = 2
    GRANTED = 3
    REFUSED = 4
    ENDED = 5


@dataclass(frozen=True, slots=True)
class Entrant:
    """A claim as these rules see it. `hopes`: as it stands in the queue until the checks are through; `asks`: afterwards.

    None: the rules give it no stage, or refuse it. `rivals`: earlier claims for the same bike or vehicle. `granted_fen`:
    what it was really granted, which the amounts of `Leg.money` are parts of; 0 where it was not. `often`: the person
    has several claims here.
    """

    hopes: OpenClaim | None
    asks: OpenClaim | None
    often: bool = False
    rivals: tuple[int, ...] = ()
    granted_fen: int = 0


@dataclass(frozen=True, slots=True)
class Leg:
    """What happened up to a walk, and the walk. `money`: what a claim's ledger rows freed (below 0: took) in fen.

    Whoever completed after `ripe_until` is within the settle lag. `funded_fen` is the whole budget at the walk; `caps` are
    those of the stages that have one. Without `walks` nobody walked afterwards: the end of what is known.
    """

    at: datetime
    policy: QueuePolicy
    ripe_until: Moment
    funded_fen: int
    caps: Mapping[int, int]
    turns: list[tuple[int, Turn]] = field(default_factory=list)
    money: list[tuple[int, int]] = field(default_factory=list)
    walks: bool = True


@dataclass(frozen=True, slots=True)
class Ending:
    """How it came out: each claim's standing; of those that were granted money, how much; what is left of the budget."""

    standing: list[Standing]
    granted_fen: dict[int, int]
    left_fen: int

    def having_money(self) -> Iterator[int]:
        """The claims that were granted money and have not lost it since."""
        return (n for n, standing in enumerate(self.standing) if standing is Standing.GRANTED)


def fewer(legs: Sequence[Leg], most: int = MOST_WALKS) -> list[Leg]:
    """The same with at most so many walks, where days allow it: the walks of an hour, or a day, become its last one."""
    for unit in (None, "%Y-%m-%d %H", "%Y-%m-%d"):
        found = list(legs) if unit is None else _by_time(legs, unit)
        if len(found) <= most:
            break
    return found


def _by_time(legs: Sequence[Leg], unit: str) -> list[Leg]:
    found: list[Leg] = []
    for _time, together in groupby(legs, key=lambda leg: (leg.walks, f"{local(leg.at):{unit}}")):
        several = list(together)
        turns = [turn for leg in several for turn in leg.turns]
        money = [part for leg in several for part in leg.money]
        found.append(replace(several[-1], turns=turns, money=money))
    return found
