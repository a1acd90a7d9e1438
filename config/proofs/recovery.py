"""A district decided and paid while everything under it is killed again and again; beside it, the same left in peace.

The work is cut into pieces: a file read and confirmed, some money put in and allotted, a payout made and released. Each
piece is done by a hand, a process that is started again until it has ended well, so every piece may be done twice.
Workers, clock and licensing systems run beside it, and all the while something falls.
"""

import json
import multiprocessing
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, repeat
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.models import Count
from django.utils import timezone
from redis import Redis
from rich.console import Console

from config.local.background import LocalProcesses
from config.local.progress import Steps, Update
from config.local.scratch import scratch_database
from config.packs.load import load_registers, load_scheme, load_trade_ins
from config.packs.logins import make_staff, scheme_makers
from config.packs.results import write_decisions
from config.packs.run import check_all, operator_book, pay_all
from config.servers import postgres
from core.models import User
from core.processes import end_with_parent
from ebikes.importing.pipeline import BatchNotInPreview, open_batch
from ebikes.importing.tasks import order_reading
from ebikes.importing.uploads import keep_upload
from ebikes.models import ImportBatch, ImportRow, TradeIn
from ebikes.synthetic import write_district
from subsidies.allocation.services.allocate import allocate
from subsidies.intake.services.confirm_import import confirm_import
from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.models import Claim, PayoutBatch, Scheme
from subsidies.payees.selectors.names import to_be_asked
from subsidies.payouts.services.payouts import approve_claims, make_payouts, release_payout
from subsidies.schemes.plans import SchemePlan
from subsidies.schemes.services.create import fund, open_scheme
from subsidies.states import PENDING, ClaimState
from subsidies.tasks import allocate_all

KIND = ImportBatch.Kind.TRADE_INS
TOP_UPS, PAYOUTS = 10, 10
FAULTS = 0.1  # of the answers from outside go wrong besides
LATENCY_MS = 20
PACE = {  # nobody waits long for what has fallen
    "SWEEP_SECONDS": "0.5",
    "UPLOAD_FORGOTTEN_SECONDS": "2",
    "CHECK_LEASE_SECONDS": "3",
    "CHECK_CHUNK": "50",
}
BREATH = 0.4  # seconds at most between the beginning of something and what falls upon it
PATIENCE = 240.0  # seconds, after which a piece of work counts as stuck
POLL = 0.05

Piece = Callable[[], None]


class Stuck(RuntimeError):
    """A piece of work never came to its end; the message holds its hand's last words."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to; money in fen.

    `decisions` is decisions.csv, `states` the states by record number, `rows` how many rows had which verdict;
    `unanswered` counts records that nobody will ever hear about.
    """

    decisions: str
    states: dict[str, str]
    rows: dict[str, int]
    unanswered: int
    faults: tuple[str, ...]
    paid_fen: int
    book: dict[str, Any]

    @property
    def paid(self) -> int:
        return sum(state == ClaimState.PAID for state in self.states.values())

    @property
    def waiting(self) -> int:
        return sum(state == ClaimState.WAITLISTED for state in self.states.values())

    def sound(self) -> bool:
        """Whether the books balance, everybody has an answer and the operator paid each payment once, and no other."""
        once = (self.paid, self.paid_fen, []) == (
            self.book["payments"],
            self.book["paid_fen"],
            self.book["duplicates"],
        )
        return once and not self.faults and not self.unanswered

    def same_as(self, other: "Outcome") -> bool:
        """Whether every record met the same fate, to the place and the fen."""
        return (self.decisions, self.states, self.rows) == (other.decisions, other.states, other.rows)


def write_course(folder: Path, *, trade_ins: int, seed: int) -> None:
    """A made-up district whose money is enough for two in three."""
    write_district(folder, bikes=max(trade_ins * 2, 1000), trade_ins=trade_ins, seed=seed)
    path = folder / "scheme.json"
    scheme = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**scheme, "budget_fen": trade_ins * 16_000}), encoding="utf-8")


