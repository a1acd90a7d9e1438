"""The adapter to the digital-yuan operator (batch transfer in the shape of mybank.ecny.fund.batchtransfer).

The operator carries an order out once per `out_request_no`, however often it arrives. So an order whose fate is not
known is asked about, and only where the operator says that it has never seen the number does it leave again, the same;
and only while the operator must still know it (`OPERATOR_MEMORY_DAYS`). What it says is judged in `judge.py`.
"""

import asyncio
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from core.money import plain_yuan
from ebikes.licensing.answers import Problem
from ebikes.licensing.ask import outside
from ebikes.licensing.errors import TransportError, garbage
from ebikes.licensing.responses import decode_json
from ebikes.licensing.transport import OutsideSystem, Reply
from subsidies.models import OperatorAnswer, PayoutBatch, PayoutLine
from subsidies.payouts.doubts import Doubt
from subsidies.payouts.judge import Results, doubted, judge, tidy

logger = logging.getLogger(__name__)

NEVER_SEEN = object()  # what a query's value is where the operator does not know the number
PURPOSE = "电动自行车淘汰置换补贴"
_NOT_IN_A_MEMO = re.compile(r"[/=&<>]")


@dataclass(frozen=True, slots=True)
class Order:
    """A released batch with its lines as they were ordered, leased for one attempt (1 = the first).

    `lines`: those that go out; what is known to be paid, or was altered, is not among them. `forgotten`: it was sent so
    long ago that an operator who does not know it proves nothing. `may_be_there`: an earlier sending may have arrived, so
    that declining it now proves nothing either. `known`: what became of those that do not go out. `withheld`: where it is
    only asked about, for it rests upon something unproved: what becomes of those where the operator knows nothing of it.
    """

    batch: PayoutBatch
    lines: Sequence[PayoutLine]
    attempt: int
    forgotten: bool = False
    may_be_there: bool = False
    known: Results = field(default_factory=dict)
    withheld: Results = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Said:
    """One answer as it was received."""

    asked: OperatorAnswer.Asked
    at: datetime
    http_status: int | None
    problem: str
    request_id: str
    raw: str = field(repr=False)
    proof: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Heard:
    """What asking about an order came to: what is known of its payments, by number, and every answer as received.

    `rejected`: the operator declined the order itself and knows nothing of it; in which words.
    """

    results: Results = field(default_factory=dict)
    said: tuple[Said, ...] = ()
    rejected: str = ""


def ask_operator(order: Order) -> Heard:
    """Find out what became of an order, sending it first where it has not arrived.

    Payments that the operator has not finished, or could not be asked about, are missing from the results. Raises nothing
    for what happens outside.
    """
    heard = asyncio.run(_ask(order)) if order.lines else Heard()
    return replace(heard, results={**heard.results, **order.known})


async def _ask(order: Order) -> Heard:
    said: list[Said] = []
    rejected = ""
    async with outside("ecny") as operator:
        asked = await _query(operator, order, said) if order.attempt > 1 else None
        if asked is not None and asked.value is NEVER_SEEN and order.forgotten:
            lost = {line.request_no: doubted(Doubt.FORGOTTEN) for line in order.lines}
            return Heard(lost, tuple(said))
        if asked is not None and asked.value is NEVER_SEEN and order.withheld:
            return Heard(order.withheld, tuple(said))
        if asked is None or asked.value is NEVER_SEEN:
            sent = await _send(operator, order, said)
            if sent.problem is Problem.REJECTED:
                rejected = f"HTTP {sent.status} {_code_of(sent)}".strip()
            elif sent.problem is not None:
                return Heard({}, tuple(said))
            asked = await _query(operator, order, said)
        if rejected and asked.value is NEVER_SEEN and order.may_be_there:
            lost = {line.request_no: doubted(Doubt.FORGOTTEN) for line in order.lines}
            return Heard(lost, tuple(said))
        if rejected and asked.value is NEVER_SEEN:
            return Heard(_known_otherwise(sent, order), tuple(said), rejected)
        return Heard(asked.value if isinstance(asked.value, dict) else {}, tuple(said))


async def _send(operator: OutsideSystem, order: Order, said: list[Said]) -> Reply:
    sent = await operator.post_json("/ecny/transfers", _body(order), idempotent=True)
    said.append(_as_received(OperatorAnswer.Asked.SENT, sent))
    if sent.problem is Problem.REJECTED:
        logger.error("the operator rejects order %s (HTTP %s)", order.batch.request_no, sent.status)
    return sent


async def _query(operator: OutsideSystem, order: Order, said: list[Said]) -> Reply:
    asked = await operator.post_json(
        "/ecny/transfers/query",
        {"out_request_no": order.batch.request_no},
        idempotent=True,
        answers=frozenset({200, 404}),
        read=lambda reply: _read(reply, order),
    )
    said.append(_as_received(OperatorAnswer.Asked.QUERIED, asked))
    return asked


def _as_received(asked: OperatorAnswer.Asked, reply: Reply) -> Said:
    problem = reply.problem.value if reply.problem else ""
    return Said(asked, reply.answered_at, reply.status, problem, reply.request_id, reply.raw, reply.proof)


def _declined(reply: Reply) -> dict[str, Any]:
    """The body of an answer that declines an order; empty where it is not JSON."""
    try:
        body = decode_json(reply.raw)
    except TransportError:
        return {}
    return body if isinstance(body, dict) else {}


def _code_of(reply: Reply) -> str:
    return tidy(_declined(reply).get("code", ""))[:40]


def _known_otherwise(reply: Reply, order: Order) -> Results:
    """The payment that the operator says it knows with other content: it was ordered before, by whomever."""
    declined = _declined(reply)
    if declined.get("code") != "DUPLICATE_DIFFERENT":
        return {}
    known = declined.get("out_request_no")
    return {line.request_no: doubted(Doubt.KNOWN) for line in order.lines if line.request_no == known}


def memo_of(line: PayoutLine) -> str:
    """What stands beside the payment in every statement: its purpose and the record's number, for a person to match.

    A supplement's has its name behind that.
    """
    record = _NOT_IN_A_MEMO.sub("-", line.claim.trade_in.record_no)
    return f"{PURPOSE} {record}" + (f" {line.supplement.ref}" if line.supplement else "")


def _body(order: Order) -> dict[str, Any]:
    total = sum(line.amount_fen for line in order.lines)
    return {
        "out_request_no": order.batch.request_no,
        "payer_wallet_id": order.batch.payer_wallet,
        "payer_name": order.batch.payer_name,
        "total_amount": plain_yuan(total),
        "total_num": len(order.lines),
        "transfer_purpose": PURPOSE,
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
                "memo": memo_of(line),
            }
            for line in order.lines
        ],
    }


def _read(reply: Reply, order: Order) -> Results | object:
    """What an answer says of each payment, or NEVER_SEEN. Raises garbage where it is not about this order."""
    body = reply.body
    if reply.status != 404:
        return judge(body, order.batch, order.lines)
    ours = isinstance(body, dict) and body.get("out_request_no") == order.batch.request_no
    if not ours or body.get("code") != "NOT_FOUND":
        raise garbage()
    return NEVER_SEEN
