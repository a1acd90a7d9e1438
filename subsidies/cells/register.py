"""The adapter to the lock register of the province. Never go through it inside a transaction."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from ebikes.licensing.ask import outside
from ebikes.licensing.errors import garbage
from ebikes.licensing.transport import Reply
from subsidies.locks.protocol import HELD, LOCKS, REPORTS, Answer, Asking, NotThisProtocol, read_answer

Read = TypeVar("Read")


def ask_register(asking: Asking) -> Answer | None:
    """What the register answers; None where it is away, or what came cannot be believed. Raises nothing for that."""

    def read(body: Any) -> Answer:
        return read_answer(body, asking.questions)

    return asyncio.run(_post(LOCKS, asking.as_json(), read))


def report_to_province(told: dict[str, Any]) -> str | None:
    """Tell the province how things stand here; return the name of the newest statement of heads that it has, or None where
    it was not told.
    """
    return asyncio.run(_post(REPORTS, told, _newest))


def held_at_register(cell: str, *, after: str = "") -> dict[str, Any] | None:
    """A page of what the register holds for this cell: `held`, by record number, and `next`; None where it is away."""
    return asyncio.run(_post(HELD, {"cell": cell, "after": after}, _page))


def _page(body: Any) -> dict[str, Any]:
    try:
        held = {str(each["claim"]): each["kept"] is True for each in body["held"]}
        return {"held": held, "next": str(body["next"])}
    except (KeyError, TypeError, AttributeError) as error:
        raise NotThisProtocol("no page") from error


def _newest(body: Any) -> str:
    if not isinstance(body, dict) or not isinstance(body.get("newest"), str):
        raise NotThisProtocol("no name")
    return str(body["newest"])


async def _post(path: str, body: dict[str, Any], read: Callable[[Any], Read]) -> Read | None:
    def judged(reply: Reply) -> Read:
        try:
            return read(reply.body)
        except NotThisProtocol as error:
            raise garbage() from error

    async with outside("register") as register:
        reply = await register.post_json(path, body, idempotent=True, read=judged)
    value: Read | None = reply.value if reply.problem is None else None
    return value
