"""Asking the licensing systems about many claims: by our sweeps, and by one task and one blocking call each."""

import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from django.db import connection
from django.test import override_settings
from django.utils import timezone
from rich.console import Console

from config.local.background import LocalProcesses
from config.local.progress import Steps
from config.local.scratch import copied_database, scratch_database
from config.packs.load import load_registers, load_scheme, load_trade_ins
from config.packs.logins import scheme_makers
from config.packs.run import check_all
from ebikes.licensing.ask import look_up_all
from ebikes.synthetic import write_district
from subsidies.checks.services.check import lease_due_claims, record_answers
from subsidies.models import Claim
from tests.bench.measure import RUNS, Comparison, compare, seconds

CLAIMS, PEERS = 20_000, 200
PROCESSES, LATENCY_MS = 2, 20
BATCH = "50"  # plates in one question, where a system takes several


def checks(runs: int = RUNS) -> Iterator[Comparison]:
    """A row for systems that answer single questions, one for systems that answer batches."""
    quiet = Steps(Console(quiet=True))
    with tempfile.TemporaryDirectory(prefix="ebike-bench-") as folder, scratch_database() as _env:
        pack = Path(folder)
        write_district(pack, bikes=CLAIMS * 11 // 10, trade_ins=CLAIMS)
        load_scheme(pack, people=scheme_makers())
        load_registers(pack, by=None, steps=quiet)
        load_trade_ins(pack, by=None, steps=quiet)
        count = Claim.objects.filter(state="received").count()
        times: list[tuple[float, float, float]] = []
        for _run in range(runs):
            single, batch = (count / _sweeps(pack, size) for size in ("1", BATCH))
            times.append((single, batch, _one_by_one(pack)))
    for key, question, ours in (
        ("checks_single", "one plate a question", 0),
        ("checks_batch", f"{BATCH} plates", 1),
    ):
        yield compare(
            key,
            f"{count:,} claims checked, {LATENCY_MS} ms an answer, {PROCESSES} worker processes, {question}",
            "one task and one blocking call at a time, as many processes",
            "claims/s",
            [(run[ours], run[2]) for run in times],
            target=15,
            at_least=True,
        )


def _sweeps(pack: Path, batch_size: str) -> float:
    with copied_database() as env, LocalProcesses(env) as processes:
        processes.start_outside(pack, latency_ms=LATENCY_MS)
        processes.start_workers(PROCESSES, OUTSIDE_BATCH_SIZE=batch_size)
        return seconds(lambda: check_all(processes, update=lambda part: None))


def _one_by_one(pack: Path) -> float:
    """Claims a second where every process asks about one claim, waits, and goes on to the next."""
    with copied_database() as env, LocalProcesses(env) as processes:
        processes.start_outside(pack, latency_ms=LATENCY_MS)
        connection.close()
        with override_settings(**processes.outside()):
            fork = multiprocessing.get_context("fork")
            workers = [fork.Process(target=_ask_for, args=(PEERS // PROCESSES,)) for _n in range(PROCESSES)]
            started = time.perf_counter()
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
            return PEERS / (time.perf_counter() - started)


def _ask_for(count: int) -> None:
    """The same leases, the same answers kept, the same checks: only the asking is the usual way."""
    for _claim in range(count):
        (due,) = lease_due_claims(limit=1, now=timezone.now())
        exing = look_up_all(exing=[due.exing_plate or ""], yunshenling=[])[0]
        plates = look_up_all(exing=[], yunshenling=[due.yunshenling_plate or ""])[1]
        record_answers([due], exing=exing, yunshenling=plates, now=timezone.now())
    connection.close()
    os._exit(0)
