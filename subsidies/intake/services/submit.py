"""One trade-in from the portal's form: the same way in as a file, as a batch of one row, at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from core.models import User
from ebikes.importing.pipeline import read_form
from ebikes.importing.text import Cell
from ebikes.models import ImportBatch, ImportRow
from merchants.models import Merchant
from subsidies.intake.services.confirm_import import confirm_import
from subsidies.models import Claim


class RecordRefused(ValueError):
    """Nothing was kept; `problems` say why, as `ImportRow.problems` does."""

    def __init__(self, problems: list[dict[str, object]]) -> None:
        super().__init__(f"the record was refused: {[p.get('kind') for p in problems]}")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Submission:
    """The claim, and whether this very record had been received before."""

    claim: Claim
    known_already: bool


@transaction.atomic
def submit_trade_in(
    *,
    cells: Mapping[str, Cell],
    merchant: Merchant | None,
    by: User | None,
    now: datetime,
    received_at: datetime | None = None,
) -> Submission:
    """Take in one trade-in and make its claim. `cells` by the keys of `LAYOUTS["trade_ins"]`.

    The same record sent twice is one claim. A correction keeps the earlier `received_at`. Raises RecordRefused, NoScheme.
    """
    batch = read_form(cells, kind=ImportBatch.Kind.TRADE_INS, by=by, now=now, merchant=merchant)
    _accepted(batch)
    confirm_import(batch=batch, by=by, now=now, received_at=received_at)
    row = _accepted(batch)  # with what had become live by then
    claim = Claim.objects.select_related("trade_in").get(trade_in__record_no=row.record_no)
    return Submission(claim, known_already=row.verdict == ImportRow.Verdict.DUPLICATE)


def _accepted(batch: ImportBatch) -> ImportRow:
    """The one row of a form. Raises RecordRefused."""
    row = ImportRow.objects.get(batch=batch)
    if row.verdict == ImportRow.Verdict.REFUSED:
        raise RecordRefused(row.problems)
    return row
