"""The adapter to the lock register of the province. Never go through it inside a transaction."""

import asyncio
from collections.abc import Sequence
from typing import Any

from ebikes.licensing.ask import outside
from ebikes.licensing.errors import garbage
from ebikes.licensing.transport import Reply
from subsidies.locks.protocol import LOCKS, Answer, Asking, NotThisProtocol, Question, read_answer


def ask_register(asking: Asking) -> Answer | None:
    """What the register answers; None where it is away, or what came cannot be believed. Raises nothing for that."""
    reply = asyncio.run(_post(LOCKS, asking.as_json(), asking.questions))
    answer = reply.value if reply.problem is None else None
    return answer if isinstance(answer, Answer) else None


async def _post(path: str, body: dict[str, Any], asked: Sequence[Question]) -> Reply:
    def read(reply: Reply) -> Answer:
        try:
            return read_answer(reply.body, asked)
        except NotThisProtocol as error:
            raise garbage() from error

    async with outside("register") as register:
        return await register.post_json(path, body, idempotent=True, read=read)
