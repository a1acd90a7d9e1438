"""What the licensing systems said at the counter of the bike and person in a draft: filled in, and not the shop's to edit.

It spares typing and is no evidence: once the record is sent, the checks ask both systems anew.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Literal

from core.privacy.sealing import fingerprint
from core.shanghai import local_day
from ebikes.importing import identity
from ebikes.importing.fields import is_plate, plate
from ebikes.importing.moments import parse_moment
from ebikes.importing.problems import Problem
from ebikes.models import EVENTS, LicensingSystem, TradeInDraft
from ebikes.records.persons import Document

Cells = dict[str, str]
Outcome = Literal["found", "unmatched", "unknown", "waiting"]
ASKED_BY = {LicensingSystem.EXING: "filing_plate_no", LicensingSystem.YUNSHENLING: "digital_plate_no"}
Finding = tuple[str, str]  # a `Verdict`, and its sentence


@dataclass(frozen=True, slots=True)
class Said:
    """One system's answer. `about`: a digest of what was asked, beyond which it says nothing. `unmatched`: it knows no such
    plate in this person's name. `typed`: what the shop had put, where the system says otherwise.
    """

    about: str
    outcome: Outcome
    cells: Cells = field(default_factory=dict)
    typed: Cells = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A plate and a document, both well-formed."""

    plate: str
    shown: Document

    @property
    def about(self) -> str:
        return fingerprint(f"{self.plate}\x1f{self.shown.holder!r}", context="ebikes.tradeindraft.told").hex()


def question_of(cells: Mapping[str, str], system: LicensingSystem) -> Question | None:
    """What this system can be asked; None while the plate or the document is not right."""
    number = plate(cells.get(ASKED_BY[system], ""))
    try:
        kind = identity.id_kind(cells.get("id_kind", ""))
        shown = Document(kind, identity.id_no(kind, cells.get("id_no", "")))
    except Problem:
        return None
    return Question(number, shown) if number and is_plate(number) else None


def answers_in(draft: TradeInDraft) -> dict[str, Said]:
    """All that was kept, by system."""
    kept = json.loads(draft.told or "{}")
    return {
        system: Said(**{**said, "findings": tuple((one[0], one[1]) for one in said["findings"])})
        for system, said in kept.items()
    }


def as_kept(answers: Mapping[str, Said]) -> str:
    return json.dumps({system: asdict(said) for system, said in answers.items()}, ensure_ascii=False)


def in_force(answers: Mapping[str, Said], cells: Mapping[str, str]) -> dict[str, Said]:
    """Those that are still of the plate and the person in these cells."""
    found = {}
    for system, said in answers.items():
        asked = question_of(cells, LicensingSystem(system))
        if asked is not None and asked.about == said.about:
            found[system] = said
    return found


def theirs(answers: Mapping[str, Said]) -> Cells:
    """What the systems say, by field: nobody types over it."""
    return {key: text for said in answers.values() for key, text in said.cells.items()}


def differs(key: str, typed: str, said: str) -> bool:
    """Whether what a shop typed is something else than what the system says; to the minute, or the day where only that."""
    if not typed or typed == said:
        return False
    if key in EVENTS:
        return not _same_time(typed, said)
    return plate(typed) != plate(said)


def _same_time(typed: str, said: str) -> bool:
    try:
        mine, other = parse_moment(typed), parse_moment(said)
    except Problem:
        return False
    if mine.day_only:
        return local_day(mine.at) == local_day(other.at)
    return abs(mine.at - other.at) < timedelta(minutes=1)
