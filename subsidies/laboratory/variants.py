"""A scheme's rules as they might have been, laid over the versions that really were."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from subsidies.engine.stages import StageTerms
from subsidies.schemes.selectors.terms import SETTINGS, Terms


@dataclass(frozen=True, slots=True)
class Variant:
    """The terms as they should have been, the whole budget in fen, and what the two are called."""

    title: str
    terms: Terms
    budget_fen: int

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(data["title"], Terms.from_json(data["terms"]), data["budget_fen"])

    def as_json(self) -> dict[str, Any]:
        return {"title": self.title, "terms": self.terms.as_json(), "budget_fen": self.budget_fen}


def laid_over(real: Terms, *, newest: Terms, wanted: Terms) -> Terms:
    """A version that was in force, as it is under a variant: what the variant changes of the newest holds from the start.

    What it leaves alone stays as each version had it. Other dates, or another number of stages, replace the calendar whole.
    """
    settings: dict[str, Any] = {
        name: getattr(wanted if getattr(wanted, name) != getattr(newest, name) else real, name)
        for name in SETTINGS
    }
    if _calendar(wanted) != _calendar(newest):
        return Terms(**settings, stages=wanted.stages)
    return Terms(**settings, stages=tuple(_stage(each, newest, wanted) for each in real.stages))


def _calendar(terms: Terms) -> set[tuple[object, ...]]:
    return {(stage.no, stage.starts_on, stage.ends_on) for stage in terms.stages}


def _stage(real: StageTerms, newest: Terms, wanted: Terms) -> StageTerms:
    old, new = newest.stage(real.no), wanted.stage(real.no)
    if old is None or new is None:  # it was gone by the newest version, which the variant begins from
        return real
    changed = {
        name: getattr(new, name)
        for name in ("amount_fen", "cap_fen")
        if getattr(new, name) != getattr(old, name)
    }
    return replace(real, **changed)
