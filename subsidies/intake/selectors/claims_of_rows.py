"""Which claims a file's rows have become."""

from collections.abc import Iterable

from ebikes.models import ImportBatch, ImportRow
from subsidies.models import Claim


def claims_of_rows(batch: ImportBatch, rows: Iterable[ImportRow]) -> dict[int, int]:
    """The newest claim of each accepted trade-in among these rows of a confirmed file, by the row's line."""
    if batch.kind != ImportBatch.Kind.TRADE_INS or batch.state != ImportBatch.State.CONFIRMED:
        return {}
    lines = [row.line for row in rows if row.verdict == ImportRow.Verdict.ACCEPTED]
    claims = Claim.objects.filter(trade_in__batch=batch, trade_in__batch_line__in=lines).order_by("pk")
    found = claims.values_list("trade_in__batch_line", "pk")
    return {line: claim for line, claim in found if line is not None}
