"""What a licensing system answers: found, absent or unknown, always with its evidence.

Unknown is not an answer: it says only that nothing was learnt, and why. Identity numbers and raw answers are
kept out of every `repr`, so that neither logs nor tracebacks carry them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, Literal, Protocol, TypeVar

Record = TypeVar("Record")
Outcome = Literal["found", "absent", "unknown"]


class Problem(StrEnum):
    """Why nothing was learnt."""

    TIMEOUT = "timeout"
    REFUSED = "refused"  # no connection could be made: nothing was sent
    DROPPED = "dropped"  # the connection broke while a request was under way
    GARBAGE = "garbage"  # an answer that cannot be believed: not JSON, wrong shape, about something else
    UNKNOWN_WORD = "unknown_word"  # an answer in a word that is not on the closed list of its field
    CONTRADICTION = "contradiction"  # an answer that says two things at once
    SERVER_ERROR = "server_error"
    THROTTLED = "throttled"
    BREAKER_OPEN = "breaker_open"  # not asked: the system has been failing
    UNVERIFIED = "unverified"  # not signed by the system, or not for this request, or not now
    UNAUTHORISED = "unauthorised"
    REJECTED = "rejected"  # the system understood and declined the request itself
    INTERNAL = "internal"  # a fault of our own


@dataclass(frozen=True, slots=True)
class Evidence:
    """How an answer came about. Times are aware; `raw` is the answer as received (empty where none was).

    `http_status` is None where no response arrived. `request_id` is the X-Request-Id that was sent.
    """

    source: str
    request_id: str
    asked_at: datetime
    answered_at: datetime
    adapter_version: str
    http_status: int | None
    raw: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ExingRecord:
    """A filing as e行在线 knows it. `status` is one of its closed list of words; None is a time it lacks."""

    filing_plate_no: str
    id_no: str = field(repr=False)
    status: str
    deregistered_at: datetime | None
    collected_at: datetime | None
    agent_point_no: str


@dataclass(frozen=True, slots=True)
class PlateRecord:
    """A new plate as 云申领 knows it. `vehicle_code` is folded, `vehicle_kind` one of its closed list of words."""

    plate_no: str
    vehicle_code: str
    id_no: str = field(repr=False)
    plated_at: datetime
    vehicle_kind: str


@dataclass(frozen=True, slots=True)
class Answer(Generic[Record]):
    """Found with a record, absent for certain, or unknown with a problem."""

    outcome: Outcome
    record: Record | None
    evidence: Evidence
    problem: Problem | None = None


class LicensingSystem(Protocol[Record]):
    """The interface of a licensing system. Neither method raises for anything that happens outside."""

    name: str
    version: str

    async def look_up(self, plate: str) -> Answer[Record]:
        """Ask about one plate."""

    async def look_up_many(self, plates: Sequence[str]) -> dict[str, Answer[Record]]:
        """Ask about many; every plate gets its own answer."""
