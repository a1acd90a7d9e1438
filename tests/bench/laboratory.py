"""A replay of 200,000 claims: against a limit in seconds, and against the plain walk over the same claims, once."""

from collections.abc import Iterator

from config.local.scratch import scratch_database
from subsidies.engine.queue import Funds, OpenClaim, QueuePolicy, decide
from subsidies.laboratory.selectors.history import History, last_rows, read_history
from subsidies.laboratory.selectors.outcome import result_of
from subsidies.laboratory.selectors.replayed import replayed
from subsidies.laboratory.variants import Variant
from subsidies.models import Scheme
from tests.bench.many_claims import gather, open_scheme, vacuum, without_triggers
from tests.bench.measure import RUNS, Comparison, compare, seconds

CLAIMS = 200_000
SECONDS = 3.0  # a variant: made ready, walked, compared

# Each claim arrives an hour after its completion and passes two hours later; the walk of that hour settles it, until the
# money for a third of them ends.
_LIFE = """
    DELETE FROM subsidies_claimevent;
    UPDATE subsidies_ledgerentry SET at = '2022-05-31 08:00+08';
    INSERT INTO subsidies_claimevent (claim_id, from_state, to_state, at, verb, refusals, reasons, note)
    SELECT id, from_state, to_state, at, verb, '{}', '{}', '' FROM (
        SELECT c.id, e.* FROM (
            SELECT *, sum(amount_fen) OVER (ORDER BY completed_at, received_at, id) <= %(money)s AS settled
            FROM subsidies_claim) c CROSS JOIN LATERAL (VALUES
            ('', 'received', c.completed_at + interval '1 hour', 'receive_claims'),
            ('checking', 'eligible', c.completed_at + interval '3 hours', 'record_answers'),
            ('eligible', CASE WHEN c.settled THEN 'settled' ELSE 'waitlisted' END,
             date_trunc('hour', c.completed_at) + interval '4 hours', 'allocate')
        ) AS e (from_state, to_state, at, verb)
    ) lives ORDER BY at, verb <> 'allocate', id
"""


def laboratory(runs: int = RUNS) -> Iterator[Comparison]:
    """Two rows of the table."""
    with scratch_database() as _env:
        scheme = open_scheme(budget_fen=CLAIMS * 25_000 // 3)
        gather(scheme, CLAIMS)
        with without_triggers() as cursor:
            for statement in _LIFE.split(";"):
                cursor.execute(statement, {"money": scheme.funded_fen})
        vacuum()
        yield from _measured(Scheme.objects.get(pk=scheme.pk), runs)


def _measured(scheme: Scheme, runs: int) -> Iterator[Comparison]:
    read: list[History] = []
    times: list[tuple[float, float, float]] = []
    for _run in range(runs):
        read.clear()
        reading = seconds(lambda: read.append(read_history(scheme, last_rows(scheme))))
        history = read[0]
        variant = Variant("1", history.newest, history.funded_fen * 2)
        control = replayed(history, None)
        replaying = seconds(lambda: result_of(history, control, [replayed(history, variant)]))  # noqa: B023
        walking = seconds(lambda: _once(history))  # noqa: B023
        times.append((reading, replaying, walking))
    walks = f"{control.walks:,} walks"
    yield compare(
        "laboratory_limit",
        f"{CLAIMS:,} claims replayed under a variant, {walks}: made ready, walked, compared with the facts",
        f"{SECONDS:g} seconds",
        "s",
        [(replaying, SECONDS) for _reading, replaying, _walking in times],
        target=1,
        at_least=False,
        note=f"reading them takes {min(reading for reading, *_rest in times):.1f} s more, once a run",
    )
    yield compare(
        "laboratory_walk",
        "the same",
        "the plain walk over all of them, once",
        "s",
        [(replaying, walking) for _reading, replaying, walking in times],
        target=6,
        at_least=False,
    )


def _once(history: History) -> None:
    stages = {stage.no: stage.amount_fen for stage in history.newest.stages}
    queue = [
        OpenClaim(
            (c.completed_at, c.received_at, c.id), c.person, c.stage or 1, stages[c.stage or 1], eligible=True
        )
        for c in history.claims
    ]
    decide(queue, Funds(history.funded_fen), QueuePolicy())
