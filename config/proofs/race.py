"""A race for the last of the money, through every door at once; and the same with the lock where it does not help.

In every round a little money is put into the scheme and all processes start together: each brings a trade-in of its own,
by the form or by a file, lets the licensing systems be asked, and allots. A round is won by whoever is first; the money
is enough for one.
"""

import csv
import json
import multiprocessing
import traceback
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.context import ForkContext
from pathlib import Path
from threading import BrokenBarrierError
from typing import Any

from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone
from rich.console import Console

from config.local.background import LocalProcesses
from config.local.progress import Steps, Update
from config.local.scratch import scratch_database
from config.packs.load import load_registers, load_scheme
from config.packs.logins import scheme_makers
from core.database.owner import as_owner
from core.models import User
from ebikes.importing.layouts import LAYOUTS
from ebikes.importing.pipeline import read_file
from ebikes.importing.reader import open_table
from ebikes.models import ImportBatch
from ebikes.synthetic import write_district
from subsidies.allocation.services import allocate as allocation
from subsidies.intake.services.confirm_import import confirm_import
from subsidies.intake.services.submit import RecordRefused, submit_trade_in
from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.ledger.services.append import append_change
from subsidies.models import Claim, Scheme, SchemeChange
from subsidies.schemes.selectors.terms import Terms
from subsidies.states import PENDING
from subsidies.tasks import allocate_all, sweep_checks

ROUND_FEN = 30_000
KIND = ImportBatch.Kind.TRADE_INS
Row = dict[str, Any]

# Everything in the database that would stop an oversell, each by itself: the sums' limits, the order of the ledger.
_TAKE_GUARDS_OUT = """
    ALTER TABLE subsidies_scheme DROP CONSTRAINT scheme_is_never_oversold;
    ALTER TABLE subsidies_ledgerentry DROP CONSTRAINT ledger_rows_are_numbered;
    CREATE OR REPLACE FUNCTION ledger_appended() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
        UPDATE subsidies_scheme s SET funded_fen = funded_fen + d.funded, reserved_fen = reserved_fen + d.reserved
        FROM (SELECT scheme_id, coalesce(sum(amount_fen) FILTER (WHERE kind = 'fund'), 0) AS funded,
                     coalesce(sum(amount_fen) FILTER (WHERE kind = 'reserve'), 0) AS reserved
              FROM new_rows GROUP BY 1) d
        WHERE s.id = d.scheme_id;
        RETURN NULL;
    END $$
"""


@dataclass(frozen=True, slots=True)
class Finish:
    """What came of a race. `faults`: what the ledger's own verification says, and processes that failed.

    `oversold_fen`: by how much more had been granted than there was, after the worst round.
    """

    by_door: dict[str, int]
    granted: int
    waiting: int
    refused: int
    budget_fen: int
    granted_fen: int
    oversold_fen: int
    faults: int


def race(folder: Path, *, workers: int, rounds: int, locked: bool, steps: Steps, title: str) -> Finish:
    """Run the race in a scratch database on the configured server, against a stub of the outside systems."""
    rows = rows_of(folder, workers * rounds)
    with scratch_database() as env, LocalProcesses(env) as processes:
        scheme = load_scheme(folder, people=scheme_makers())
        processes.start_outside(folder)
        with processes.asked_from_here():
            load_registers(folder, by=None, steps=Steps(Console(quiet=True)))
            if not locked:
                with as_owner(), connection.cursor() as cursor:
                    cursor.execute(_TAKE_GUARDS_OUT)
            with steps.step("race", title) as update:
                oversold, failures = _run(scheme, rows, folder, workers=workers, locked=locked, update=update)
            _finish_checks()
        return _finish(scheme, oversold, failures, locked=locked)


