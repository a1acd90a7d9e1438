"""Setting a scheme up: its stages, the first version of its policy, its budget."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self

from django.db import transaction

from merchants.models import User
from subsidies.models import PolicyVersion, Scheme, Stage
from subsidies.services.ledger import fund_scheme


class NoScheme(LookupError):
    """There is no scheme yet that a claim could be made under."""


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


@transaction.atomic
def create_scheme(plan: SchemePlan, *, by: User | None, now: datetime) -> Scheme:
    """Create a scheme with its stages, policy version 1 and its first funding."""
    scheme = Scheme.objects.create(
        code=plan.code,
        name=plan.name,
        filing_plate_pattern=plan.filing_plate_pattern,
        digital_plate_pattern=plan.digital_plate_pattern,
    )
    Stage.objects.bulk_create(
        Stage(
            scheme=scheme,
            no=s.no,
            starts_on=s.starts_on,
            ends_on=s.ends_on,
            amount_fen=s.amount_fen,
            cap_fen=s.cap_fen,
        )
        for s in plan.stages
    )
    PolicyVersion.objects.create(
        scheme=scheme,
        version=1,
        head_of_line=plan.head_of_line,
        per_person_cap=plan.per_person_cap,
        filed_years_limit=plan.filed_years_limit,
        settle_lag_hours=plan.settle_lag_hours,
        stages=[each.as_json() for each in sorted(plan.stages, key=lambda each: each.no)],
        created_at=now,
        created_by=by,
    )
    fund_scheme(scheme=scheme, amount_fen=plan.budget_fen, by=by, now=now)
    return Scheme.objects.get(pk=scheme.pk)


def current_scheme() -> Scheme:
    """The scheme that new trade-ins claim under: the newest. Raises NoScheme."""
    scheme = Scheme.objects.order_by("-pk").first()
    if scheme is None:
        raise NoScheme
    return scheme
