"""What the operator says of an order, judged payment by payment.

A payment is believed to have succeeded or failed only where number, state, amount, payee and time all agree with the
order; all else says nothing, and why it does is written down as a doubt. One odd line holds no other line up.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.money import plain_yuan
from ebikes.licensing.errors import TransportError, garbage
from ebikes.licensing.shapes import CLOCK_SKEW, UNFIT, moment
from subsidies.models import PayoutBatch, PayoutLine
from subsidies.payouts.doubts import SILENT, Doubt

SAID = 64  # characters of an odd word that are kept
WHOLE = frozenset({"ACCEPT", "ACCEPTING", "FINISH"})  # the states of an order that is not refused as a whole
_DIGITS = re.compile(r"\d{7,}")
SUCCESS, FAILED, UNKNOWN = PayoutLine.State.SUCCESS, PayoutLine.State.FAILED, PayoutLine.State.UNKNOWN


@dataclass(frozen=True, slots=True)
class LineResult:
    """What became of one payment: success (with its time), failed for good (with the operator's reason), or unknown.

    Unknown without a doubt: it is under way. With a doubt, `said` is the word that was not believed.
    """

    state: PayoutLine.State
    fail_reason: str = ""
    paid_at: datetime | None = None
    doubt: str = ""
    said: str = ""


Results = Mapping[str, LineResult]


def tidy(said: object) -> str:
    """An outside word as far as it is kept in clear: short, printable, without digits that could be somebody's number."""
    text = said if isinstance(said, str) else json.dumps(said, default=str) if said is not None else ""
    return _DIGITS.sub("…", UNFIT.sub("", text))[:SAID]


def doubted(doubt: Doubt, said: object = "") -> LineResult:
    """Nothing was learnt of a payment, because of this."""
    return LineResult(UNKNOWN, doubt=doubt, said=tidy(said))


def judge(body: Mapping[str, Any], batch: PayoutBatch, lines: Sequence[PayoutLine]) -> dict[str, LineResult]:
    """What an answer about an order says of each of its payments, by their numbers.

    Raises garbage where it is not about this order at all, or has not the shape of an answer.
    """
    if not isinstance(body, dict) or body.get("out_request_no") != batch.request_no:
        raise garbage()
    if body.get("state") == "ACCEPT_FAIL":
        return _refused_as_a_whole(body, lines)
    answered = body.get("lines")
    if not isinstance(answered, list):
        raise garbage()
    state = body.get("state", "FINISH")
    if not isinstance(state, str) or state not in WHOLE:
        return {line.request_no: doubted(Doubt.STATE, state) for line in lines}
    if (wrong := _wrong_total(body, lines)) is not None:
        return {line.request_no: doubted(Doubt.TOTAL, wrong) for line in lines}
    said = _by_number(answered)
    return {line.request_no: _judge_line(line, said[line.request_no]) for line in lines}


def judge_again(body: Any, batch: PayoutBatch, lines: Sequence[PayoutLine]) -> dict[str, str]:
    """What a kept answer says of payments of this order: their states, by number. Totals were judged when it came."""
    if not isinstance(body, dict) or body.get("out_request_no") != batch.request_no:
        return {}
    if body.get("state") == "ACCEPT_FAIL":
        return {line.request_no: _failed(body).state for line in lines}
    answered = body.get("lines")
    said = _by_number(answered if isinstance(answered, list) else [])
    return {line.request_no: _judge_line(line, said[line.request_no]).state for line in lines}


def _by_number(answered: Iterable[Any]) -> dict[object, list[Mapping[str, Any]]]:
    said: dict[object, list[Mapping[str, Any]]] = defaultdict(list)
    for each in answered:
        if isinstance(each, dict) and isinstance(each.get("out_request_no"), str):
            said[each["out_request_no"]].append(each)
    return said


def _refused_as_a_whole(body: Mapping[str, Any], lines: Iterable[PayoutLine]) -> dict[str, LineResult]:
    """Nothing was paid and nothing will be; unless it says of a payment more than that, or said so before."""
    said_before = any(
        line.state not in (UNKNOWN, PayoutLine.State.READY) or line.doubt not in SILENT for line in lines
    )
    if body.get("lines") not in (None, []) or said_before:
        return {line.request_no: doubted(Doubt.CONTRADICTION, "ACCEPT_FAIL") for line in lines}
    return {line.request_no: _failed(body) for line in lines}


def _wrong_total(body: Mapping[str, Any], lines: Sequence[PayoutLine]) -> object:
    """The total that is told and is not the order's; None where it agrees, or none is told."""
    ours = {"total_amount": plain_yuan(sum(line.amount_fen for line in lines)), "total_num": len(lines)}
    return next((body[key] for key, value in ours.items() if body.get(key) not in (None, value)), None)


def _judge_line(line: PayoutLine, said: Sequence[Mapping[str, Any]]) -> LineResult:
    if not said:
        return doubted(Doubt.MISSING)
    judged = {_judge_saying(line, each) for each in said}
    if len(judged) > 1:
        return doubted(Doubt.CONTRADICTION, " / ".join(sorted(str(each.get("state")) for each in said)))
    return judged.pop()


def _judge_saying(line: PayoutLine, said: Mapping[str, Any]) -> LineResult:
    amount, payee = said.get("amount"), said.get("payee")
    if amount not in (None, plain_yuan(line.amount_fen)):
        return doubted(Doubt.AMOUNT, amount)
    if payee is not None and not (isinstance(payee, str) and payee[-4:] == _address(line)[-4:]):
        return doubted(Doubt.PAYEE)
    match said.get("state"):
        case "INIT":
            return LineResult(UNKNOWN)
        case "SUCCESS":
            return _succeeded(said, not_before=line.claim.completed_at)
        case "FAIL":
            return _failed(said)
    return doubted(Doubt.STATE, said.get("state"))


def _succeeded(said: Mapping[str, Any], *, not_before: datetime | None) -> LineResult:
    if said.get("fail_reason") is not None:
        return doubted(Doubt.CONTRADICTION, "SUCCESS / fail_reason")
    paid_at = _paid_at(said, not_before=not_before)
    return (
        doubted(Doubt.TIME, said.get("gmt_pay")) if paid_at is None else LineResult(SUCCESS, paid_at=paid_at)
    )


def _failed(said: Mapping[str, Any]) -> LineResult:
    if said.get("gmt_pay") is not None:
        return doubted(Doubt.CONTRADICTION, "FAIL / gmt_pay")
    reason = said.get("fail_reason")
    if not isinstance(reason, str) or not reason.strip() or reason != tidy(reason):
        return doubted(Doubt.REASON, reason or "")
    return LineResult(FAILED, fail_reason=reason.strip().upper())  # a code, however it is written


def _address(line: PayoutLine) -> str:
    return line.payee_wallet or line.payee_phone or ""


def _paid_at(said: Mapping[str, Any], *, not_before: datetime | None) -> datetime | None:
    """A time with its zone, between the end of the claim's flow and now, clocks being what they are; None for every other.

    Not the release: after a backup was restored, an order that leaves again was paid before.
    """
    try:
        paid_at = moment(said, "gmt_pay")
    except TransportError:
        return None
    return None if not_before is not None and paid_at < not_before - CLOCK_SKEW else paid_at