def write_course(folder: Path, *, rows: int) -> None:
    """A made-up district with at least `rows` trade-ins and no money yet."""
    write_district(folder, bikes=max(2 * rows, 1000), trade_ins=max(rows * 5 // 4, 200))
    path = folder / "scheme.json"
    scheme = json.loads(path.read_text(encoding="utf-8"))
    scheme["budget_fen"] = 1
    for stage in scheme["stages"]:
        stage["cap_fen"] = None
    path.write_text(json.dumps(scheme), encoding="utf-8")


def rows_of(folder: Path, count: int) -> list[Row]:
    """The first so many rows of a pack's trade-in files, by the keys of their columns."""
    keys = [column.key for column in LAYOUTS[KIND].columns]
    rows: list[Row] = []
    for path in sorted((folder / "trade_ins").iterdir()):
        with open_table(path, LAYOUTS[KIND], limit_bytes=2**30) as table:
            rows += [dict(zip(keys, cells, strict=True)) for _line, cells in table.rows()]
    return rows[:count]


def write_rows(path: Path, rows: list[Row]) -> None:
    """A trade-in file with just these rows."""
    columns = LAYOUTS[KIND].columns
    with path.open("w", newline="", encoding="utf-8-sig") as handle:
        writer = csv.writer(handle)
        writer.writerow([column.title for column in columns])
        writer.writerows([row[column.key] for column in columns] for row in rows)


def _run(
    scheme: Scheme, rows: list[Row], folder: Path, *, workers: int, locked: bool, update: Update
) -> tuple[int, int]:
    """Start the processes and give the signal for every round.

    Return the fen oversold after the worst round, and how many processes failed.
    """
    fork = multiprocessing.get_context("fork")
    start, end, looked = fork.Barrier(workers + 1), fork.Barrier(workers + 1), fork.Barrier(workers)
    connection.close()
    runners = [
        _Runner(fork, scheme.pk, rows[n::workers], folder / f"runner-{n}.csv", (start, end, looked), locked)
        for n in range(workers)
    ]
    rounds, oversold, makers = len(runners[0].rows), 0, scheme_makers()
    for n in range(rounds):
        _put_money_in(scheme, makers)
        start.wait()
        end.wait()
        oversold = max(oversold, _granted_fen() - Scheme.objects.get().funded_fen)
        update((n + 1) / rounds)
    for runner in runners:
        runner.process.join()
    return oversold, sum(runner.process.exitcode != 0 for runner in runners)


def _put_money_in(scheme: Scheme, makers: tuple[User, User]) -> None:
    """By a change of two people; without the service, which would see that the control has oversold, and refuse."""
    proposer, approver = makers
    terms, now = Terms.of(scheme.policy).as_json(), timezone.now()
    with transaction.atomic():
        change = SchemeChange.objects.create(
            scheme=scheme,
            based_on=1,
            terms=terms,
            budget_fen=ROUND_FEN,
            note="race",
            proposed_at=now,
            proposed_by=proposer,
        )
        change.state, change.decided_by, change.decided_at = SchemeChange.State.APPROVED, approver, now
        change.save()
        append_change(change, now=now)


def _granted_fen() -> int:
    """By the claims themselves, whatever the sums say."""
    return Claim.objects.granted().aggregate(sum=Sum("amount_fen"))["sum"] or 0


class _Runner:
    """One process, with its rows; every other one brings a row by a file, the others by the form."""

    def __init__(
        self,
        fork: ForkContext,
        scheme_id: int,
        rows: list[Row],
        path: Path,
        gates: tuple[Any, Any, Any],
        locked: bool,
    ) -> None:
        self.rows, self.path, self.gates, self.locked = rows, path, gates, locked
        self.scheme_id = scheme_id
        self.process = fork.Process(target=self.run)
        self.process.start()

    def run(self) -> None:
        if not self.locked:
            vars(allocation)["lock_scheme"] = self.look_before_locking
            vars(allocation)["take_due"] = lambda scheme, now: {None}
        start, end, _looked = self.gates
        failed = False
        for number, row in enumerate(self.rows):
            start.wait()
            try:
                (self.by_file if number % 2 else self.by_form)(row)
                sweep_checks()
                allocate_all()
            except Exception:
                failed = True
                traceback.print_exc()
            end.wait()
        raise SystemExit(int(failed))

    def look_before_locking(self, scheme: Scheme) -> Scheme:
        """The usual mistake: all have looked at the money before the first of them locks it, and act on what they saw."""
        seen = Scheme.objects.get(pk=scheme.pk)
        with suppress(BrokenBarrierError):
            self.gates[2].wait(timeout=5)
        Scheme.objects.select_for_update(no_key=True).get(pk=scheme.pk)
        return seen

    def by_form(self, row: Row) -> None:
        with suppress(RecordRefused):  # a row with a mistake in it
            submit_trade_in(cells=row, merchant=None, by=None, now=timezone.now())

    def by_file(self, row: Row) -> None:
        write_rows(self.path, [row])
        batch = read_file(self.path, kind=KIND, by=None, now=timezone.now(), progress=lambda part: None)
        confirm_import(batch=batch, by=None, now=timezone.now())


def _finish_checks() -> None:
    while Claim.objects.filter(state__in=PENDING, next_check_at__isnull=False).exists():
        sweep_checks()


def _finish(scheme: Scheme, oversold: int, failures: int, *, locked: bool) -> Finish:
    if locked:
        allocate_all()
    scheme.refresh_from_db()
    granted = Claim.objects.granted()
    return Finish(
        by_door={
            source: Claim.objects.filter(trade_in__batch__source=source).count()
            for source in ImportBatch.Source.values
        },
        granted=granted.count(),
        waiting=Claim.objects.filter(state__in=["eligible", "waitlisted"]).count(),
        refused=Claim.objects.filter(state="refused").count(),
        budget_fen=scheme.funded_fen,
        granted_fen=_granted_fen(),
        oversold_fen=max(oversold, _granted_fen() - scheme.funded_fen),
        faults=failures + len(verify_ledger(scheme=scheme)),
    )
