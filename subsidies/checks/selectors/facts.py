"""What the systems' kept answers say, as the engine reads it. They tell a number and not its kind: it is of `kind`."""

from datetime import datetime

from ebikes.models import LicensingAnswer
from ebikes.records.persons import document
from subsidies.engine.case import ExingFacts, PlateFacts


def exing_facts(answer: LicensingAnswer, kind: str) -> ExingFacts | None:
    """What e行在线 said, for the checks; None where it knows no such filing."""
    if answer.outcome != LicensingAnswer.Outcome.FOUND:
        return None
    facts = answer.facts
    return ExingFacts(
        holder=document(kind, answer.holder_index or b""),
        status=facts["status"],
        deregistered_at=_moment(facts["deregistered_at"]),
        collected_at=_moment(facts["collected_at"]),
    )


def plate_facts(answer: LicensingAnswer, kind: str) -> PlateFacts | None:
    """What 云申领 said, for the checks; None where it knows no such plate."""
    if answer.outcome != LicensingAnswer.Outcome.FOUND:
        return None
    facts = answer.facts
    return PlateFacts(
        holder=document(kind, answer.holder_index or b""),
        vehicle_code=facts["vehicle_code"],
        plated_at=_moment(facts["plated_at"]),
        vehicle_kind=facts["vehicle_kind"],
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
