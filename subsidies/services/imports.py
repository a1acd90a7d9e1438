"""Confirming what came in: its rows become live, and each new trade-in makes its claim, in one transaction."""

from datetime import datetime

from django.db import transaction

from ebikes.importing.pipeline import confirm_batch, discard_batch
from ebikes.models import ImportBatch
from merchants.models import User
from subsidies.models import Scheme
from subsidies.services.receive import receive_claims
from subsidies.services.schemes import current_scheme


@transaction.atomic
def confirm_import(
    *, batch: ImportBatch, by: User | None, now: datetime, scheme: Scheme | None = None
) -> None:
    """Make a previewed batch live; trade-ins claim under `scheme`, or the newest one.

    Raises BatchNotInPreview where somebody was quicker, NoScheme where there is nothing to claim under.
    """
    confirm_batch(batch=batch, by=by, now=now)
    if batch.kind == ImportBatch.Kind.TRADE_INS:
        receive_claims(scheme=scheme or current_scheme(), batch_id=batch.pk, by=by, now=now)


def discard_import(*, batch: ImportBatch, by: User | None, now: datetime) -> None:
    """Drop a previewed batch: nothing of it was live. Raises BatchNotInPreview."""
    discard_batch(batch=batch, by=by, now=now)
