"""The pilot before its first payment: scheme, register, records, answers of the systems, and the money set aside."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from config.packs.logins import in_role
from core.shanghai import midnight
from ebikes.importing.pipeline import read_file
from ebikes.licensing.answers import Answer, Evidence, ExingRecord, PlateRecord
from ebikes.models import TradeIn
from ebikes.synthetic import PILOT_FEN, write_pilot
from merchants.models import AgentPoint
from subsidies.allocation.services.allocate import allocate
from subsidies.checks.services.check import lease_due_claims, record_answers
from subsidies.intake.services.confirm_import import confirm_import
from subsidies.models import Claim, Scheme
from subsidies.schemes.plans import SchemePlan
from subsidies.schemes.services.create import open_scheme
from subsidies.states import ClaimState

LOT = 500


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """That time of a day at Hangzhou."""
    return midnight(day) + timedelta(hours=hour, minutes=minute)


def prepare_pilot(folder: Path, *, payments: int, first: date, wallets: Mapping[int, str]) -> Scheme:
    """A scheme of so many settled claims, whose payments begin on `first`. `wallets`: as `write_pilot` has them."""
    began, ended, decided = (
        first - timedelta(days=70),
        first - timedelta(days=10),
        at(first - timedelta(days=2), 10),
    )
    officer = in_role("officer")
    opened = at(began - timedelta(days=20), 10)
    scheme = open_scheme(
        _plan(payments, began, ended), by=officer, approved_by=in_role("reviewer"), now=opened
    )
    points = AgentPoint.objects.filter(
        merchant__trade_in_enabled_on__isnull=False, authorizations__ends_on__isnull=True
    )
    numbers = list(points.order_by("pk").values_list("point_no", "merchant__uscc"))
    write_pilot(folder, count=payments, first=began, last=ended, points=numbers, wallets=wallets)
    for name, kind in (("filed_bikes.csv", "filed_bikes"), ("trade_ins.csv", "trade_ins")):
        batch = read_file(folder / name, kind=kind, by=officer, now=decided, progress=lambda _part: None)
        confirm_import(batch=batch, by=in_role("merchants"), now=decided)
    _check(decided)
    allocate(scheme=scheme, now=decided)
    undecided = Claim.objects.filter(scheme=scheme).exclude(state=ClaimState.SETTLED)
    if (left := undecided.count()) or not payments:
        raise RuntimeError(f"{left} claims of the pilot were not settled")
    return scheme


def _plan(payments: int, began: date, ended: date) -> SchemePlan:
    stage = {"no": 1, "starts_on": began.isoformat(), "ends_on": ended.isoformat(), "amount_fen": PILOT_FEN}
    return SchemePlan.from_json(
        {
            "code": f"pilot-{began.year}",
            "name": f"拱墅区电动自行车淘汰置换试点（{began.year}）",
            "budget_fen": payments * PILOT_FEN * 11 // 10,
            "head_of_line": "strict",
            "per_person_cap": None,
            "filed_years_limit": None,
            "settle_lag_hours": 0,
            "filing_plate_pattern": r"^杭[A-Z]\d{6}$",
            "digital_plate_pattern": r"^浙A[0-9A-Z]{6}$",
            "stages": [{**stage, "cap_fen": None}],
        }
    )


def _check(now: datetime) -> None:
    """Both systems say of every record what it says itself."""
    while due := lease_due_claims(limit=LOT, now=now):
        known = TradeIn.objects.select_related("owner", "agent_point").in_bulk([d.trade_in_id for d in due])
        record_answers(
            due,
            exing={d.exing_plate: _filing(known[d.trade_in_id], now) for d in due if d.exing_plate},
            yunshenling={
                d.yunshenling_plate: _plate(known[d.trade_in_id], now) for d in due if d.yunshenling_plate
            },
            now=now,
        )


def _filing(record: TradeIn, now: datetime) -> Answer[ExingRecord]:
    told = ExingRecord(
        filing_plate_no=record.filing_plate_no,
        id_no=record.owner.id_no,
        status="已注销",
        deregistered_at=record.deregistered_at,
        collected_at=record.collected_at,
        agent_point_no=record.agent_point.point_no,
    )
    return Answer("found", told, _evidence("exing", now))


def _plate(record: TradeIn, now: datetime) -> Answer[PlateRecord]:
    told = PlateRecord(
        plate_no=record.digital_plate_no,
        vehicle_code=record.vehicle_code,
        id_no=record.owner.id_no,
        plated_at=record.plated_at,
        vehicle_kind="标准",
    )
    return Answer("found", told, _evidence("yunshenling", now))


def _evidence(system: str, now: datetime) -> Evidence:
    return Evidence(system, uuid4().hex, now, now, f"{system}/1", 200, "{}")
