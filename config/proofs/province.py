"""Four cities of a province race for the same old bikes, while workers, the register and its answers fall; and the same
without a register.

Each city has a database and workers of its own, killed and started again; the register is a web server, killed, too, and
once restored from a backup. What came of it is counted in the cities' own books.
"""

import base64
import multiprocessing
import secrets
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random

from django.conf import settings
from django.db import connection
from rich.console import Console

from config.local.background import PACE, LocalProcesses
from config.local.progress import Steps, Update
from config.local.scratch import copy_database, drop_database, inside, scratch_database
from config.packs.load import load_registers, load_scheme
from config.packs.logins import make_staff, scheme_makers
from config.packs.run import operator_book
from config.proofs.city import City, Province, be_office, be_register, be_worker
from config.proofs.fates import Finish, count
from config.proofs.race import Row, rows_of, write_course, write_rows
from core.database.owner import as_owner
from core.signing.sm2 import new_key
from ebikes.licensing import outside
from ebikes.models import ImportBatch
from subsidies.models import Claim, LockQuestion
from subsidies.states import ClaimState

CODES = ("330100", "330200", "330300", "330400")
IN_TWO = 0.4  # of the records come in another city as well
WORKERS = 2  # in each city
BREATH, POLL, PATIENCE = 0.3, 0.05, 900.0  # seconds
CHANGED = (
    *("REGISTER_URL", "REGISTER_PUBLIC_KEY", "REGISTER_KEY", "CELL_CODE", "SIGNING_KEYS", "OUTSIDE"),
    *("CHECK_RETRY_SECONDS", "CHECK_LEASE_SECONDS", "CHECK_CHUNK"),
)
OVER = (ClaimState.PAID, ClaimState.REFUSED, ClaimState.CANCELLED)
STRIKES = ("worker", "office", "register", "worker", "register")


class Unfinished(RuntimeError):
    """The province never came to its end; the message holds what was still open, and the last words of who fell."""


@dataclass(frozen=True, slots=True)
class Course:
    """How many cities and records there are, and how often something falls."""

    records: int
    kills: int
    seed: int
    cities: int = len(CODES)

    @property
    def lease(self) -> float:
        """Seconds: longer than an order takes on a busy machine, so that nobody takes it up beside who has it."""
        return max(2.0, self.records / 80)


def run_province(
    folder: Path, *, course: Course, register: bool, update: Update = lambda part: None
) -> Finish:
    """Let the cities decide and pay the trade-ins of a course, many of them in two at once. Raises Unfinished."""
    chance = Random(course.seed)  # noqa: S311 - chance, not a secret
    write_course(folder, rows=course.records)
    with ExitStack() as stack:
        env = stack.enter_context(scratch_database())
        processes = stack.enter_context(LocalProcesses(env))
        load_scheme(_generous(folder), people=scheme_makers())
        load_registers(folder, by=None, steps=Steps(Console(quiet=True)))
        make_staff()
        processes.start_outside(folder)
        stack.enter_context(processes.asked_from_here())
        stack.enter_context(_settings(register, lease=course.lease))
        name = str(connection.settings_dict["NAME"])
        province = Province(f"{name}_register", new_key("province"), _free_port(), processes.folder)
        cities, in_two = _found_cities(stack, folder, course, chance=chance, register=register)
        if register:
            stack.enter_context(_database(name, province.database))
            settings.REGISTER_URL = f"http://127.0.0.1:{province.port}"
            settings.REGISTER_PUBLIC_KEY = province.key.rpartition(":")[2]
        battle = _Battle(province if register else None, cities, chance, course)
        stack.callback(battle.end)
        battle.see_through(update)
        found = count(cities, province if register else None)
        payments = operator_book(processes)["payments"]
        return replace(found, in_two=in_two, payments=payments, fallen=dict(battle.fallen))


def _generous(folder: Path) -> Path:
    """Money for everybody: what nobody is paid for was refused, and not for want of it."""
    path = folder / "scheme.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"budget_fen": 1,', '"budget_fen": 1000000000,'))
    return folder


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@contextmanager
def _settings(register: bool, *, lease: float) -> Iterator[None]:
    """Nobody waits long for what has fallen; everything as it was afterwards."""
    before = {each: getattr(settings, each) for each in CHANGED}
    settings.REGISTER_KEY = base64.b64encode(secrets.token_bytes(32)).decode() if register else ""
    settings.OUTSIDE = settings.OUTSIDE | {
        "connect_timeout": float(PACE["OUTSIDE_CONNECT_TIMEOUT"]),
        "timeout": 3.0,
        "attempts": 1,
        "rate_per_second": float(PACE["OUTSIDE_RATE_PER_SECOND"]),
        "breaker_failures": 10**6,
    }
    settings.CHECK_RETRY_SECONDS, settings.CHECK_LEASE_SECONDS, settings.CHECK_CHUNK = 0.2, lease, 10**4
    try:
        yield
    finally:
        for each, value in before.items():
            setattr(settings, each, value)


