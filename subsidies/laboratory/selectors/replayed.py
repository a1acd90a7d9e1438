"""History under a variant: made ready for the engine's replay."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from core.processes import uncollected
from subsidies.engine.case import too_long_after
from subsidies.engine.legs import Ending, Entrant, Leg, fewer
from subsidies.engine.queue import OpenClaim, QueuePolicy
from subsidies.engine.replay import replay
from subsidies.engine.stages import StageTerms
from subsidies.laboratory.selectors.history import History, PastClaim, moment
from subsidies.laboratory.variants import Variant, laid_over
from subsidies.models import PolicyVersion
from subsidies.schemes.selectors.terms import Terms


@dataclass(frozen=True, slots=True)
class Replayed:
    """How it came out under a variant (None: as the rules really were), and how many walks it took of how many."""

    variant: Variant | None
    entrants: list[Entrant]
    ending: Ending
    funded_fen: int
    walks: int
    walks_in_fact: int


def replayed(
    history: History, variant: Variant | None, progress: Callable[[float], object] = lambda part: None
) -> Replayed:
    """Go through what happened once more, under these rules."""
    rules = _Rules(history, variant)
    with uncollected():
        entrants = [rules.entrant(no, claim) for no, claim in enumerate(history.claims)]
        all_legs = rules.legs()
        legs = fewer(all_legs)
        ending = replay(entrants, legs, progress)
    funded = history.funded_fen + rules.more_fen
    return Replayed(variant, entrants, ending, funded, len(legs) - 1, len(all_legs) - 1)


_HOUR = 3_600_000_000  # microseconds


class _Rules:
    """Each version that was in force, as it is under the variant."""

    def __init__(self, history: History, variant: Variant | None) -> None:
        self.history = history
        self.more_fen = variant.budget_fen - history.funded_fen if variant else 0
        self._terms = {
            no: laid_over(terms, newest=history.newest, wanted=variant.terms) if variant else terms
            for _at, no, terms in history.versions
        }
        self._of_real = {id(terms): self._terms[no] for _at, no, terms in history.versions}
        self._days: dict[tuple[int, date], StageTerms | None] = {}

    def entrant(self, no: int, claim: PastClaim) -> Entrant:
        terms = self._terms[claim.version]
        stage = self._stage(claim.version, claim.day)
        first = stage if claim.first_day == claim.day else self._stage(claim.version, claim.first_day)
        late = claim.filed_on is not None and too_long_after(
            claim.filed_on, claim.day, terms.filed_years_limit
        )
        history = self.history
        return Entrant(
            hopes=_open(claim, first, eligible=False),
            asks=None if late else _open(claim, stage, eligible=True),
            often=claim.often,
            rivals=history.rivals.get(no, ()),
            granted_fen=claim.amount_fen if no in history.granted else 0,
        )

    def _stage(self, version: int, day: date) -> StageTerms | None:
        key = (version, day)
        if key not in self._days:
            stages = self._terms[version].stages
            self._days[key] = next((stage for stage in stages if stage.covers(day)), None)
        return self._days[key]

    def legs(self) -> list[Leg]:
        found = []
        for walk in self.history.walks:
            at = moment(walk.at)
            terms = self._of_real[id(self.history.version_at(at))]
            found.append(
                Leg(
                    at,
                    _policy(terms),
                    walk.at - terms.settle_lag_hours * _HOUR,
                    walk.funded_fen + self.more_fen,
                    {stage.no: stage.cap_fen for stage in terms.stages if stage.cap_fen is not None},
                    walk.turns,
                    walk.money,
                    walk.walked,
                )
            )
        return found


def _policy(terms: Terms) -> QueuePolicy:
    return QueuePolicy(terms.head_of_line == PolicyVersion.HeadOfLine.STRICT, terms.per_person_cap)


def _open(claim: PastClaim, stage: StageTerms | None, *, eligible: bool) -> OpenClaim | None:
    if stage is None:
        return None
    at = claim.completed_at if eligible else claim.first_at
    return OpenClaim((at, claim.received_at, claim.id), claim.person, stage.no, stage.amount_fen, eligible)
