"""The database is lost after everybody was paid, a backup from before is put in its place, and the work goes on.

Beside it a control in which numbers are drawn at random and nothing is kept outside the database, as it once was: it pays
everybody twice.
"""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from rich.console import Console

from config.local.background import LocalProcesses
from config.local.progress import Steps
from config.local.scratch import copy_database, drop_database, scratch_database
from config.packs.load import load_registers, load_scheme, load_trade_ins
from config.packs.logins import make_staff, scheme_makers
from config.packs.run import operator_book
from core.models import User
from subsidies.allocation.services.allocate import allocate
from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.models import Claim, PayoutBatch, Scheme
from subsidies.payouts.selectors.stop import open_stop
from subsidies.payouts.services import ordering, payouts
from subsidies.payouts.services.stops import confirm_stop
from subsidies.states import DUE, ClaimState
from subsidies.tasks import sweep_names, sweep_payouts

POLL = 0.1

People = tuple[User, User, User]


@dataclass(frozen=True, slots=True)
class Disaster:
    """What it came to. `stopped`: people looked before anything left; `found`: what they saw; `book`: the operator's."""

    paid: int
    paid_fen: int
    stopped: bool
    found: dict[str, Any]
    book: dict[str, Any]
    faults: tuple[str, ...]

    def sound(self) -> bool:
        """Whether it was noticed, everything was explained, and the operator paid each payment once, and no other."""
        once = (self.book["payments"], self.book["paid_fen"], self.book["duplicates"])
        explained = self.found.get("unbooked") == self.paid and not self.found.get("unexplained")
        return self.stopped and explained and once == (self.paid, self.paid_fen, []) and not self.faults

    def paid_twice(self) -> bool:
        """Whether the operator paid everything two times."""
        return bool(self.book["payments"] == 2 * self.paid)


def restored(pack: Path) -> Disaster:
    """Decide and pay a district, put a backup from before the payment in its place, and pay again."""
    return _restored(pack, anchor=True)


def restored_without_memory(pack: Path) -> Disaster:
    """The control: numbers drawn at random, nothing kept outside."""
    with (
        mock.patch.object(ordering, "payment_no", side_effect=_drawn),
        mock.patch.object(ordering, "order_no", side_effect=_drawn),
    ):
        return _restored(pack, anchor=False)


def _drawn(*_what: object, **_else: object) -> str:
    return secrets.token_hex(16).upper()


def _restored(pack: Path, *, anchor: bool) -> Disaster:
    with scratch_database() as env, LocalProcesses({**env, "SWEEP_SECONDS": "0.5"}) as processes:
        people = _decided(pack, processes)
        scheme = Scheme.objects.get()
        name = str(connection.settings_dict["NAME"])
        backup = f"{name}_backup"
        copy_database_of(name, backup)
        try:
            with processes.asked_from_here(), _anchor(processes.folder / "anchor.json" if anchor else None):
                _pay(scheme, people)
                copy_database_of(backup, name)
                _pay(scheme, people)
                stop = open_stop()
                if stop is not None:
                    call_command("match_operator_book", "--by", people[1].username)
                    stop.refresh_from_db()
                    for each in people[1:]:  # who pay and let go
                        confirm_stop(stop=stop, by=each, now=timezone.now())
                    PayoutBatch.objects.filter(state=PayoutBatch.State.RELEASED).update(
                        next_ask_at=timezone.now()
                    )
                    _until_paid()
                scheme.refresh_from_db()
                return Disaster(
                    paid=Claim.objects.filter(state=ClaimState.PAID).count(),
                    paid_fen=scheme.paid_fen,
                    stopped=stop is not None,
                    found=stop.found if stop else {},
                    book=operator_book(processes),
                    faults=tuple(str(fault) for fault in verify_ledger(scheme=scheme)),
                )
        finally:
            drop_database(backup)


def _decided(pack: Path, processes: LocalProcesses) -> People:
    """The district checked and allotted; the workers gone, so that the database can be copied."""
    quiet = Steps(Console(quiet=True))
    scheme = load_scheme(pack, people=scheme_makers())
    processes.start_outside(pack)
    processes.start_workers(2)
    processes.start_clock()
    load_registers(pack, by=None, steps=quiet)
    load_trade_ins(pack, by=None, steps=quiet)
    while Claim.objects.filter(state__in=DUE).exists():
        processes.tend()
        time.sleep(POLL)
    for each in ("beat", "worker"):
        processes.kill(each)
    allocate(scheme=scheme, now=timezone.now())
    return make_staff()


def copy_database_of(original: str, name: str) -> None:
    """Put a copy of one database in the place of another, as a restored backup."""
    drop_database(name)
    copy_database(original, name)


def _pay(scheme: Scheme, people: People) -> None:
    approver, maker, releaser = people
    claims, now = Claim.objects.filter(scheme=scheme), timezone.now()
    payouts.approve_claims(claims=claims, by=approver, now=now)
    while sweep_names():
        pass
    for batch in payouts.make_payouts(scheme=scheme, claims=claims, by=maker, now=now).batches:
        payouts.release_payout(batch=batch, by=releaser, now=now)
    _until_paid()


def _until_paid() -> None:
    """Be the worker until nothing is due; or until everything is stopped."""
    more: Callable[[], bool] = PayoutBatch.objects.filter(
        state=PayoutBatch.State.RELEASED, next_ask_at__lte=timezone.now()
    ).exists
    while more() and open_stop() is None:
        sweep_payouts()


@contextmanager
def _anchor(path: Path | None) -> Iterator[None]:
    before = settings.ANCHOR_FILE
    settings.ANCHOR_FILE = str(path) if path else ""
    try:
        yield
    finally:
        settings.ANCHOR_FILE = before