def _found_cities(
    stack: ExitStack, folder: Path, course: Course, *, chance: Random, register: bool
) -> tuple[list[City], int]:
    """Each with a copy of the same registers, and a part of the records; many of these another city has, too."""
    codes = CODES[: course.cities]
    handed: dict[str, list[Row]] = {code: [] for code in codes}
    in_two, name = 0, str(connection.settings_dict["NAME"])
    for number, row in enumerate(rows_of(folder, course.records)):
        home = codes[number % len(codes)]
        there = [home]
        if chance.random() < IN_TWO:
            there.append(chance.choice([code for code in codes if code != home]))
            in_two += 1
        for code in there:
            handed[code].append({**row, **_sound_wallet(row), "record_no": f"{code}-{row['record_no']}"})
    cities = []
    for code, rows in handed.items():
        chance.shuffle(rows)
        key = ",".join(new_key(purpose) for purpose in ("heads", "province"))
        operator = next(part for part in settings.SIGNING_KEYS.split(",") if part.startswith("operator:"))
        city = City(code, f"{name}_{code}", f"{operator},{key}", folder / f"{code}.csv")
        write_rows(city.file, rows)
        stack.enter_context(_database(name, city.database))
        if register:
            with inside(city.database), as_owner(), connection.cursor() as cursor:
                cursor.execute("INSERT INTO subsidies_cell (id, code) VALUES (1, %s)", [code])
        cities.append(city)
    return cities, in_two


def _sound_wallet(row: Row) -> Row:
    """The stub's operator fails some payments by the wallet's last digits, for a person to put right: none of these here."""
    wallet = row["wallet_no"]
    return {"wallet_no": f"{wallet[:-4]}5555"} if wallet else {}


@contextmanager
def _database(original: str, name: str) -> Iterator[None]:
    put_in_place(original, name)
    try:
        yield
    finally:
        drop_database(name)


def put_in_place(original: str, name: str) -> None:
    """A copy of one database in the place of another."""
    drop_database(name)
    copy_database(original, name)


@dataclass
class _Battle:
    """Sees the province through while things fall around it."""

    province: Province | None
    cities: Sequence[City]
    chance: Random
    course: Course
    fallen: Counter[str] = field(default_factory=Counter)
    at_work: dict[str, tuple[Callable[[], None], BaseProcess]] = field(default_factory=dict)

    def see_through(self, update: Update) -> None:
        """Start everybody, strike so many times, and wait for the end."""
        self._begin()
        deadline, struck = time.monotonic() + PATIENCE, 0
        backup_at, restore_at = self.course.kills // 3, 2 * self.course.kills // 3
        while struck < self.course.kills or self._open():
            if time.monotonic() > deadline:
                raise Unfinished(f"{self._open()}\n{self._last_words()}")
            if struck < self.course.kills:
                time.sleep(self.chance.uniform(0, BREATH))
                self._strike(struck, backup_at, restore_at)
                struck += 1
                update(struck / self.course.kills)
            else:
                time.sleep(POLL)
            self._tend()

    def end(self) -> None:
        """Nobody is at work any more."""
        for _start, process in self.at_work.values():
            process.kill()
            process.join()

    def _begin(self) -> None:
        outside._guards.clear()  # noqa: SLF001 - each process begins without a memory of the systems
        connection.close()
        if self.province is not None:
            self._start("register", partial(be_register, self.province, self.cities, self.course.seed))
        for city in self.cities:
            log = self._log(city)
            self._start(f"office {city.code}", partial(be_office, city, log))
            for number in range(WORKERS):
                self._start(f"worker {city.code} {number}", partial(be_worker, city, log))

    def _start(self, name: str, work: Callable[[], None]) -> None:
        process = multiprocessing.get_context("fork").Process(target=work)
        process.start()
        self.at_work[name] = (work, process)

    def _tend(self) -> None:
        for name, (work, process) in list(self.at_work.items()):
            if not process.is_alive():
                connection.close()
                self._start(name, work)

    def _kill(self, kind: str) -> None:
        name = self.chance.choice([each for each in self.at_work if each.split()[0] == kind])
        process = self.at_work[name][1]
        process.kill()
        process.join()
        self.fallen[kind] += 1

    def _strike(self, number: int, backup_at: int, restore_at: int) -> None:
        if self.province is not None and number in (backup_at, restore_at):
            self._kill("register")
            backup = f"{self.province.database}_backup"
            there = (self.province.database, backup)
            put_in_place(*(there if number == backup_at else reversed(there)))
            if number == restore_at:
                drop_database(backup)
                self.fallen["restored"] += 1
        elif self.province is not None or number % len(STRIKES) not in (2, 4):
            self._kill(STRIKES[number % len(STRIKES)])

    def _open(self) -> str:
        """What is still to be done, in the first city that has anything to do; empty where all is over."""
        for city in self.cities:
            with inside(city.database):
                if not ImportBatch.objects.filter(
                    file_name=city.file.name, state=ImportBatch.State.CONFIRMED
                ).exists():
                    return f"{city.code}: the file"
                left = Claim.objects.exclude(state__in=OVER)
                if states := sorted(set(left.values_list("state", flat=True))):
                    return f"{city.code}: {left.count()} {states}"
                if LockQuestion.objects.filter(in_force=True, word="").exists():
                    return f"{city.code}: questions"
        return ""

    def _log(self, city: City) -> Path:
        return city.file.with_suffix(".log")

    def _last_words(self) -> str:
        logs = [self._log(city) for city in self.cities]
        return "\n".join(log.read_text()[-2000:] for log in logs if log.exists())
