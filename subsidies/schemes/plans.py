"""A scheme as it is planned, before it is one."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class StagePlan:
    """A stage as planned: local dates, both inclusive; fen."""

    no: int
    starts_on: date
    ends_on: date
    amount_fen: int
    cap_fen: int | None

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read a stage as it is written in a `scheme.json` or a policy version. Raises KeyError or ValueError."""
        first, last = (date.fromisoformat(data[name]) for name in ("starts_on", "ends_on"))
        return cls(data["no"], first, last, data["amount_fen"], data["cap_fen"])

    def as_json(self) -> dict[str, Any]:
        return {
            "no": self.no,
            "starts_on": self.starts_on.isoformat(),
            "ends_on": self.ends_on.isoformat(),
            "amount_fen": self.amount_fen,
            "cap_fen": self.cap_fen,
        }


@dataclass(frozen=True, slots=True)
class SchemePlan:
    """A scheme as a district writes it down (`scheme.json`)."""

    code: str
    name: str
    budget_fen: int
    head_of_line: str
    per_person_cap: int | None
    filed_years_limit: int | None
    settle_lag_hours: int
    filing_plate_pattern: str
    digital_plate_pattern: str
    stages: tuple[StagePlan, ...]

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read a `scheme.json`. Raises KeyError or ValueError where it is not one."""
        if data.get("timezone", "Asia/Shanghai") != "Asia/Shanghai":
            raise ValueError("timezone must be Asia/Shanghai")
        stages = tuple(StagePlan.from_json(each) for each in data["stages"])
        names = cls.__dataclass_fields__.keys() - {"stages"}
        return cls(stages=stages, **{name: data[name] for name in names})
