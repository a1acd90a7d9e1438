"""What happened, gone through once more: arrivals, checks, withdrawals and walks in order, under rules that may differ.

What people and authorities did is given and stays as it was: when a record arrived, what the checks found, who withdrew.
What the rules did is walked anew, by `queue.Walk`. Settled stays settled here, too, so what a late record finds left
depends on what was given out before it came.
"""

from bisect import insort
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from heapq import merge

from subsidies.engine.legs import Ending, Entrant, Leg, Standing, Turn
from subsidies.engine.queue import Funds, OpenClaim, Outcome, Place, Walk


def replay(
    entrants: Sequence[Entrant], legs: Sequence[Leg], progress: Callable[[float], object] = lambda part: None
) -> Ending:
    """Go through all of it. `progress` is told now and then which part is done, 0 to 1."""
    state = _State(entrants)
    every = max(1, len(legs) // 50)
    before: Leg | None = None
    for no, leg in enumerate(legs):
        moved = state.move(leg)
        if leg.walks and (moved or state.unripe or before is None or _terms(before) != _terms(leg)):
            state.walk(leg)
        before = leg
        if no % every == 0:
            progress(no / len(legs))
    return state.ending(legs[-1].funded_fen if legs else 0)


def _terms(leg: Leg) -> tuple[object, ...]:
    return leg.policy, leg.funded_fen, leg.caps


Waiting = tuple[Place, int]


class _State:
    """The claims on their way. A lane a stage holds who waits, in order of place; people with several claims have their own.

    In a lane of single claims a walk ends where nobody behind gets money; the claims of `often` people are always all
    walked, because what becomes of one depends on the others.
    """

    def __init__(self, entrants: Sequence[Entrant]) -> None:
        self.entrants = entrants
        self.standing = [Standing.ABSENT] * len(entrants)
        self.open: list[OpenClaim | None] = [None] * len(entrants)
        self.granted: dict[int, int] = {}
        self.held: dict[int, int] = {}
        self.used = 0
        self.unripe = False  # whether somebody only waits for time to pass
        self.used_of_stage: Counter[int] = Counter()
        self.served: Counter[int] = Counter()
        self.lanes: dict[int | None, list[Waiting]] = {None: []}
        self.least = _least(entrants)

    # ------------------------------------------------------------ what happens

    def move(self, leg: Leg) -> bool:
        """Everything that happened before the walk; whether anything did."""
        for no, turn in leg.turns:
            _TURNS[turn](self, no)
        for no, freed in leg.money:
            if no in self.held:
                asked, was = self.granted[no], self.entrants[no].granted_fen
                self._free(no, freed if asked == was or not was else freed * asked // was)
        return bool(leg.turns or leg.money)

    def arrives(self, no: int) -> None:
        if any(
            Standing.PENDING <= self.standing[rival] <= Standing.GRANTED for rival in self.entrants[no].rivals
        ):
            self.standing[no] = Standing.ENDED  # its bike or vehicle has a live claim
            return
        self.standing[no] = Standing.PENDING
        self._queue(no, self.entrants[no].hopes)

    def again(self, no: int) -> None:
        if self.standing[no] is Standing.ELIGIBLE:
            self.standing[no] = Standing.PENDING
            asks = self.entrants[no].asks
            self._queue(no, asks and _pending(asks))

    def passes(self, no: int) -> None:
        if self.standing[no] not in (Standing.PENDING, Standing.ELIGIBLE):
            return
        asks = self.entrants[no].asks
        self.standing[no] = Standing.REFUSED if asks is None else Standing.ELIGIBLE
        self._queue(no, asks)

    def ends(self, no: int) -> None:
        if self.standing[no] is Standing.GRANTED:
            person = self._claim(no).person
            if self.entrants[no].often:
                self.served[person] -= 1
            if not self.entrants[no].granted_fen:  # no ledger row says that its money came back
                self._free(no, self.held[no])
        self.standing[no] = Standing.ENDED
        self._queue(no, None)

    def _queue(self, no: int, claim: OpenClaim | None) -> None:
        """Where it stands from now on; None: nowhere. The place that it had is passed by and cleared away later."""
        stood, self.open[no] = self.open[no], claim
        if claim is not None and (stood is None or (stood.place, stood.stage) != (claim.place, claim.stage)):
            lane = None if self.entrants[no].often else claim.stage
            insort(self.lanes.setdefault(lane, []), (claim.place, no))

    def _claim(self, no: int) -> OpenClaim:
        asks = self.entrants[no].asks
        if asks is None:
            raise ValueError("only who asks is granted money")
        return asks

    def _free(self, no: int, fen: int) -> None:
        self.held[no] -= fen
        self.used -= fen
        self.used_of_stage[self._claim(no).stage] -= fen

    # ------------------------------------------------------------ the walk

    def walk(self, leg: Leg) -> None:
        """Walk down the queue as it is, and carry out what the walk says."""
        left = leg.funded_fen - self.used
        stage_left = {stage: cap - self.used_of_stage[stage] for stage, cap in leg.caps.items()}
        walk = Walk(Funds(left, stage_left, self.served), leg.policy, self.least)
        ripe_until, self.unripe = leg.ripe_until, False
        for no in self._down_the_queue(walk):
            claim = self.open[no]
            if claim is None:
                continue
            if claim.place[0] > ripe_until:
                claim, self.unripe = _unripe(claim), True
            outcome = walk.take(claim)
            if outcome is Outcome.SETTLE:
                self._grant(no, claim)
            elif outcome is Outcome.REFUSE:
                self.standing[no], self.open[no] = Standing.REFUSED, None

    def _down_the_queue(self, walk: Walk) -> Iterator[int]:
        lanes = [self._lane(stage, walk) for stage in self.lanes]
        for _place, no in lanes[0] if len(lanes) == 1 else merge(*lanes):
            yield no

    def _lane(self, stage: int | None, walk: Walk) -> Iterator[Waiting]:
        """Those of a lane that still wait, as far as the walk goes on in it; the others are cleared away."""
        lane, passed, stale = self.lanes[stage], 0, False
        try:
            for each in lane:
                if stage is not None and walk.over(stage):
                    break
                passed += 1
                claim = self.open[each[1]]
                if claim is None or claim.place != each[0] or (stage is not None and claim.stage != stage):
                    stale = True
                    continue
                yield each
                stale = stale or self.open[each[1]] is None
        finally:
            if stale:
                lane[:passed] = [each for each in lane[:passed] if self._still(each, stage)]

    def _still(self, each: Waiting, stage: int | None) -> bool:
        claim = self.open[each[1]]
        return claim is not None and claim.place == each[0] and (stage is None or claim.stage == stage)

    def _grant(self, no: int, claim: OpenClaim) -> None:
        self.standing[no], self.open[no] = Standing.GRANTED, None
        self.granted[no] = self.held[no] = claim.amount_fen
        self.used += claim.amount_fen
        self.used_of_stage[claim.stage] += claim.amount_fen
        if self.entrants[no].often:
            self.served[claim.person] += 1

    def ending(self, funded_fen: int) -> Ending:
        return Ending(self.standing, self.granted, funded_fen - self.used)


_TURNS: Mapping[Turn, Callable[[_State, int], None]] = {
    Turn.ARRIVES: _State.arrives,
    Turn.IS_CHECKED_AGAIN: _State.again,
    Turn.PASSES: _State.passes,
    Turn.ENDS: _State.ends,
}


def _least(entrants: Sequence[Entrant]) -> dict[int, int]:
    """The smallest amount that anybody asks for in each stage."""
    found: dict[int, int] = {}
    for each in entrants:
        for claim in (each.hopes, each.asks):
            if claim is not None:
                found[claim.stage] = min(found.get(claim.stage, claim.amount_fen), claim.amount_fen)
    return found


def _pending(claim: OpenClaim) -> OpenClaim:
    return OpenClaim(claim.place, claim.person, claim.stage, claim.amount_fen, eligible=False)


def _unripe(claim: OpenClaim) -> OpenClaim:
    return OpenClaim(
        claim.place, claim.person, claim.stage, claim.amount_fen, eligible=claim.eligible, ripe=False
    )
