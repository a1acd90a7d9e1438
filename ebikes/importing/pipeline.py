"""read → validate every row → preview → confirm. Nothing live is touched before the confirmation."""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from core.audit.acting import acting
from core.locks import hold
from core.models import User
from ebikes.importing.columns import plain_title
from ebikes.importing.layouts import LAYOUTS
from ebikes.importing.meanings import remembered, unknown_titles
from ebikes.importing.problems import CONFLICT, HeaderNotFound, UnreadableFile
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
from ebikes.importing.uploads import drop_upload
from ebikes.models import ImportBatch, ImportRow
from merchants.models import Merchant

Progress = Callable[[float], None]  # a fraction, 0 to 1
State = ImportBatch.State

# Registers are confirmed, and taken back, one at a time: what "known already" means must not change between comparing and
# writing. Trade-ins are only ever added: of two that are the same the database takes one, and the other compares again.
_REGISTERS_LOCK, _STANDING_LOCK = 7_330_105, 7_330_106


class BatchNotInPreview(ValueError):
    """The batch was confirmed or discarded already, or could not be read."""


class NeedsSecondPerson(ValueError):
    """Whoever uploaded this file does not confirm it alone."""


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


def read_into(batch: ImportBatch, path: Path, *, progress: Progress) -> ImportBatch:
    """Read and judge every row of the file; leave the batch in preview, or failed with the sentence that says why.

    What its sender said of such a header is remembered, and the batch names it.

    Rows are kept as they are read, so that the progress is the truth; reading a batch again starts over.
    """
    _start_over(batch)
    known = remembered(batch)
    try:
        batch.file_sha256 = _sha256(path)
        limit = settings.UPLOAD_LIMIT_MB * 2**20
        with open_table(path, LAYOUTS[batch.kind], limit_bytes=limit, meanings=known.of) as table:
            stage_rows(batch, table, progress=progress)
        batch.columns = known.columns(batch.header)
        if not ImportRow.objects.filter(batch=batch).exists():
            raise UnreadableFile(_("文件里只有列名，没有一行数据"))
        tell_planner(batch)
        with transaction.atomic():
            compare_with_live(batch, conflict=CONFLICT)
            note_same_bikes(batch)
            _count_verdicts(batch, state=State.PREVIEW)
    except HeaderNotFound as error:
        batch.header, batch.samples = list(error.titles), json.dumps(error.samples, ensure_ascii=False)
        batch.columns = known.columns(batch.header)
        give_up(batch, str(error))
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


def waits_for_meanings(batch: ImportBatch) -> bool:
    """Whether a title of this file means nothing yet, so that the file may be read again once somebody has said what."""
    said = batch.columns.meanings if batch.columns else {}
    asked = [
        title for title in unknown_titles(LAYOUTS[batch.kind], batch.header) if plain_title(title) not in said
    ]
    return bool(asked) and batch.state in (State.PREVIEW, State.FAILED)


def read_again(batch: ImportBatch) -> bool:
    """Have a file that waits, or that could not be read, read anew; False where it was confirmed or dropped meanwhile."""
    waiting = ImportBatch.objects.filter(pk=batch.pk, state__in=[State.PREVIEW, State.FAILED])
    return waiting.update(state=State.READING, failure="", progress=0, attempts=0) == 1


def give_up(batch: ImportBatch, sentence: str) -> None:
    """The file cannot be read: drop what was read of it and keep the sentence that says why."""
    _start_over(batch)
    batch.state, batch.failure, batch.progress = State.FAILED, sentence[:500], 1.0
    batch.save(update_fields=["state", "failure", "progress", "header", "samples", "columns"])


@transaction.atomic
def _start_over(batch: ImportBatch) -> None:
    ImportRow.objects.filter(batch=batch).delete()
    drop_staged(batch)


def confirm_batch(
    *,
    batch: ImportBatch,
    by: User | None,
    now: datetime,
    received_at: datetime | None = None,
    two_people: Callable[[ImportBatch], bool] = lambda batch: False,
) -> None:
    """Make the accepted rows live, in the order of the file, as received now or at `received_at`. Raises BatchNotInPreview,
    and NeedsSecondPerson where `two_people`, asked of what is then to become live, says so and `by` uploaded it.

    What became known since the preview is compared once more: the verdicts may change, wrong rows never go in.
    """
    with acting("confirm_import", by=by, now=now):
        if batch.kind == ImportBatch.Kind.TRADE_INS:
            hold(_STANDING_LOCK, shared=True)
        else:
            hold(_REGISTERS_LOCK)
        _lock_in_preview(batch)
        compare_with_live(batch, conflict=CONFLICT)
        batch.second_person = two_people(batch)
        if batch.second_person and batch.uploaded_by_id is not None and by in (None, batch.uploaded_by):
            raise NeedsSecondPerson(f"batch {batch.pk}")
        batch.confirmed_by, batch.confirmed_at = by, now
        _count_verdicts(batch, state=State.CONFIRMED)
        publish_staged(batch, now=received_at or now)
        transaction.on_commit(lambda: drop_upload(batch.pk))


def hold_registers() -> None:
    """Until this transaction ends nobody else writes a register, nor does a trade-in come that would stand on one."""
    hold(_REGISTERS_LOCK)
    hold(_STANDING_LOCK)


@transaction.atomic
def discard_batch(*, batch: ImportBatch, by: User | None, now: datetime) -> None:
    """Drop what waits for confirmation; the verdicts stay as history. Raises BatchNotInPreview."""
    _lock_in_preview(batch)
    drop_staged(batch)
    batch.state = State.DISCARDED
    batch.save(update_fields=["state"])
    transaction.on_commit(lambda: drop_upload(batch.pk))


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
