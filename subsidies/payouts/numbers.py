"""The numbers under which the operator knows what it was told to pay: derived from what is paid, never drawn.

Ids of rows play no part: a restored backup hands them out again, and must arrive at the same numbers. The key keeps a
number from telling whose payment it is. NUMBER_KEY is never changed: it would change every number.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from core.privacy.sealing import fingerprint


class Payment(NamedTuple):
    """What a payment is: these facts, and nothing else, make its number. `piece`: a supplement's name; else the subsidy."""

    scheme_code: str
    record_no: str
    vehicle_code: str
    amount_fen: int
    attempt: int
    piece: str = ""


def payment_no(**facts: Any) -> str:
    """The number of one payment (the facts of `Payment`), 32 capitals and digits: the same facts give the same for ever.

    `attempt` counts from 1; a next one exists only after the operator said for good that the last one failed or came back.
    """
    *own, piece = Payment(**facts)
    what = "\x1f".join(map(str, [*own, piece] if piece else own))
    return fingerprint(what, context="payment").hex().upper()


def order_no(payments: Iterable[str]) -> str:
    """The number of an order: that of just these payments, in whatever order they stand."""
    return fingerprint("\x1f".join(sorted(payments)), context="order").hex().upper()
