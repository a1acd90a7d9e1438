"""What the checks look at: the record, the register, the answers, and the rules. Times aware, days in Asia/Shanghai."""

from dataclasses import dataclass
from datetime import date, datetime

from core.shanghai import local_day
from subsidies.engine.stages import StageTerms

DEREGISTERED, STANDARD = "已注销", "标准"


def anniversary(day: date, years: int) -> date:
    """The same day `years` later; 29 February counts to 28 February where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def too_long_after(filed_on: date, completed_on: date, years: int | None) -> bool:
    """Whether a bike was replaced more than the permitted years after its filing; None: there is no limit."""
    return bool(years) and completed_on > anniversary(filed_on, years or 0)


@dataclass(frozen=True, slots=True)
class Record:
    """The trade-in as handed in. `holder` stands for the applicant's identity number (its blind index)."""

    holder: bytes
    vehicle_code: str
    deregistered_at: datetime
    collected_at: datetime
    purchased_at: datetime
    plated_at: datetime


@dataclass(frozen=True, slots=True)
class Filing:
    """The bike in the district's register."""

    holder: bytes
    filed_on: date


@dataclass(frozen=True, slots=True)
class ExingFacts:
    """What e行在线 says of the old bike."""

    holder: bytes
    status: str
    deregistered_at: datetime | None
    collected_at: datetime | None


@dataclass(frozen=True, slots=True)
class PlateFacts:
    """What 云申领 says of the new bike."""

    holder: bytes
    vehicle_code: str
    plated_at: datetime | None
    vehicle_kind: str


@dataclass(frozen=True, slots=True)
class Paper:
    """Paper evidence that counts in this case. `subject`: the system whose answer it is, or why `holder`, whom the systems
    name, stands for the applicant.
    """

    id: int
    subject: str
    holder: bytes | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """What the policy version and the stages lay down."""

    stages: tuple[StageTerms, ...]
    filed_years_limit: int | None

    def stage_on(self, day: date) -> StageTerms | None:
        """The stage whose window holds this local date."""
        return next((s for s in self.stages if s.covers(day)), None)


@dataclass(frozen=True, slots=True)
class Case:
    """Everything the checks look at. None for `filing`, `exing`, `plate` means: asked, and there is none."""

    record: Record
    filing: Filing | None
    exing: ExingFacts | None
    plate: PlateFacts | None
    merchant_enabled_on: date | None
    authorised: tuple[tuple[date, date | None], ...]
    rules: Rules
    papers: tuple[Paper, ...] = ()
    taken_elsewhere: bool | None = None  # as the province's lock register says; None: there is none

    def is_the_applicant(self, holder: bytes) -> bool:
        """Whether a register's holder is who applied, or on paper stands for that person."""
        return holder == self.record.holder or holder in {paper.holder for paper in self.papers}

    def happened(self) -> dict[str, datetime]:
        """When each event took place: the issuing authority's word before the record's (domain: sources conflict)."""
        exing, plate, record = self.exing, self.plate, self.record
        return {
            "deregistered_at": (exing and exing.deregistered_at) or record.deregistered_at,
            "collected_at": (exing and exing.collected_at) or record.collected_at,
            "purchased_at": record.purchased_at,
            "plated_at": (plate and plate.plated_at) or record.plated_at,
        }

    def completion(self) -> tuple[datetime, str]:
        """When the whole flow was finished, and the event that finished it (the later in the process, on a tie)."""
        events = self.happened()
        last = max(reversed(events), key=lambda name: events[name])
        return events[last], last

    def completed_on(self) -> date:
        return local_day(self.completion()[0])
