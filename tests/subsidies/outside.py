"""The stub of the outside systems in a thread of its own, for services that open event loops themselves."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from django.utils import timezone

from core.shanghai import local_day, midnight, today
from ebikes.licensing import outside as outside_module
from ebikes.licensing.outside import stub_signatures
from ebikes.licensing.stub.faults import Behaviour, Faults
from ebikes.licensing.stub.operator import Operator
from ebikes.licensing.stub.server import make_app
from ebikes.licensing.stub.world import Register, World, show_filing, show_plate
from ebikes.models import FiledBike, TradeIn
from subsidies.models import StatementReading
from subsidies.payouts.statement import read_statement
from subsidies.reconciliation.services.reconcile import take_in_statement
from tests.ebikes.licensing.loopback import TOKEN, listening
from tests.factories import FiledBikeFactory


class Outside:
    """What the outside systems know and how they behave; to be changed while they run."""

    def __init__(self, world: World | None = None) -> None:
        self.filings: dict[str, tuple[str, ...]] = {}
        self.plates: dict[str, tuple[str, ...]] = {}
        self.faults = Faults(Behaviour(), 0)
        self.operator = Operator()
        self.app = make_app(
            world=world or World(Register(self.filings, show_filing), Register(self.plates, show_plate)),
            operator=self.operator,
            faults=self.faults,
            token=TOKEN,
            signatures=stub_signatures(),  # where the settings say that the operator signs
        )

    def know(self, trade_in: TradeIn, **changes: Any) -> None:
        """Both systems confirm this trade-in to the second, but for `changes`; and the register has the bike."""
        told = {
            "status": "已注销",
            "deregistered_at": trade_in.deregistered_at.isoformat(),
            "plated_at": trade_in.plated_at.isoformat(),
            "kind": "标准",
            "id_no": trade_in.owner.id_no,
        } | changes
        if not FiledBike.objects.filter(filing_plate_no=trade_in.filing_plate_no).exists():
            FiledBikeFactory(filing_plate_no=trade_in.filing_plate_no, owner=trade_in.owner)
        times = (told["deregistered_at"], trade_in.collected_at.isoformat())
        plate = trade_in.filing_plate_no
        self.filings[plate] = (
            plate,
            trade_in.owner.id_no,
            told["status"],
            *times,
            trade_in.agent_point.point_no,
        )
        plate = trade_in.digital_plate_no
        self.plates[plate] = (plate, trade_in.vehicle_code, told["id_no"], told["plated_at"], told["kind"])

    def behave(self, **changes: Any) -> None:
        """Fail from now on as told: fail=1.0, modes=("error",)."""
        self.faults.behaviour = replace(self.faults.behaviour, **changes)


@contextmanager
def served(app: web.Application) -> Iterator[str]:
    """Serve an application from another thread; the value is its address."""
    ready: threading.Event = threading.Event()
    address: list[str] = []
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        async with listening(app) as url:
            address.append(url)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    ready.wait(10)
    try:
        yield address[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


@contextmanager
def at_work(outside: Outside, settings: Any) -> Iterator[Outside]:
    """The settings point to the running stub; one attempt each, no rest, and no memory of earlier failures."""
    with served(outside.app) as url, pytest.MonkeyPatch.context() as patch:
        settings.EXING_URL = settings.YUNSHENLING_URL = settings.ECNY_URL = url
        settings.EXING_TOKEN = settings.YUNSHENLING_TOKEN = settings.ECNY_TOKEN = settings.SMS_TOKEN = TOKEN
        settings.OUTSIDE = settings.OUTSIDE | {"attempts": 1, "breaker_failures": 10_000}
        settings.CHECK_LEASE_SECONDS = 180.0
        settings.CHECK_RETRY_SECONDS = 30.0
        patch.setattr(outside_module, "_guards", {})
        yield outside


def tomorrow() -> datetime:
    """Eight in the morning of the day after."""
    return midnight(today() + timedelta(days=1)) + timedelta(hours=8)


def next_morning() -> StatementReading:
    """The statement of today is read and matched, as on the morning after."""
    day = local_day(timezone.now())
    lines = read_statement(first=day, last=day)
    now = midnight(day + timedelta(days=1)) + timedelta(hours=7)
    return take_in_statement(lines=lines, first=day, last=day, now=now)
