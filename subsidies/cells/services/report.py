"""What this cell tells its province: sums by scheme and state, and the signed heads of its books. No person, no claim."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db.models import Sum

from core.audit.acting import acting
from subsidies.cells.register import report_to_province
from subsidies.cells.selectors.locks import lies_behind
from subsidies.models import Cell, ClaimTally, Scheme

AT_ONCE = 50


def report(*, statements: Sequence[Path], now: datetime) -> bool:
    """Tell how things stand, with the statements (in order) that the province has not taken yet; return whether it was told.

    A database that may have been restored tells nothing.
    """
    cell = Cell.objects.first()
    if cell is None or lies_behind():
        return False
    new = [path for path in statements if path.name > cell.heads_told][:AT_ONCE]
    told = {
        "cell": cell.code,
        "schemes": _schemes(),
        "heads": [{"name": path.name, "text": path.read_text(encoding="utf-8")} for path in new],
    }
    taken = report_to_province(told)
    if taken is None:
        return False
    with acting("report_to_province", by=None, now=now):
        Cell.objects.update(reported_at=now, heads_told=taken)
    return True


def _schemes() -> list[dict[str, Any]]:
    states: dict[int, dict[str, int]] = defaultdict(dict)
    counted = ClaimTally.objects.values_list("scheme", "state").annotate(n=Sum("count"))
    for scheme, state, count in counted.filter(n__gt=0):
        states[scheme][state] = count
    return [
        {
            "code": scheme.code,
            "name": scheme.name,
            "funded_fen": scheme.funded_fen,
            "reserved_fen": scheme.reserved_fen,
            "paid_fen": scheme.paid_fen,
            "states": states[scheme.pk],
        }
        for scheme in Scheme.objects.order_by("code")
    ]
