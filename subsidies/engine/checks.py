"""The eligibility checks: one predicate per reason for refusal, named by its code, true where the claim is refused."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.shanghai import local_day
from subsidies.engine.case import DEREGISTERED, STANDARD, Case, too_long_after


class Source(StrEnum):
    """Who was asked."""

    EXING = "exing"
    YUNSHENLING = "yunshenling"
    OWN = "own"
    REGISTER = "register"  # of the province, where there is one


class Result(StrEnum):
    """What a check answers. A question that has no subject (a plate that does not exist) is not applicable."""

    PASS = "pass"  # noqa: S105 - not a password
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Check:
    """A predicate with its code, whom it asks, and whether it has a subject at all."""

    code: str
    asks: Source
    refuses: Callable[[Case], bool]
    applies: Callable[[Case], bool]


@dataclass(frozen=True, slots=True)
class Assessment:
    """The checks of one case, once over. `amount_fen` is 0 outside every stage."""

    results: dict[str, Result]
    completed_at: datetime
    completed_by: str
    stage_no: int | None
    amount_fen: int

    @property
    def refusals(self) -> list[str]:
        return sorted(code for code, result in self.results.items() if result is Result.FAIL)


CHECKS: dict[str, Check] = {}


def check(
    asks: Source, applies: Callable[[Case], bool] = lambda case: True
) -> Callable[[Callable[[Case], bool]], Check]:
    """Register a predicate under its own name."""

    def register(predicate: Callable[[Case], bool]) -> Check:
        entry = Check(predicate.__name__, asks, predicate, applies)
        CHECKS[entry.code] = entry
        return entry

    return register


def _on_file(case: Case) -> bool:
    return case.filing is not None and case.exing is not None


def _known_to_exing(case: Case) -> bool:
    return case.exing is not None


def _plated(case: Case) -> bool:
    return case.plate is not None


@check(Source.EXING)
def not_filed(case: Case) -> bool:
    """No such filing: not in the register, or unknown to e行在线."""
    return not _on_file(case)


@check(Source.EXING, applies=_on_file)
def other_owner(case: Case) -> bool:
    """Filed to somebody else."""
    return not all(case.is_the_applicant(f.holder) for f in (case.filing, case.exing) if f)


@check(Source.EXING, applies=_known_to_exing)
def not_deregistered(case: Case) -> bool:
    """The old bike is still on file."""
    return case.exing is not None and case.exing.status != DEREGISTERED


@check(Source.EXING, applies=_known_to_exing)
def not_collected(case: Case) -> bool:
    """The old bike was not handed in."""
    return case.exing is not None and case.exing.collected_at is None


@check(Source.YUNSHENLING)
def no_plate(case: Case) -> bool:
    """The traffic police know no such plate."""
    return case.plate is None


@check(Source.YUNSHENLING, applies=_plated)
def plate_other_owner(case: Case) -> bool:
    """The new plate belongs to somebody else."""
    return case.plate is not None and not case.is_the_applicant(case.plate.holder)


@check(Source.YUNSHENLING, applies=_plated)
def plate_other_vehicle(case: Case) -> bool:
    """The new plate hangs on another vehicle."""
    return case.plate is not None and case.plate.vehicle_code != case.record.vehicle_code


@check(Source.YUNSHENLING, applies=_plated)
def plate_non_standard(case: Case) -> bool:
    """The new bike is not a standard one (GB 17761)."""
    return case.plate is not None and case.plate.vehicle_kind != STANDARD


@check(Source.OWN)
def merchant_not_enabled(case: Case) -> bool:
    """The merchant's trade-in function was not enabled on the day of purchase."""
    return case.merchant_enabled_on is None or case.merchant_enabled_on > local_day(case.record.purchased_at)


@check(Source.OWN)
def point_not_authorised(case: Case) -> bool:
    """The agent point was not authorised on the day of collection; a later withdrawal is not retroactive."""
    day = local_day(case.happened()["collected_at"])
    return not any(start <= day and (end is None or day <= end) for start, end in case.authorised)


@check(Source.OWN, applies=lambda case: case.filing is not None and bool(case.rules.filed_years_limit))
def filed_too_long(case: Case) -> bool:
    """Completed more than the permitted years after filing (条例 art. 19: seven)."""
    if case.filing is None:
        return False
    return too_long_after(case.filing.filed_on, case.completed_on(), case.rules.filed_years_limit)


@check(Source.OWN)
def outside_stages(case: Case) -> bool:
    """Completed on a day that no stage covers."""
    return case.rules.stage_on(case.completed_on()) is None


@check(Source.REGISTER, applies=lambda case: case.taken_elsewhere is not None)
def claimed_elsewhere(case: Case) -> bool:
    """The old bike, the new vehicle or the person has a live claim in another cell of the province."""
    return bool(case.taken_elsewhere)


def assess(case: Case) -> Assessment:
    """Put a case through every check."""
    completed_at, completed_by = case.completion()
    stage = case.rules.stage_on(local_day(completed_at))
    return Assessment(
        results=dict(_results(case)),
        completed_at=completed_at,
        completed_by=completed_by,
        stage_no=stage.no if stage else None,
        amount_fen=stage.amount_fen if stage else 0,
    )


def _results(case: Case) -> Iterator[tuple[str, Result]]:
    for entry in CHECKS.values():
        if entry.asks is Source.REGISTER and case.taken_elsewhere is None:
            continue  # there is no register here
        if not entry.applies(case):
            yield entry.code, Result.NOT_APPLICABLE
        else:
            yield entry.code, Result.FAIL if entry.refuses(case) else Result.PASS
