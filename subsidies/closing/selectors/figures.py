"""What the ledger says of a month, in one reading of the month's rows."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Sum

from core.shanghai import local_day, midnight, next_month
from subsidies.models import LedgerEntry, Scheme

Sums = dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one kind on one local day. `batches`: how many payout batches paid them; `late`: paid before the month."""

    day: date
    kind: str
    rows: int
    fen: int
    batches: int = 0
    late: tuple["Late", ...] = ()


@dataclass(frozen=True, slots=True)
class Late:
    """Payments that the operator dates to an earlier month, whose news came in this one."""

    paid_on: date
    rows: int
    fen: int


def within(month: date) -> tuple[datetime, datetime]:
    """The moments between which the month lies: from the first, before the second."""
    return midnight(month), midnight(next_month(month))


def sums_of(scheme: Scheme, month: date) -> Sums:
    """By kind: rows and fen of the ledger in that month. Kinds without rows are not named."""
    first, end = within(month)
    rows = LedgerEntry.objects.filter(scheme=scheme, at__gte=first, at__lt=end).order_by()
    counted = rows.values_list("kind").annotate(n=Count("pk"), fen=Sum("amount_fen"))
    return {kind: {"rows": n, "fen": int(fen)} for kind, n, fen in counted.order_by("kind")}


_MONTHS = """
    SELECT date_trunc('month', at AT TIME ZONE 'Asia/Shanghai')::date, kind, count(*), sum(amount_fen)::bigint
    FROM subsidies_ledgerentry WHERE scheme_id = %(scheme)s AND at >= %(first)s
    GROUP BY 1, 2 ORDER BY 1, 2
"""


def sums_since(scheme: Scheme, month: date) -> dict[date, Sums]:
    """As `sums_of`, for this month and every later one that has rows, by its first day: one reading of all of them."""
    found: dict[date, Sums] = {}
    for first, kind, rows, fen in _read(_MONTHS, {"scheme": scheme.pk, "first": midnight(month)}):
        found.setdefault(first, {})[kind] = {"rows": rows, "fen": fen}
    return found


def newest_row(scheme: Scheme, month: date) -> tuple[int, bytes]:
    """Number and hash of the newest ledger row dated before the month's end; 0 and nought where there is none."""
    _first, end = within(month)
    rows = LedgerEntry.objects.filter(scheme=scheme, at__lt=end).order_by("-seq")
    found = rows.values_list("seq", "hash").first()
    return (found[0], bytes(found[1])) if found else (0, bytes(32))


def first_month(scheme: Scheme) -> date | None:
    """The month of the ledger's oldest row; None while it has none."""
    at = LedgerEntry.objects.filter(scheme=scheme).order_by("seq").values_list("at", flat=True).first()
    return local_day(at).replace(day=1) if at else None


_GROUPS = """
    SELECT (at AT TIME ZONE 'Asia/Shanghai')::date AS day, kind, count(*), sum(amount_fen)::bigint
    FROM subsidies_ledgerentry WHERE scheme_id = %(scheme)s AND at >= %(first)s AND at < %(end)s
    GROUP BY 1, 2
"""
# The payment behind a `pay` row is the one that was made of that piece: the claim's own, or a supplement's, by its ref. What
# is kept for another claim (set-off) was paid by no batch.
_PAID = """
    SELECT (e.at AT TIME ZONE 'Asia/Shanghai')::date AS day, {what}
    FROM subsidies_ledgerentry e
    JOIN subsidies_payoutline l ON l.claim_id = e.claim_id AND l.state IN {states}
    LEFT JOIN subsidies_supplement s ON s.id = l.supplement_id
    WHERE e.scheme_id = %(scheme)s AND e.kind = 'pay' AND e.ref = coalesce(s.ref, '')
      AND e.at >= %(first)s AND e.at < %(end)s {further}
    GROUP BY {groups}
"""
_BATCHES = _PAID.format(
    what="count(DISTINCT l.batch_id)", states="('success', 'returned')", further="", groups="1"
)
_LATE = _PAID.format(
    what="(l.finished_at AT TIME ZONE 'Asia/Shanghai')::date, count(*), sum(e.amount_fen)::bigint",
    states="('success')",
    further="AND l.finished_at < %(first)s",
    groups="1, 2",
)


def groups_of(scheme: Scheme, month: date) -> list[Group]:
    """The month's rows by local day and kind, in no order."""
    first, end = within(month)
    params = {"scheme": scheme.pk, "first": first, "end": end}
    batches = dict(_read(_BATCHES, params))
    late: dict[date, list[Late]] = {}
    for day, *what in sorted(_read(_LATE, params)):
        late.setdefault(day, []).append(Late(*what))
    return [
        Group(day, kind, rows, fen)
        if kind != LedgerEntry.Kind.PAY
        else Group(day, kind, rows, fen, batches.get(day, 0), tuple(late.get(day, ())))
        for day, kind, rows, fen in _read(_GROUPS, params)
    ]


def _read(query: str, params: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return list(cursor.fetchall())
