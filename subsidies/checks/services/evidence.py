"""Answers of the licensing systems on their way into the database, and back as facts for the checks."""

from datetime import datetime
from typing import Any

from ebikes.licensing.answers import Answer, ExingRecord, PlateRecord
from ebikes.models import LicensingAnswer
from ebikes.records.persons import number_index


def keep_answer(trade_in_id: int, system: str, answer: Answer[Any]) -> LicensingAnswer:
    """Make the row that keeps an answer for ever: the person in it as a blind index, the wording sealed."""
    evidence, record = answer.evidence, answer.record
    return LicensingAnswer(
        trade_in_id=trade_in_id,
        system=system,
        outcome=answer.outcome,
        problem=answer.problem or "",
        facts=_facts(record),
        holder_index=number_index(record.id_no) if record else None,
        raw=evidence.raw,
        request_id=evidence.request_id,
        answered_at=evidence.answered_at,
        adapter_version=evidence.adapter_version,
    )


def _facts(record: ExingRecord | PlateRecord | None) -> dict[str, str | None]:
    match record:
        case ExingRecord():
            return {
                "status": record.status,
                "deregistered_at": _text(record.deregistered_at),
                "collected_at": _text(record.collected_at),
                "agent_point_no": record.agent_point_no,
            }
        case PlateRecord():
            return {
                "vehicle_code": record.vehicle_code,
                "plated_at": _text(record.plated_at),
                "vehicle_kind": record.vehicle_kind,
            }
        case None:
            return {}


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
