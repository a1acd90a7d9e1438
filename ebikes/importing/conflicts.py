"""What a row contradicts: field by field, what was received before and what is in the file. Personal values are masked."""

import json
from collections.abc import Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, cast

from django.db import connection

from core.money import yuan
from core.privacy.masks import mask_id, mask_name, mask_phone, mask_wallet
from core.privacy.sealing import SealedFor, unseal_to_show
from core.shanghai import to_the_second
from ebikes.importing.layouts import EVENTS, LAYOUTS
from ebikes.importing.staging import STAGED
from ebikes.importing.targets import TARGETS
from ebikes.models import ImportBatch

Row = Mapping[str, Any]

# A live record under the names of the staged columns.
_LIVE_TRADE_INS = """
    SELECT t.*, o.id AS owner_record, o.id_kind, o.id_no, o.id_country, o.number_index,
           m.uscc AS merchant_uscc, p.point_no AS agent_point_no
    FROM ebikes_tradein t JOIN ebikes_owner o ON o.id = t.owner_id
    JOIN merchants_merchant m ON m.id = t.merchant_id JOIN merchants_agentpoint p ON p.id = t.agent_point_id
    WHERE t.record_no = ANY(%s) AND t.district_id = %s
"""
# Column: its index and its mask. Where it is sealed for, a live row's too, the staged column says.
_SEALED = {
    "owner_name": ("name_index", mask_name),
    "id_no": ("number_index", mask_id),
    "phone": ("phone_index", mask_phone),
    "wallet_no": ("wallet_index", mask_wallet),
}
_STORE = """
    UPDATE ebikes_importrow r SET problems = told.problems::jsonb
    FROM unnest(%s::bigint[], %s::text[]) told (line, problems)
    WHERE r.batch_id = %s AND r.line = told.line
"""


def tell_fields(batch: ImportBatch, refused: Sequence[Row]) -> None:
    """Say of each of these staged rows, refused as a contradiction, in which fields it differs from what came first."""
    known = _known(batch, refused)
    key = LAYOUTS[batch.kind].key
    lines: list[int] = []
    problems: list[str] = []
    for row in refused:
        before = known.get(row[key])
        if before and batch.merchant_id not in (None, before.get("merchant_id", batch.merchant_id)):
            continue  # of another shop's customer nothing is told
        fields = list(_differing(batch.kind, before, row)) if before and before["line"] != row["line"] else []
        if fields:
            lines.append(row["line"])
            problem = {"kind": "conflict", "params": {"fields": "; ".join(fields)}}
            problems.append(json.dumps([problem], ensure_ascii=False))
    if lines:
        with connection.cursor() as cursor:
            cursor.execute(_STORE, [lines, problems, batch.pk])


def _known(batch: ImportBatch, refused: Sequence[Row]) -> dict[str, Row]:
    """What came first under the number of each: the live record, else the first row of this file."""
    key, table = LAYOUTS[batch.kind].key, TARGETS[batch.kind].table
    keys = list({row[key] for row in refused})
    first = f"SELECT DISTINCT ON ({key}) * FROM {table} WHERE batch_id = %s AND {key} = ANY(%s) ORDER BY {key}, line"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(first, [batch.pk, keys])
        known: dict[str, Row] = {row[key]: row for row in rows_of(cursor)}
        if batch.kind == ImportBatch.Kind.TRADE_INS:
            cursor.execute(_LIVE_TRADE_INS, [keys, batch.district_id])
            known |= {row[key]: {**row, "line": 0} for row in rows_of(cursor)}
    return known


def rows_of(cursor: Any) -> Iterator[dict[str, Any]]:
    """What a cursor found, by names."""
    names = [column.name for column in cursor.description]
    return (dict(zip(names, row, strict=True)) for row in cursor.fetchall())


def _differing(kind: str, before: Row, now: Row) -> Iterator[str]:
    for column in LAYOUTS[kind].columns:
        index, mask = _SEALED.get(column.key, ("", str))
        was, is_now = (_compared(kind, column.key, row, index) for row in (before, now))
        if was == is_now and not _other_day_only(column.key, before, now):
            continue
        one, other = (_shown(kind, column.key, row, mask) for row in (before, now))
        yield f"{column.title} {one} ≠ {other}"


def _other_day_only(key: str, before: Row, now: Row) -> bool:
    return key in EVENTS and (key in before["day_only"]) != (key in now["day_only"])


def _compared(kind: str, key: str, row: Row, index: str) -> Any:
    """What is sealed, by its index; a masked name, which has none, by what it says."""
    value = row[index or key]
    if index and value is None and row[key] is not None:
        return _opened(kind, key, row)
    return bytes(value) if isinstance(value, memoryview) else value


def _opened(kind: str, key: str, row: Row) -> str:
    column = cast(SealedFor, STAGED[kind]._meta.get_field(key))
    return unseal_to_show(bytes(row[key]), context=column.context_of(SimpleNamespace(**row)))


def _shown(kind: str, key: str, row: Row, mask: Any) -> str:
    value = row[key]
    if value is None or value == "":
        return "–"
    if key in _SEALED:
        return str(mask(_opened(kind, key, row)))
    if key in EVENTS:
        return to_the_second(value)
    return yuan(value) if key.endswith("_fen") else str(value)[:40]
