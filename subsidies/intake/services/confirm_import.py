"""Confirming what came in: its rows become live, and each new trade-in makes its claim, in one transaction."""

from datetime import datetime

from django.db import connection, transaction

from core.models import User
from ebikes.importing.pipeline import confirm_batch, discard_batch
from ebikes.models import ImportBatch
from subsidies.claims.services.receive import receive_claims
from subsidies.models import Scheme
from subsidies.schemes.selectors.current import current_scheme
from subsidies.shops.services.authorisations import hold_late_arrivals, hold_shortened, period_ends
from subsidies.states import OPEN


@transaction.atomic
def confirm_import(
    *,
    batch: ImportBatch,
    by: User | None,
    now: datetime,
    scheme: Scheme | None = None,
    received_at: datetime | None = None,
) -> None:
    """Make a previewed batch live; trade-ins claim under `scheme`, or the newest one.

    `received_at` is an earlier time that a correction keeps.

    Raises BatchNotInPreview where somebody was quicker, NoScheme where there is nothing to claim under.
    """
    ends = period_ends() if batch.kind == ImportBatch.Kind.AGENT_POINTS else {}
    confirm_batch(batch=batch, by=by, now=now, received_at=received_at)
    if ends:
        hold_shortened(before=ends, batch_id=batch.pk, by=by, now=now)
    if batch.kind == ImportBatch.Kind.TRADE_INS:
        receive_claims(scheme=scheme or current_scheme(), batch_id=batch.pk, by=by, now=now)
        hold_late_arrivals(batch_id=batch.pk, now=now)


def discard_import(*, batch: ImportBatch, by: User | None, now: datetime) -> None:
    """Drop a previewed batch: nothing of it was live. Raises BatchNotInPreview."""
    discard_batch(batch=batch, by=by, now=now)


_BEHIND = """
    SELECT count(*) FROM (
        SELECT FROM subsidies_claim c
        WHERE c.live AND c.state = ANY(%(open)s) AND c.completed_at > (
            SELECT min(greatest(s.deregistered_at, s.collected_at, s.purchased_at, s.plated_at))
            FROM ebikes_stagedtradein s JOIN ebikes_importrow r ON r.batch_id = s.batch_id AND r.line = s.line
            WHERE s.batch_id = %(batch)s AND r.verdict = 'accepted')
        LIMIT %(most)s
    ) behind
"""
MOST_BEHIND = 10_000


def open_claims_behind(batch: ImportBatch) -> int:
    """How many claims that still ask for money would stand behind a row of this previewed batch; counted to 10,000."""
    if batch.kind != ImportBatch.Kind.TRADE_INS:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_BEHIND, {"batch": batch.pk, "open": list(OPEN), "most": MOST_BEHIND})
        return int(cursor.fetchone()[0])
