"""The numbers under which the operator knows what it was told to pay: derived from what is paid, never drawn.

Ids of rows play no part: a restored backup hands them out again, and must arrive at the same numbers. The key keeps a
number from telling whose payment it is. Who changes INDEX_KEY changes every number: only while nothing is on its way.
"""

from collections.abc import Iterable

from core.privacy.sealing import blind_index


def payment_no(*, scheme_code: str, record_no: str, vehicle_code: str, amount_fen: int, attempt: int) -> str:
    """The number of one payment, 32 capitals and digits: the same facts give the same number for ever.

    `attempt` counts from 1; a next one exists only after the operator said for good that the last one failed or came back.
    """
    what = "\x1f".join((scheme_code, record_no, vehicle_code, str(amount_fen), str(attempt)))
    return blind_index(what, context="payment").hex().upper()


def order_no(payments: Iterable[str]) -> str:
    """The number of an order: that of just these payments, in whatever order they stand."""
    return blind_index("\x1f".join(sorted(payments)), context="order").hex().upper()
