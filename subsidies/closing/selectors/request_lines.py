"""What a payment request adds up: the payments of a closed month, or of chosen batches, by batch."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Count, Sum

from core.shanghai import local_day
from subsidies.closing.selectors.figures import within
from subsidies.models import PayoutBatch, PayoutLine, Scheme

# The n-th payment of a piece in the ledger is the n-th of its lines that was made; what was set off belongs to no batch.
_PAID_BY_BATCH = """
    WITH paid AS (
        SELECT claim_id, amount_fen, ref, at,
               row_number() OVER (PARTITION BY claim_id, ref ORDER BY seq) AS nth
        FROM subsidies_ledgerentry WHERE scheme_id = %(scheme)s AND kind = 'pay' AND at < %(end)s
    ), made AS (
        SELECT l.claim_id, l.batch_id, coalesce(s.ref, '') AS ref,
               row_number() OVER (PARTITION BY l.claim_id, s.ref ORDER BY l.id) AS nth
        FROM subsidies_payoutline l LEFT JOIN subsidies_supplement s ON s.id = l.supplement_id
        WHERE l.state IN ('success', 'returned') AND l.claim_id IN (SELECT claim_id FROM paid WHERE at >= %(first)s)
    )
    SELECT m.batch_id, CASE WHEN m.batch_id IS NULL THEN p.ref ELSE '' END, count(*), sum(p.amount_fen)::bigint
    FROM paid p LEFT JOIN made m USING (claim_id, ref, nth)
    WHERE p.at >= %(first)s
    GROUP BY 1, 2 ORDER BY 1 NULLS LAST, 2
"""
GONE = (PayoutLine.State.FAILED, PayoutLine.State.RETURNED, PayoutLine.State.DISCARDED)


def lines_of_month(scheme: Scheme, month: date) -> list[dict[str, Any]]:
    """What was paid in the month by the ledger, by batch; what belongs to no batch stands under its ref."""
    first, end = within(month)
    with connection.cursor() as cursor:
        cursor.execute(_PAID_BY_BATCH, {"scheme": scheme.pk, "first": first, "end": end})
        found = list(cursor.fetchall())
    batches = PayoutBatch.objects.in_bulk([batch for batch, *_rest in found if batch])
    return [
        _line(batches[batch], n, fen)
        if batch
        else {"id": None, "batch": ref or "–", "made_on": "", "rows": n, "fen": fen}
        for batch, ref, n, fen in found
    ]


def lines_of_batches(scheme: Scheme, batches: Collection[int]) -> list[dict[str, Any]]:
    """What these batches of the scheme pay, or have paid: without what failed, came back or was discarded."""
    chosen = PayoutBatch.objects.filter(scheme=scheme, pk__in=batches).exclude(
        state=PayoutBatch.State.DISCARDED
    )
    lines = PayoutLine.objects.filter(batch__in=chosen).exclude(state__in=GONE).order_by()
    sums = {
        batch: (n, fen)
        for batch, n, fen in lines.values_list("batch").annotate(Count("pk"), Sum("amount_fen"))
    }
    return [_line(batch, *sums[batch.pk]) for batch in chosen.order_by("pk") if batch.pk in sums]


def _line(batch: PayoutBatch, rows: int, fen: int) -> dict[str, Any]:
    return {
        "id": batch.pk,
        "batch": str(batch),
        "made_on": local_day(batch.made_at).isoformat(),
        "rows": rows,
        "fen": int(fen),
    }
