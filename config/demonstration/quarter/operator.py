"""The stub's operator over HTTP in this process, with the clock of the day that is lived through."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from aiohttp import web
from django.conf import settings
from django.utils import timezone

from core.money import plain_yuan
from ebikes.licensing.outside import stub_signatures
from ebikes.licensing.stub.faults import Behaviour, Faults
from ebikes.licensing.stub.operator import Entry, Operator
from ebikes.licensing.stub.server import make_app
from ebikes.licensing.stub.world import Register, World, show_filing, show_plate

START_SECONDS = 10


class SlyOperator(Operator):
    """It can say of a payment that it failed, although its book has it as made; or tell another amount in its statement."""

    def __init__(self) -> None:
        self.now = timezone.now()
        super().__init__(clock=lambda: self.now)
        self.denied: set[str] = set()
        self.misstated: dict[str, int] = {}  # fen, by number

    def _show_line(self, line: Entry) -> Entry:
        told = super()._show_line(line)
        if line["out_request_no"] in self.denied:
            return told | {"state": "FAIL", "fail_reason": "WALLET_FROZEN", "gmt_pay": None}
        return told

    def statement(self, first: date, last: date) -> list[Entry]:
        """As the book has it, but for the amounts that are told otherwise."""
        return [
            line | {"amount": plain_yuan(self.misstated[line["out_request_no"]])}
            if line["out_request_no"] in self.misstated
            else line
            for line in super().statement(first, last)
        ]


@contextmanager
def operator_here() -> Iterator[SlyOperator]:
    """The operator is reached on a free port of this machine meanwhile."""
    operator = SlyOperator()
    nobody = World(Register({}, show_filing), Register({}, show_plate))
    app = make_app(
        world=nobody,
        operator=operator,
        faults=Faults(Behaviour(), 0),
        token=settings.ECNY_TOKEN,
        signatures=stub_signatures(),
    )
    before = settings.ECNY_URL
    with _served(app) as address:
        settings.ECNY_URL = address
        try:
            yield operator
        finally:
            settings.ECNY_URL = before


@contextmanager
def _served(app: web.Application) -> Iterator[str]:
    loop, ready, stop = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    address: list[str] = []

    async def serve() -> None:
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        address.append(f"http://127.0.0.1:{runner.addresses[0][1]}")
        ready.set()
        await stop.wait()
        await runner.cleanup()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    ready.wait(START_SECONDS)
    try:
        yield address[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(START_SECONDS)
        loop.close()
