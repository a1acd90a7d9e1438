"""What a cell reports is taken in: its sums of today, and the statements of heads that are new."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.audit.acting import acting
from core.shanghai import local_day
from subsidies.heads.statement import NotAHead, SignedHeads, read_statement
from subsidies.models import CellHead, CellSum
from subsidies.province.models import FEN
from subsidies.states import ClaimState

logger = logging.getLogger(__name__)
STATES = frozenset(ClaimState.values)


class NotAReport(ValueError):
    """It is not what a cell reports."""


def take_report(*, cell: str, told: Mapping[str, Any], now: datetime) -> str:
    """Keep a report of a cell; return the name of its newest statement of heads that is kept. Raises NotAReport.

    A statement that does not continue the one before is kept with its fault, and is an alarm.
    """
    try:
        sums = [_sum(cell, each, now=now) for each in told["schemes"]]
        heads = sorted((str(each["name"]), str(each["text"])) for each in told["heads"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotAReport(type(error).__name__) from error
    with acting("take_report", by=None, now=now):
        CellSum.objects.bulk_create(
            sums,
            update_conflicts=True,
            unique_fields=["cell", "scheme", "day"],
            update_fields=["name", *FEN, "states", "told_at"],
        )
        for name, text in heads:
            _take_head(cell, name, text, now=now)
        newest = CellHead.objects.filter(cell=cell).order_by("name").last()
        return newest.name if newest else ""


def _sum(cell: str, told: Mapping[str, Any], *, now: datetime) -> CellSum:
    money = {name: told[name] for name in FEN}
    states = {state: count for state, count in told["states"].items() if state in STATES}
    if not all(type(each) is int and each >= 0 for each in (*money.values(), *states.values())):
        raise ValueError("figures")
    code, name = str(told["code"])[:64], str(told["name"])[:200]
    return CellSum(cell=cell, scheme=code, name=name, day=local_day(now), states=states, told_at=now, **money)


def _take_head(cell: str, name: str, text: str, *, now: datetime) -> None:
    before = CellHead.objects.filter(cell=cell).order_by("name").last()
    if before is not None and name <= before.name:
        return  # it came before
    fault = _fault(before, text)
    if fault:
        logger.error("alarm: the heads of cell %s do not go on: %s in %s", cell, fault, name)
    CellHead.objects.create(cell=cell, name=name[:32], text=text, fault=fault, taken_at=now)


def _fault(before: CellHead | None, text: str) -> CellHead.Fault:
    said = _read(text)
    if said is None:
        return CellHead.Fault.UNREADABLE
    last = _read(before.text) if before is not None else None
    if last is None:
        return CellHead.Fault.NONE
    if said.public_key != last.public_key:
        return CellHead.Fault.KEY
    if said.heads.previous != last.heads.digest:
        return CellHead.Fault.CHAIN
    went = {code: seq for code, (seq, _hash) in said.heads.ledgers.items()}
    if any(went.get(code, -1) < seq for code, (seq, _hash) in last.heads.ledgers.items()):
        return CellHead.Fault.BACK
    return CellHead.Fault.NONE


def _read(text: str) -> SignedHeads | None:
    try:
        return read_statement(text)
    except NotAHead:
        return None
