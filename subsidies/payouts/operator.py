"""The adapter to the digital-yuan operator (batch transfer in the shape of mybank.ecny.fund.batchtransfer).

The operator carries an order out once per `out_request_no`, however often it arrives. So an order whose fate is not
known is asked about, and only where the operator says that it has never seen the number does it leave again, the same.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from core.money import plain_yuan
from ebikes.licensing.answers import Problem
from ebikes.licensing.ask import outside
from ebikes.licensing.errors import garbage
from ebikes.licensing.transport import OutsideSystem, Reply
from subsidies.models import PayoutBatch, PayoutLine

logger = logging.getLogger(__name__)

NEVER_SEEN = object()  # what a query's value is where the operator does not know the number
MEMO = "电动自行车淘汰置换补贴"  # none of / = & < >


@dataclass(frozen=True, slots=True)
class LineResult:
    """What became of one payment: success, or failed for good with the operator's reason."""

    state: PayoutLine.State
    fail_reason: str = ""
    paid_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """A released batch with its lines as they were ordered, leased for one attempt (1 = the first)."""

    batch: PayoutBatch
    lines: Sequence[PayoutLine]
    attempt: int


Results = Mapping[str, LineResult]


def ask_operator(order: Order) -> Results:
    """Find out what became of an order, sending it first where it has not arrived. Results by the lines' numbers.

    Lines that the operator has not finished, or could not be asked about, are missing from the answer. Raises nothing
    for what happens outside.
    """
    return asyncio.run(_ask(order))


async def _ask(order: Order) -> Results:
    async with outside("ecny") as operator:
        asked = await _query(operator, order) if order.attempt > 1 else None
        if asked is None or asked.value is NEVER_SEEN:
            sent = await _send(operator, order)
            if sent.problem is not None:
                return {}
            asked = await _query(operator, order)
        return asked.value if isinstance(asked.value, dict) else {}


async def _send(operator: OutsideSystem, order: Order) -> Reply:
    sent = await operator.post_json("/ecny/transfers", _body(order), idempotent=True)
    if (
        sent.problem is Problem.REJECTED
    ):  # it will not take the order as it is: nothing is paid, a person must look
        logger.error("the operator rejects order %s (HTTP %s)", order.batch.request_no, sent.status)
    return sent


async def _query(operator: OutsideSystem, order: Order) -> Reply:
    return await operator.post_json(
        "/ecny/transfers/query",
        {"out_request_no": order.batch.request_no},
        idempotent=True,
        answers=frozenset({200, 404}),
        read=lambda reply: _read(reply, order),
    )


def _body(order: Order) -> dict[str, Any]:
    total = sum(line.amount_fen for line in order.lines)
    return {
        "out_request_no": order.batch.request_no,
        "payer_wallet_id": settings.PAYER_WALLET,
        "payer_name": settings.PAYER_NAME,
        "total_amount": plain_yuan(total),
        "total_num": len(order.lines),
        "transfer_purpose": MEMO,
        "lines": [
            {
                "out_request_no": line.request_no,
                **(
                    {"payee_wallet_id": line.payee_wallet}
                    if line.payee_wallet
                    else {"payee_phone": line.payee_phone}
                ),
                "payee_name": line.payee_name,
                "payee_inst_id": line.payee_operator,
                "amount": plain_yuan(line.amount_fen),
                "memo": MEMO,
            }
            for line in order.lines
        ],
    }


def _read(reply: Reply, order: Order) -> Results | object:
    """The finished lines of an answer, or NEVER_SEEN. Raises garbage where it is not about this order, line for line."""
    try:
        body = reply.body
        if body["out_request_no"] != order.batch.request_no:
            raise garbage()
        if reply.status == 404:
            if body["code"] != "NOT_FOUND":
                raise garbage()
            return NEVER_SEEN
        if body["state"] == "ACCEPT_FAIL":  # refused as a whole: nothing was paid, nothing will be
            refused = LineResult(PayoutLine.State.FAILED, fail_reason=str(body["fail_reason"])[:64])
            return {line.request_no: refused for line in order.lines}
        return _read_lines(body["lines"], {line.request_no for line in order.lines})
    except (KeyError, TypeError, ValueError) as error:
        raise garbage() from error


def _read_lines(answered: Sequence[Mapping[str, Any]], ours: set[str]) -> Results:
    lines = {line["out_request_no"]: line for line in answered}
    if set(lines) != ours:
        raise garbage()
    results = {number: _read_line(line) for number, line in lines.items()}
    return {number: result for number, result in results.items() if result is not None}


def _read_line(line: Mapping[str, Any]) -> LineResult | None:
    match line["state"]:
        case "SUCCESS":
            return LineResult(PayoutLine.State.SUCCESS, paid_at=_aware(line["gmt_pay"]))
        case "FAIL":
            return LineResult(PayoutLine.State.FAILED, fail_reason=str(line["fail_reason"])[:64])
        case "INIT":
            return None
    raise ValueError(f"state {line['state']!r}")


def _aware(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment
