"""A stage of a scheme as its policy lays it down: whoever plans, judges or forecasts means this."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class StageTerms:
    """Local dates, both inclusive (Asia/Shanghai); fen; `cap_fen` is None where the stage has no cap of its own."""

    no: int
    starts_on: date
    ends_on: date
    amount_fen: int
    cap_fen: int | None = None

    def covers(self, day: date) -> bool:
        return self.starts_on <= day <= self.ends_on

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