def in_peace(pack: Path) -> Outcome:
    """The usual way, one thing after the other."""
    with scratch_database() as env, LocalProcesses(env) as processes:
        quiet = Steps(Console(quiet=True))
        scheme = load_scheme(pack, people=scheme_makers())
        processes.start_outside(pack)
        processes.start_workers(2)
        load_registers(pack, by=None, steps=quiet)
        load_trade_ins(pack, by=None, steps=quiet)
        check_all(processes, update=_nobody_looks)
        allocate(scheme=scheme, now=timezone.now())
        pay_all(processes, scheme, stage_no=None, people=make_staff(), update=_nobody_looks)
        return _outcome(scheme, pack, processes)


def under_fire(pack: Path, *, kills: int, seed: int, update: Update) -> tuple[Outcome, dict[str, int]]:
    """The same while things fall; also returns what fell how often. Raises Stuck."""
    with scratch_database() as env, LocalProcesses({**env, **PACE}) as processes:
        plan = SchemePlan.from_json(json.loads((pack / "scheme.json").read_text(encoding="utf-8")))
        proposer, approver = scheme_makers()
        # A single fen: nobody is served before everybody stands in the queue.
        scheme = open_scheme(
            replace(plan, budget_fen=1), by=proposer, approved_by=approver, now=timezone.now()
        )
        load_registers(pack, by=None, steps=Steps(Console(quiet=True)))
        phases: Sequence[Sequence[Piece]] = (
            [partial(_bring, path) for path in sorted((pack / "trade_ins").iterdir())],
            [_until_all_are_answered],
            [partial(_put_in, plan.budget_fen * n // TOP_UPS) for n in range(1, TOP_UPS + 1)],
            [
                *repeat(partial(_pay_some, people=make_staff(), part=PAYOUTS), PAYOUTS - 1),
                partial(_pay_some, people=make_staff(), part=1),
                _until_all_are_paid,
            ],
        )
        processes.start_outside(pack, faults=FAULTS, latency_ms=LATENCY_MS)
        processes.start_workers(2, **PACE)
        processes.start_clock()
        battle = _Battle(processes, Random(seed), _shared_out(kills, phases))  # noqa: S311 - chance, not a secret
        with processes.asked_from_here():
            for piece in chain(*phases):
                battle.see_through(piece)
                update(sum(battle.fallen.values()) / kills)
        return _outcome(scheme, pack, processes), dict(battle.fallen)


def _nobody_looks(_part: float) -> None:
    pass


# ------------------------------------------------------------------ the pieces of work


def _bring(path: Path) -> None:
    """Send a file in as a person would, and confirm it once a worker has read it."""
    batch = ImportBatch.objects.filter(file_name=path.name).exclude(state=ImportBatch.State.FAILED).first()
    if batch is None:
        batch = open_batch(file_name=path.name, kind=KIND, by=None, merchant=None, now=timezone.now())
        keep_upload(batch, SimpleUploadedFile(path.name, path.read_bytes()))
        order_reading(batch)
    _wait_while(lambda: ImportBatch.objects.filter(pk=batch.pk, state=ImportBatch.State.READING).exists())
    try:
        confirm_import(batch=batch, by=None, now=timezone.now())
    except BatchNotInPreview:  # the hand before this one was killed after it had confirmed
        if not ImportBatch.objects.filter(pk=batch.pk, state=ImportBatch.State.CONFIRMED).exists():
            raise


def _until_all_are_answered() -> None:
    _wait_while(lambda: Claim.objects.filter(state__in=PENDING, next_check_at__isnull=False).exists())


def _put_in(total_fen: int) -> None:
    """Fill the scheme up to `total_fen` and allot."""
    scheme = Scheme.objects.get()
    if missing := total_fen - scheme.funded_fen:
        fund(scheme, missing, people=scheme_makers(), now=timezone.now())
    allocate_all()


def _pay_some(*, people: tuple[User, User, User], part: int) -> None:
    """Approve what is settled; order the payment of one `part`-th of all of it, in batches that are let go."""
    approver, maker, releaser = people
    scheme, now = Scheme.objects.get(), timezone.now()
    approve_claims(claims=Claim.objects.filter(scheme=scheme), by=approver, now=now)
    _wait_while(to_be_asked().exists)
    ready = Claim.objects.filter(state=ClaimState.APPROVED).in_place_order()
    some = ready[: -(-ready.count() // part)]
    make_payouts(scheme=scheme, claims=Claim.objects.filter(pk__in=some.values("pk")), by=maker, now=now)
    for batch in PayoutBatch.objects.filter(state=PayoutBatch.State.DRAFT):
        release_payout(batch=batch, by=releaser, now=now)


def _until_all_are_paid() -> None:
    _wait_while(lambda: PayoutBatch.objects.filter(state=PayoutBatch.State.RELEASED).exists())


def _wait_while(unfinished: Callable[[], bool]) -> None:
    while unfinished():
        time.sleep(POLL)


def _shared_out(kills: int, phases: Sequence[Sequence[Piece]]) -> list[int]:
    """How many of the strikes fall on each piece: as many in every phase, evenly over its pieces."""
    shares: list[int] = []
    for number, pieces in enumerate(phases):
        of_phase = kills * (number + 1) // len(phases) - kills * number // len(phases)
        count = len(pieces)
        shares += [of_phase * (n + 1) // count - of_phase * n // count for n in range(count)]
    return shares


# ------------------------------------------------------------------ what falls


@dataclass
class _Battle:
    """Sees pieces of work through while things fall around them."""

    processes: LocalProcesses
    chance: Random
    shares: list[int]
    fallen: Counter[str] = field(default_factory=Counter)
    _next: list[str] = field(default_factory=list)

    def see_through(self, piece: Piece) -> None:
        """Have one piece done, under its share of the strikes."""
        deadline, strikes = time.monotonic() + PATIENCE, self.shares.pop(0)
        hand = self._hand(piece)
        while strikes or hand.is_alive() or hand.exitcode:
            if time.monotonic() > deadline:
                raise Stuck(self._log.read_text()[-2000:])
            if not hand.is_alive() and hand.exitcode:
                hand = self._hand(piece)
            if strikes:
                time.sleep(self.chance.uniform(0, BREATH))
                self._strike(hand)
                strikes -= 1
            else:
                time.sleep(POLL)
            self.processes.tend()

    @property
    def _log(self) -> Path:
        return self.processes.folder / "hand.log"

    def _hand(self, piece: Piece) -> BaseProcess:
        connection.close()
        hand = multiprocessing.get_context("fork").Process(target=_do, args=(piece, self._log))
        hand.start()
        return hand

    def _strike(self, hand: BaseProcess) -> None:
        """Let something fall: each kind as often as any other, in an order of chance."""
        if not self._next:
            self._next = ["hand", "pool", "worker", "beat", "stub", "postgres", "redis"]
            self.chance.shuffle(self._next)
        what = self._next.pop()
        match what:
            case "hand":
                hand.kill()
                hand.join()
            case "postgres":
                postgres.crash()
            case "redis":
                Redis.from_url(settings.REDIS_URL).flushall()
            case "pool":
                self.processes.kill_child("worker", self.chance)
            case _:
                self.processes.kill(what)
        self.fallen[what] += 1


def _do(piece: Piece, log: Path) -> None:
    end_with_parent()
    try:
        piece()
    except BaseException:
        log.write_text(traceback.format_exc())
        raise SystemExit(1) from None
    finally:
        connection.close()


# ------------------------------------------------------------------ what came of it


def _outcome(scheme: Scheme, pack: Path, processes: LocalProcesses) -> Outcome:
    scheme.refresh_from_db()
    path = pack / "decisions.csv"
    write_decisions(scheme, path)
    rows = ImportRow.objects.filter(batch__kind=KIND, batch__state=ImportBatch.State.CONFIRMED)
    waiting = Claim.objects.filter(state__in=PENDING, next_check_at__isnull=False)
    on_the_way = Claim.objects.filter(state__in=[ClaimState.IN_PAYOUT, ClaimState.PAYOUT_UNKNOWN])
    return Outcome(
        decisions=path.read_text(encoding="utf-8"),
        states=dict(Claim.objects.values_list("trade_in__record_no", "state")),
        rows=dict(rows.values_list("verdict").annotate(n=Count("pk")).order_by("verdict")),
        unanswered=waiting.count() + on_the_way.count() + TradeIn.objects.filter(claims=None).count(),
        faults=tuple(str(fault) for fault in verify_ledger(scheme=scheme)),
        paid_fen=scheme.paid_fen,
        book=operator_book(processes),
    )
