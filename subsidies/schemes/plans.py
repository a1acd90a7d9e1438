"""A scheme as it is planned, before it is one."""

from dataclasses import dataclass
from typing import Any, Self

from subsidies.engine.stages import StageTerms

_MAY_LACK = {"review_days", "payer_wallet", "payer_name"}


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
    stages: tuple[StageTerms, ...]
    review_days: int | None = 10
    payer_wallet: str = ""
    payer_name: str = ""

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read a `scheme.json`. Raises KeyError or ValueError where it is not one."""
        if data.get("timezone", "Asia/Shanghai") != "Asia/Shanghai":
            raise ValueError("timezone must be Asia/Shanghai")
        stages = tuple(StageTerms.from_json(each) for each in data["stages"])
        names = cls.__dataclass_fields__.keys() - {"stages"}
        told = {name: data[name] for name in names if name in data or name not in _MAY_LACK}
        return cls(stages=stages, **told)
