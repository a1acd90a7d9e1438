"""Allotting a large queue: against the least a database must do for it, and against a transaction per claim."""

import multiprocessing
import os
import time
from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from config.local.scratch import copied_database, scratch_database
from core.query_planner import expect_many_rows
from subsidies.allocation.services.allocate import allocate
from subsidies.models import Claim, LedgerEntry, Scheme
from tests.bench.many_claims import gather, open_scheme, without_triggers
from tests.bench.measure import RUNS, Comparison, compare, seconds

CLAIMS = 200_000
PROCESSES, CLAIMS_EACH = 8, 60

# Mark the claims up to where the money ends, and insert a row for each: no rule but the budget, no event, no chain, no
# trigger and no foreign key.
_BARE = """
    WITH running AS (
        SELECT id, stage_id, amount_fen, row_number() OVER place AS seq, sum(amount_fen) OVER place AS spent
        FROM subsidies_claim WHERE scheme_id = %(scheme)s AND state = 'eligible'
        WINDOW place AS (ORDER BY completed_at, received_at, id)
    ), marked AS (
        UPDATE subsidies_claim c SET state = 'settled' FROM running r
        WHERE r.id = c.id AND r.spent <= %(budget)s RETURNING c.id, r.seq, r.stage_id, r.amount_fen
    )
    INSERT INTO subsidies_ledgerentry
        (scheme_id, seq, kind, stage_id, claim_id, amount_fen, at, order_no, payee_digest, recorded_at, ref, prev_hash,
         hash)
    SELECT %(scheme)s, seq + 1, 'reserve', stage_id, id, amount_fen, now(), '', '', now(), '', '\\x00', '\\x00' FROM marked
"""


def allocation(runs: int = RUNS) -> Iterator[Comparison]:
    """Two rows of the table."""
    with scratch_database() as _env:
        scheme = open_scheme(budget_fen=CLAIMS * 30_000)
        gather(scheme, CLAIMS)
        times: list[tuple[float, float, float]] = []
        for _run in range(runs):
            with copied_database():
                ours = seconds(lambda: allocate(scheme=scheme, now=timezone.now()))
            with copied_database():
                bare = seconds(lambda: _mark_and_insert(scheme))
            with copied_database():
                one_by_one = _per_claim(scheme)
            times.append((CLAIMS / ours, CLAIMS / bare, one_by_one))
    yield compare(
        "allocation_bare",
        f"{CLAIMS:,} eligible claims allotted, ledger and events written",
        "one set-based statement that only marks and inserts",
        "claims/s",
        [(ours, bare) for ours, bare, _ in times],
        target=0.5,
        at_least=True,
    )
    yield compare(
        "allocation_locked_row",
        "the same",
        f"a transaction per claim with the budget row locked, {PROCESSES} processes",
        "claims/s",
        [(ours, peer) for ours, _, peer in times],
        target=100,
        at_least=True,
    )


def _mark_and_insert(scheme: Scheme) -> None:
    with without_triggers() as cursor, transaction.atomic():
        expect_many_rows(cursor)
        cursor.execute(_BARE, {"scheme": scheme.pk, "budget": scheme.available_fen})


def _per_claim(scheme: Scheme) -> float:
    """Claims a second, with every process settling its share one by one."""
    claims = list(Claim.objects.order_by("pk").values_list("pk", flat=True)[: PROCESSES * CLAIMS_EACH])
    fork = multiprocessing.get_context("fork")
    barrier = fork.Barrier(PROCESSES + 1)
    workers = [
        fork.Process(target=_settle_each, args=(scheme.pk, claims[n::PROCESSES], barrier))
        for n in range(PROCESSES)
    ]
    connection.close()
    for worker in workers:
        worker.start()
    barrier.wait()
    started = time.perf_counter()
    for worker in workers:
        worker.join()
    return len(claims) / (time.perf_counter() - started)


def _settle_each(scheme_id: int, claims: list[int], barrier: Any) -> None:
    with without_triggers():
        barrier.wait()
        for claim_id in claims:
            with transaction.atomic():
                scheme = Scheme.objects.select_for_update().get(pk=scheme_id)
                claim = Claim.objects.select_for_update().get(pk=claim_id)
                if scheme.available_fen >= claim.amount_fen:
                    claim.state = "settled"
                    claim.save(update_fields=["state"])
                    scheme.reserved_fen += claim.amount_fen
                    scheme.ledger_seq += 1
                    scheme.save(update_fields=["reserved_fen", "ledger_seq"])
                    LedgerEntry.objects.create(
                        scheme=scheme,
                        seq=scheme.ledger_seq,
                        kind="reserve",
                        stage_id=claim.stage_id,
                        claim=claim,
                        amount_fen=claim.amount_fen,
                        at=timezone.now(),
                        recorded_at=timezone.now(),
                        prev_hash=b"\0",
                        hash=b"\0",
                    )
    connection.close()
    os._exit(0)
