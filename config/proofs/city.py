"""What runs in a simulated province: a city's workers, its office, the register as a web server; each is a process."""

import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, connection, connections
from django.utils import timezone
from rich.console import Console

from config.local.progress import Steps
from config.packs.load import import_file
from config.packs.logins import make_staff
from core.processes import end_with_parent
from ebikes.models import ImportBatch
from subsidies.models import Claim, PayoutBatch, Scheme
from subsidies.payouts.services.payouts import approve_claims, make_payouts, release_payout
from subsidies.tasks import allocate_all, sweep_checks, sweep_locks, sweep_names, sweep_payouts

REST = 0.1  # seconds between two rounds of sweeps
LOST = 0.05  # of the register's answers never arrive, after it has acted
SWEEPS: tuple[Callable[[], object], ...] = (
    sweep_locks,
    sweep_checks,
    allocate_all,
    sweep_names,
    sweep_payouts,
)


@dataclass(frozen=True, slots=True)
class City:
    """A cell: its code, its database, its key, and the file of trade-ins that it is handed."""

    code: str
    database: str
    key: str
    file: Path

    @property
    def title(self) -> str:
        return f"City {self.code}"


@dataclass(frozen=True, slots=True)
class Province:
    """The register's side: its database, its key, and where it answers. `folder`: what outlives its database."""

    database: str
    key: str
    port: int
    folder: Path


def be_worker(city: City, log: Path) -> None:
    """Sweep until killed."""
    _be(city, log, lambda: [sweep() for sweep in SWEEPS])


def be_office(city: City, log: Path) -> None:
    """Take the file in, then approve, order and release what is there to be, until killed."""
    _be(city, log, lambda: _work_of_office(city))


def _be(city: City, log: Path, work: Callable[[], object]) -> None:
    _in_database(city.database)
    settings.CELL_CODE, settings.SIGNING_KEYS = city.code, city.key
    try:
        while True:
            work()
            time.sleep(REST)
    except BaseException:
        with log.open("a") as file:
            file.write(traceback.format_exc())
        raise SystemExit(1) from None


def _in_database(name: str) -> None:
    end_with_parent()
    connections.close_all()
    connection.settings_dict["NAME"] = name
    ContentType.objects.clear_cache()


def _work_of_office(city: City) -> None:
    batches = ImportBatch.objects.filter(file_name=city.file.name)
    if not batches.filter(state=ImportBatch.State.CONFIRMED).exists():
        import_file(city.file, kind=ImportBatch.Kind.TRADE_INS, by=None, steps=Steps(Console(quiet=True)))
    scheme, claims, now = Scheme.objects.get(), Claim.objects.all(), timezone.now()
    approver, maker, releaser = make_staff()
    approve_claims(claims=claims, by=approver, now=now)
    make_payouts(scheme=scheme, claims=claims, by=maker, now=now)
    for batch in PayoutBatch.objects.filter(state=PayoutBatch.State.DRAFT):
        release_payout(batch=batch, by=releaser, now=now)


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke is what this is about."""


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """Nobody reads it."""


class _Lossy:
    """The register, of whose answers some are lost on the way, after it has acted."""

    def __init__(self, application: WSGIHandler, chance: Random) -> None:
        self.application, self.chance = application, chance

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        try:
            close_old_connections()
            answer = b"".join(self.application(environ, start_response))
        finally:
            connections.close_all()
        if self.chance.random() < LOST:
            raise ConnectionResetError
        return [answer]


def be_register(province: Province, cities: Iterable[City], seed: int) -> None:
    """Answer until killed."""
    _in_database(province.database)
    settings.SIGNING_KEYS = province.key
    settings.LOCK_ANCHOR_FILE = str(province.folder / "anchor.json")
    settings.PROVINCE_CELLS = ",".join(
        f"{city.code}:{city.title}:{city.key.rpartition(':')[2]}" for city in cities
    )
    warnings.simplefilter("ignore")  # it serves no static files
    server = _Server(("127.0.0.1", province.port), _Quiet)
    server.set_app(_Lossy(get_wsgi_application(), Random(seed)))  # noqa: S311 - chance, not a secret
    sys.stderr = (province.folder / "register.log").open("a")
    server.serve_forever()
