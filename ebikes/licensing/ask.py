"""The door for synchronous callers, such as Celery tasks. Never go through it inside a transaction."""

import asyncio
from collections.abc import Sequence

from ebikes.licensing.answers import Answer, ExingRecord, PlateRecord
from ebikes.licensing.exing import exing as exing_register
from ebikes.licensing.outside import OutsideConfig, guard_of
from ebikes.licensing.transport import OutsideSystem
from ebikes.licensing.yunshenling import yunshenling as yunshenling_register

ExingAnswers = dict[str, Answer[ExingRecord]]
PlateAnswers = dict[str, Answer[PlateRecord]]


def outside(name: str) -> OutsideSystem:
    """A connection to exing, yunshenling or ecny as configured, under this process's breaker and rate limit.

    To be entered with `async with`. Raises KeyError for another name.
    """
    config = OutsideConfig.from_settings(name)
    return OutsideSystem(config, guard_of(config))


def look_up_all(
    *, exing: Sequence[str], yunshenling: Sequence[str], patience: float | None = None
) -> tuple[ExingAnswers, PlateAnswers]:
    """Ask e行在线 about filing plates and 云申领 about new plates, both at the same time.

    Every plate gets an answer; what went wrong outside is an unknown one. Raises TimeoutError after `patience` seconds,
    for somebody who waits. Runs an event loop of its own, so it raises RuntimeError inside a running one.
    """
    return asyncio.run(asyncio.wait_for(_look_up_all(exing, yunshenling), patience))


async def _look_up_all(exing: Sequence[str], yunshenling: Sequence[str]) -> tuple[ExingAnswers, PlateAnswers]:
    async with outside("exing") as one, outside("yunshenling") as other:
        return await asyncio.gather(
            exing_register(one).look_up_many(exing), yunshenling_register(other).look_up_many(yunshenling)
        )
