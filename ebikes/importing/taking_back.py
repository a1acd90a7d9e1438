"""A register's file remembers what it wrote, and can be taken back as long as every row is still as it left it.

Whether something stands on what it wrote is for whoever knows claims (subsidies/intake/selectors/standing_on.py).
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.apps import apps
from django.db import IntegrityError, connection, transaction

from core.models import User
from ebikes.models import FiledBike, ImportBatch, WrittenRow

Kind = ImportBatch.Kind


class NotToBeTakenBack(ValueError):
    """The file was not confirmed, is none of a register, or was taken back already."""


class ChangedSince(ValueError):
    """Rows that the file wrote were changed by somebody else since; its args: how many."""


class Depended(ValueError):
    """A row that the file made is named by others now."""


class Written(NamedTuple):
    """A table that a kind of file writes, and by what its staged rows `s` find their live row `k`."""

    table: str
    staged: str
    same: str


_POINT = "k.point_no = s.point_no AND k.district_id = %(district)s"
# In the order in which rows are made; they are taken away the other way round.
REGISTERS: dict[str, tuple[Written, ...]] = {
    Kind.FILED_BIKES: (
        Written("ebikes_filedbike", "ebikes_stagedfiledbike", "k.filing_plate_no = s.filing_plate_no"),
    ),
    Kind.MERCHANTS: (
        Written(
            "merchants_merchant", "ebikes_stagedmerchant", "k.uscc = s.uscc AND k.district_id = %(district)s"
        ),
    ),
    Kind.AGENT_POINTS: (
        Written("merchants_agentpoint", "ebikes_stagedagentpoint", _POINT),
        Written(
            "merchants_agentauthorization",
            "ebikes_stagedagentpoint",
            "k.starts_on = s.starts_on AND k.agent_point_id IN"
            " (SELECT id FROM merchants_agentpoint p WHERE p.point_no = s.point_no AND p.district_id = %(district)s)",
        ),
    ),
}
ROW_DIGEST = "decode(md5(to_jsonb(k)::text), 'hex')"
_BEFORE = """
    INSERT INTO ebikes_writtenrow (batch_id, target, row_id, before)
    SELECT DISTINCT s.batch_id, %(target)s, k.id, to_jsonb(k) FROM {staged} s JOIN {table} k ON {same}
    WHERE s.batch_id = %(batch)s
"""
_AFTER = """
    INSERT INTO ebikes_writtenrow (batch_id, target, row_id, written)
    SELECT DISTINCT s.batch_id, %(target)s, k.id, {digest} FROM {staged} s JOIN {table} k ON {same}
    WHERE s.batch_id = %(batch)s
    ON CONFLICT (batch_id, target, row_id) DO UPDATE SET written = EXCLUDED.written
"""
_CHANGED = """
    SELECT count(*) FROM ebikes_writtenrow w LEFT JOIN {table} k ON k.id = w.row_id
    WHERE w.batch_id = %(batch)s AND w.target = %(target)s AND w.written IS DISTINCT FROM {digest}
"""
_RESTORE = """
    UPDATE {table} k SET ({columns}) = (SELECT {columns} FROM jsonb_populate_record(NULL::{table}, w.before))
    FROM ebikes_writtenrow w
    WHERE w.batch_id = %(batch)s AND w.target = %(target)s AND k.id = w.row_id AND w.before IS NOT NULL
          AND w.before <> to_jsonb(k)
"""
_REMOVE = """
    DELETE FROM {table} k USING ebikes_writtenrow w
    WHERE w.batch_id = %(batch)s AND w.target = %(target)s AND k.id = w.row_id AND w.before IS NULL
"""
_FORSAKEN = """
    DELETE FROM ebikes_owner o
    WHERE o.id = ANY(%s) AND NOT EXISTS (SELECT FROM ebikes_filedbike k WHERE k.owner_id = o.id)
      AND NOT EXISTS (SELECT FROM ebikes_tradein t WHERE t.owner_id = o.id)
"""


def remember_before(batch: ImportBatch) -> None:
    """Keep the rows that a register's file is about to change."""
    _each(batch, _BEFORE)


def remember_written(batch: ImportBatch) -> None:
    """Keep what it made of them, and which rows are new."""
    _each(batch, _AFTER)


@transaction.atomic
def take_back(*, batch: ImportBatch, by: User | None, now: datetime) -> None:
    """Make every row as it was before the file, and remove those that it made; the verdicts stay as history.

    Raises NotToBeTakenBack, ChangedSince, Depended.
    """
    locked = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if locked.state != ImportBatch.State.CONFIRMED or locked.kind not in REGISTERS:
        raise NotToBeTakenBack(f"batch {batch.pk} is {locked.state}")
    if changed := sum(_each(batch, _CHANGED)):
        raise ChangedSince(changed)
    WrittenRow.objects.filter(batch=batch).update(written=None)
    owners = _owners(batch)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            _each(batch, _REMOVE, backwards=True)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    except IntegrityError as error:
        raise Depended from error
    _each(batch, _RESTORE)
    with connection.cursor() as cursor:
        cursor.execute(_FORSAKEN, [owners])
    batch.state, batch.taken_back_by, batch.taken_back_at = ImportBatch.State.TAKEN_BACK, by, now
    batch.save(update_fields=["state", "taken_back_by", "taken_back_at"])


def _owners(batch: ImportBatch) -> list[int]:
    """To whom the bikes of this file belong."""
    written = WrittenRow.objects.filter(batch=batch, target="ebikes_filedbike").values("row_id")
    return list(FiledBike.objects.filter(pk__in=written).values_list("owner", flat=True))


def _each(batch: ImportBatch, statement: str, *, backwards: bool = False) -> list[int]:
    """Run it for each table that this kind of file writes; what a count returns, in their order."""
    tables = REGISTERS.get(batch.kind, ())
    return [_run(batch, statement, each) for each in (reversed(tables) if backwards else tables)]


def _run(batch: ImportBatch, statement: str, each: Written) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            statement.format(**each._asdict(), digest=ROW_DIGEST, columns=", ".join(_columns(each.table))),
            {"batch": batch.pk, "target": each.table, "district": batch.district_id},
        )
        return int(cursor.fetchone()[0]) if cursor.description else 0


def _columns(table: str) -> Iterator[str]:
    model = next(model for model in apps.get_models() if model._meta.db_table == table)
    return (f'"{field.column}"' for field in model._meta.concrete_fields if not field.primary_key)
