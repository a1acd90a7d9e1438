"""Real servers on loopback ports: the stub itself, and one that answers exactly what a test says."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from aiohttp import web
from aiohttp.typedefs import Handler

from ebikes.licensing.answers import Answer, ExingRecord, PlateRecord
from ebikes.licensing.exing import exing
from ebikes.licensing.outside import Guard, OutsideConfig
from ebikes.licensing.registers import PlateRegister
from ebikes.licensing.stub.faults import Behaviour, Faults, Mode
from ebikes.licensing.stub.operator import Operator
from ebikes.licensing.stub.server import make_app
from ebikes.licensing.stub.world import Register, World, show_filing, show_plate
from ebikes.licensing.transport import OutsideSystem
from ebikes.licensing.yunshenling import yunshenling

TOKEN = "only-for-tests"
OWNER = "330103194704181460"
OLD_PLATE, OTHER_OLD_PLATE, KEPT_PLATE = "杭A002457", "杭A001678", "杭B000001"
NEW_PLATE, OTHER_NEW_PLATE = "浙A1A1031", "浙A307F94"
FILINGS = {
    OLD_PLATE: (
        OLD_PLATE,
        OWNER,
        "已注销",
        "2022-06-01T10:46:17+08:00",
        "2022-06-01T11:10:04+08:00",
        "GS-DB-027",
    ),
    OTHER_OLD_PLATE: (OTHER_OLD_PLATE, OWNER, "已注销", "2022-06-01T17:17:10+08:00", "", "GS-DB-060"),
    KEPT_PLATE: (KEPT_PLATE, OWNER, "有效", "", "", ""),
}
PLATES = {
    NEW_PLATE: (NEW_PLATE, "156722237270615", OWNER, "2022-06-01T15:52:51+08:00", "标准"),
    OTHER_NEW_PLATE: (OTHER_NEW_PLATE, "557522123925391", OWNER, "2022-06-01T23:09:55+08:00", "标准"),
}
WORLD = World(Register(FILINGS, show_filing), Register(PLATES, show_plate))
# One attempt, no waiting between attempts, a breaker that stays out of the way.
GENTLE = OutsideConfig(
    "test", "", TOKEN, timeout=60.0, attempts=1, rate_per_second=1e6, breaker_failures=10_000, backoff=0.0
)

AnyRegister = PlateRegister[ExingRecord] | PlateRegister[PlateRecord]
AnyAnswer = Answer[ExingRecord] | Answer[PlateRecord]


@dataclass
class Stub:
    """A stub that is running, and the parts of it that a test looks into."""

    url: str
    faults: Faults
    operator: Operator


def failing(*modes: Mode, fail: float = 1.0) -> Behaviour:
    """Fail that share of the requests, in these ways; slow is longer than an impatient client waits."""
    return Behaviour(fail=fail, modes=modes, slow_seconds=0.5)


@asynccontextmanager
async def listening(app: web.Application) -> AsyncIterator[str]:
    """Serve an application on a free port; the value is its address."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.01)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def running_stub(
    behaviour: Behaviour | None = None, *, operator: Operator | None = None, seed: int = 0
) -> AsyncIterator[Stub]:
    """The stub with the small world above."""
    faults, operator = Faults(behaviour or Behaviour(), seed), operator or Operator()
    async with listening(make_app(world=WORLD, operator=operator, faults=faults, token=TOKEN)) as url:
        yield Stub(url, faults, operator)


@asynccontextmanager
async def answering(handler: Handler) -> AsyncIterator[str]:
    """A server that gives every POST to `handler`."""
    app = web.Application()
    app.router.add_post("/{path:.*}", handler)
    async with listening(app) as url:
        yield url


@asynccontextmanager
async def connected(
    url: str, config: OutsideConfig = GENTLE, guard: Guard | None = None
) -> AsyncIterator[OutsideSystem]:
    """A connection to `url`."""
    config = replace(config, base_url=url)
    async with OutsideSystem(config, guard or Guard(config)) as system:
        yield system


@asynccontextmanager
async def both_registers(
    url: str, config: OutsideConfig = GENTLE
) -> AsyncIterator[list[tuple[AnyRegister, str]]]:
    """Each adapter on its own connection, with a plate that its system knows."""
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(connected(url, config))
        other = await stack.enter_async_context(connected(url, config))
        yield [(exing(one), OLD_PLATE), (yunshenling(other), NEW_PLATE)]
