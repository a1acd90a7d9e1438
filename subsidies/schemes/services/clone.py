"""Next year's scheme from this year's: a draft with moved dates, which is open once another person approves it."""

from dataclasses import replace
from datetime import date, datetime

from core.models import District, User
from subsidies.engine.stages import StageTerms
from subsidies.models import Scheme
from subsidies.schemes.plans import SchemePlan
from subsidies.schemes.selectors.faults import faults_of_plan
from subsidies.schemes.selectors.terms import SETTINGS, Proposal
from subsidies.schemes.services.changes import Faulty
from subsidies.schemes.services.create import create_scheme


def moved(stages: tuple[StageTerms, ...], *, years: int = 1) -> tuple[StageTerms, ...]:
    """The stages on the same days of another year; what was 29 February is 28 where there is none."""
    return tuple(
        replace(stage, starts_on=_moved(stage.starts_on, years), ends_on=_moved(stage.ends_on, years))
        for stage in stages
    )


def clone_scheme(  # noqa: PLR0913 - called by name
    *,
    source: Scheme | None,
    code: str,
    name: str,
    proposal: Proposal,
    by: User,
    now: datetime,
    district: District | None = None,
) -> Scheme:
    """Draft a scheme with these terms and this much money, plates read as in `source`. Raises Faulty.

    Its first change waits for another person, whose approval opens it. `district`: the one chosen for it (`in_district`).
    """
    terms = proposal.terms
    plan = SchemePlan(
        code=code.strip(),
        name=name.strip(),
        budget_fen=proposal.budget_fen,
        filing_plate_pattern=source.filing_plate_pattern if source else "",
        digital_plate_pattern=source.digital_plate_pattern if source else "",
        stages=terms.stages,
        **{each: getattr(terms, each) for each in SETTINGS},
    )
    if faults := faults_of_plan(plan, district=district.pk if district else None):
        raise Faulty(faults)
    return create_scheme(plan, by=by, now=now, note=proposal.note.strip(), ref=proposal.ref.strip())


def _moved(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
