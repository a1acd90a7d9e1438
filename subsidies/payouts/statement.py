"""The operator's statement: every payment of some days, read through the adapter, page by page."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from core.money import to_fen
from ebikes.licensing.ask import outside
from ebikes.licensing.errors import TransportError, garbage
from ebikes.licensing.shapes import moment
from ebikes.licensing.transport import Reply

MOST_PAGES = 100_000


class Unread(Exception):
    """The statement could not be read to its end; the message is the problem."""


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One payment as the operator's books have it; `paid`: the money is out. Else it was returned."""

    number: str
    amount_fen: int
    paid: bool
    memo: str
    paid_at: datetime
    payee: str = field(repr=False)


def read_statement(*, first: date, last: date) -> list[StatementLine]:
    """All payments of these days (Asia/Shanghai), the last one included. Raises Unread: half a statement is none."""
    return asyncio.run(_read(first, last))


async def _read(first: date, last: date) -> list[StatementLine]:
    found: list[StatementLine] = []
    pages, page = 1, 1
    async with outside("ecny") as operator:
        while page <= pages:
            reply = await operator.post_json(
                "/ecny/statements/query",
                {"date_from": first.isoformat(), "date_to": last.isoformat(), "page": page},
                idempotent=True,
                read=_read_page,
            )
            if reply.problem is not None:
                raise Unread(reply.problem.value)
            told, lines = reply.value
            if page > 1 and told != pages:
                raise Unread("pages")
            pages = told
            found += lines
            page += 1
    return found


def _read_page(reply: Reply) -> tuple[int, list[StatementLine]]:
    body = reply.body
    try:
        pages = body["pages"]
        if type(pages) is not int or not 0 < pages <= MOST_PAGES:
            raise ValueError("pages")
        return pages, [_line(each) for each in body["payments"]]
    except (KeyError, TypeError, ValueError, InvalidOperation, TransportError) as error:
        raise garbage() from error


def _line(told: Mapping[str, Any]) -> StatementLine:
    """Raises KeyError, ValueError: a line that is not understood spoils the page, since a statement is read whole or not."""
    if told["state"] not in ("SUCCESS", "RETURNED"):
        raise ValueError(f"state {told['state']!r}")
    if not isinstance(told["out_request_no"], str) or to_fen(Decimal(str(told["amount"]))) <= 0:
        raise ValueError("number or amount")
    return StatementLine(
        number=str(told["out_request_no"]),
        amount_fen=to_fen(Decimal(str(told["amount"]))),
        paid=told["state"] == "SUCCESS",
        memo=str(told["memo"])[:128],
        paid_at=moment(told, "gmt_pay"),
        payee=str(told["payee"]),
    )
