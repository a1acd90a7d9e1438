"""What came of a district: the verdict on every row, the decision on every record, and the figures."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import Count

from ebikes.models import ImportBatch, ImportRow
from subsidies.models import Claim, Scheme
from subsidies.states import GRANTED, in_sql

# Places count the claims that are not refused; a refused one keeps its stage, earns nothing and has no place.
_DECISIONS = f"""
    SELECT t.record_no,
           CASE WHEN c.state IN ({in_sql(GRANTED)}) THEN 'settled' ELSE c.state END,
           st.no,
           CASE WHEN c.state = 'refused' THEN 0 ELSE c.amount_fen END,
           CASE WHEN c.state <> 'refused' THEN row_number() OVER (
               PARTITION BY c.state = 'refused' ORDER BY c.completed_at, c.received_at, c.id) END,
           array_to_string(ARRAY(SELECT unnest(c.refusals) ORDER BY 1), '|')
    FROM subsidies_claim c
    JOIN ebikes_tradein t ON t.id = c.trade_in_id
    LEFT JOIN subsidies_stage st ON st.id = c.stage_id
    WHERE c.scheme_id = %s
    ORDER BY t.record_no COLLATE "C"
"""  # noqa: S608 - constant text

_BY_STAGE = f"""
    SELECT st.no, st.amount_fen, st.cap_fen, st.reserved_fen, st.paid_fen,
           count(c.id),
           count(*) FILTER (WHERE c.state = 'refused'),
           count(*) FILTER (WHERE c.state IN ({in_sql(GRANTED)})),
           count(*) FILTER (WHERE c.state = 'waitlisted'),
           count(*) FILTER (WHERE c.state = 'paid'),
           count(*) FILTER (WHERE c.state = 'payout_failed'),
           count(*) FILTER (WHERE c.state = 'review')
    FROM subsidies_stage st LEFT JOIN subsidies_claim c ON c.stage_id = st.id
    WHERE st.scheme_id = %s GROUP BY st.id ORDER BY st.no
"""  # noqa: S608 - constant text
_STAGE_FIELDS = (
    *("stage", "amount_fen", "cap_fen", "reserved_fen", "paid_fen", "completed", "refused", "settled"),
    *("waitlisted", "paid", "payout_failed", "review"),
)


def write_import(batches: Iterable[ImportBatch], path: Path) -> dict[str, int]:
    """Write every row's verdict (`file,row,record_no,verdict,reason`); return how many of each."""
    counts: dict[str, int] = {}

    def rows() -> Iterable[tuple[Any, ...]]:
        for batch in batches:
            lines = ImportRow.objects.filter(batch=batch).order_by("line")
            for line, number, verdict, reason in lines.values_list(
                "line", "record_no", "verdict", "reason"
            ).iterator():
                counts[verdict] = counts.get(verdict, 0) + 1
                yield batch.file_name, line, number, verdict, reason

    _write(path, ("file", "row", "record_no", "verdict", "reason"), rows())
    return counts


def write_decisions(scheme: Scheme, path: Path) -> None:
    """Write every record's decision (`record_no,outcome,stage,amount_fen,place,reasons`), by record number."""
    with connection.cursor() as cursor:
        cursor.execute(_DECISIONS, [scheme.pk])
        _write(path, ("record_no", "outcome", "stage", "amount_fen", "place", "reasons"), cursor)


def by_stage(scheme: Scheme) -> list[dict[str, Any]]:
    """Counts and money of each stage, in fen."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_STAGE, [scheme.pk])
        return [dict(zip(_STAGE_FIELDS, row, strict=True)) for row in cursor]


def decisions(scheme: Scheme) -> dict[str, int]:
    """How many claims are in each state."""
    return dict(
        Claim.objects.filter(scheme=scheme).values_list("state").annotate(n=Count("pk")).order_by("state")
    )


def refusals(scheme: Scheme) -> dict[str, int]:
    """How many claims were refused for each reason; one claim may have several."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reason, count(*) FROM subsidies_claim, unnest(refusals) AS reason"
            " WHERE scheme_id = %s AND state = 'refused' GROUP BY 1 ORDER BY 2 DESC, 1",
            [scheme.pk],
        )
        return dict(cursor.fetchall())


def refusals_by_stage(scheme: Scheme) -> dict[tuple[int, str], int]:
    """The same by stage number; a claim completed outside every stage is in none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT st.no, reason, count(*) FROM subsidies_claim c JOIN subsidies_stage st ON st.id = c.stage_id,"
            " unnest(c.refusals) AS reason WHERE c.scheme_id = %s AND c.state = 'refused' GROUP BY 1, 2",
            [scheme.pk],
        )
        return {(no, reason): count for no, reason, count in cursor.fetchall()}


def outside_stages(scheme: Scheme) -> int:
    """How many claims were completed outside every stage."""
    return Claim.objects.filter(scheme=scheme, stage=None).count()


def _write(path: Path, header: tuple[str, ...], rows: Iterable[Any]) -> None:
    with path.open("w", newline="", encoding="utf-8-sig") as handle:
        writer = csv.writer(handle)
        writer.writerow(header)
        writer.writerows(rows)
