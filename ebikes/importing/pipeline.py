"""read → validate every row → preview → confirm. Nothing live is touched before the confirmation."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from core.models import User
from ebikes.importing.layouts import LAYOUTS
from ebikes.importing.problems import CONFLICT, UnreadableFile
from ebikes.importing.publish import (
    compare_with_live,
    drop_staged,
    note_same_bikes,
    publish_staged,
    tell_planner,
)
from ebikes.importing.reader import open_table
from ebikes.importing.staging import RowJudge, stage_rows
from ebikes.importing.text import Cell
from ebikes.models import ImportBatch, ImportRow
from merchants.models import Merchant

Progress = Callable[[float], None]  # a fraction, 0 to 1
State = ImportBatch.State

# One confirmation at a time: what "known already" means must not change between comparing and inserting.
_CONFIRM_LOCK = 7_330_105


class BatchNotInPreview(ValueError):
    """The batch was confirmed or discarded already, or could not be read."""


def read_file(
    path: Path,
    *,
    kind: str,
    by: User | None,
    now: datetime,
    progress: Progress,
    merchant: Merchant | None = None,
) -> ImportBatch:
    """Read a file from disk into a batch for preview; `merchant` limits trade-ins to its own."""
    batch = open_batch(file_name=path.name, kind=kind, by=by, merchant=merchant, now=now)
    return read_into(batch, path, progress=progress)


def open_batch(
    *, file_name: str, kind: str, by: User | None, merchant: Merchant | None, now: datetime
) -> ImportBatch:
    """Register a file that is about to be read."""
    return ImportBatch.objects.create(
        kind=kind, file_name=file_name[:255], uploaded_by=by, merchant=merchant, uploaded_at=now
    )


def read_into(
    batch: ImportBatch, path: Path, *, progress: Progress, titles: Mapping[str, str] | None = None
) -> ImportBatch:
    """Read and judge every row of the file; leave the batch in preview, or failed with the sentence that says why.

    Rows are kept as they are read, so that the progress is the truth; reading a batch again starts over.
    """
    _start_over(batch)
    try:
        batch.file_sha256 = _sha256(path)
        limit = settings.UPLOAD_LIMIT_MB * 2**20
        with open_table(path, LAYOUTS[batch.kind], limit_bytes=limit, titles=titles) as table:
            stage_rows(batch, table, progress=progress)
        if not ImportRow.objects.filter(batch=batch).exists():
            raise UnreadableFile(_("文件里只有列名，没有一行数据"))
        tell_planner(batch)
        with transaction.atomic():
            compare_with_live(batch, conflict=CONFLICT)
            note_same_bikes(batch)
            _count_verdicts(batch, state=State.PREVIEW)
    except UnreadableFile as error:
        give_up(batch, str(error))
    except MemoryError:
        give_up(batch, _("文件太大，读取时内存不够；请删去空白行列、图片后另存，或分成几个文件"))
    return batch


@transaction.atomic
def read_form(
    cells: Mapping[str, Cell], *, kind: str, by: User | None, now: datetime, merchant: Merchant | None = None
) -> ImportBatch:
    """Judge one record, given by the keys of its columns, as a batch of one row that is ready to be confirmed."""
    batch = ImportBatch.objects.create(
        kind=kind, source=ImportBatch.Source.FORM, uploaded_by=by, merchant=merchant, uploaded_at=now
    )
    layout = LAYOUTS[kind]
    RowJudge(batch, layout).take([(1, [cells.get(column.key) for column in layout.columns])])
    compare_with_live(batch, conflict=CONFLICT)
    _count_verdicts(batch, state=State.PREVIEW)
    return batch


def give_up(batch: ImportBatch, sentence: str) -> None:
    """The file cannot be read: drop what was read of it and keep the sentence that says why."""
    _start_over(batch)
    batch.state, batch.failure, batch.progress = State.FAILED, sentence[:500], 1.0
    batch.save(update_fields=["state", "failure", "progress"])


@transaction.atomic
def _start_over(batch: ImportBatch) -> None:
    ImportRow.objects.filter(batch=batch).delete()
    drop_staged(batch)


@transaction.atomic
def confirm_batch(
    *, batch: ImportBatch, by: User | None, now: datetime, received_at: datetime | None = None
) -> None:
    """Make the accepted rows live, in the order of the file, as received now or at `received_at`. Raises BatchNotInPreview.

    What became known since the preview is compared once more: the verdicts may change, wrong rows never go in.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CONFIRM_LOCK])
    _lock_in_preview(batch)
    compare_with_live(batch, conflict=CONFLICT)
    publish_staged(batch, now=received_at or now)
    batch.confirmed_by, batch.confirmed_at = by, now
    _count_verdicts(batch, state=State.CONFIRMED)


@transaction.atomic
def discard_batch(*, batch: ImportBatch, by: User | None, now: datetime) -> None:
    """Drop what waits for confirmation; the verdicts stay as history. Raises BatchNotInPreview."""
    _lock_in_preview(batch)
    drop_staged(batch)
    batch.state = State.DISCARDED
    batch.save(update_fields=["state"])


def _lock_in_preview(batch: ImportBatch) -> None:
    state = ImportBatch.objects.select_for_update().values_list("state", flat=True).get(pk=batch.pk)
    if state != State.PREVIEW:
        raise BatchNotInPreview(f"batch {batch.pk} is {state}")


def _count_verdicts(batch: ImportBatch, *, state: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE verdict = 'accepted'), count(*) FILTER (WHERE verdict = 'duplicate'),"
            " count(*) FILTER (WHERE verdict = 'refused') FROM ebikes_importrow WHERE batch_id = %s",
            [batch.pk],
        )
        batch.rows_accepted, batch.rows_duplicate, batch.rows_refused = cursor.fetchone()
    batch.state, batch.progress = state, 1.0
    batch.save()


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
