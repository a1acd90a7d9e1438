"""Reading uploaded files and writing exports in the background, so that nobody waits on a page for it."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from celery import current_app, shared_task
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from ebikes.exporting.write import remove_expired, write_table
from ebikes.heartbeat import WorkerPulseStep
from ebikes.importing.pipeline import give_up, read_into
from ebikes.models import Export, ImportBatch

logger = logging.getLogger(__name__)
current_app.steps["worker"].add(WorkerPulseStep)

_READING_LOCK = 330105  # first half of an advisory lock; the second is the batch
_WRITING_LOCK = 330106  # likewise; the second is the export
_WRITING_SECONDS = 3600  # a table of a million rows takes minutes


def upload_path(batch_id: int) -> Path:
    """Where a batch's file waits to be read: outside the web root, under a name that nobody chose."""
    return Path(settings.MEDIA_ROOT) / f"batch-{batch_id}"


def keep_upload(batch: ImportBatch, file: "UploadedFile[Any]") -> None:
    """Write an upload to where only this system reads it."""
    path = upload_path(batch.pk)
    part = path.with_suffix(".part")  # half a file is never read
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as handle:
            for chunk in file.chunks():
                handle.write(chunk)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def order_reading(batch: ImportBatch) -> None:
    """Ask a worker to read a batch's file. Where no message can be sent, the sweep takes it up later."""
    try:
        read_upload.delay(batch.pk)
    except OperationalError:
        logger.warning("no message could be sent: batch %s will be read by the sweep", batch.pk)


@shared_task
def read_upload(batch_id: int) -> None:
    """Read a batch's file and remove it. A second worker, or a second message, finds nothing to do."""
    with _alone(_READING_LOCK, batch_id) as alone:
        if alone:
            _read(batch_id)


@contextmanager
def _alone(lock: int, number: int) -> Iterator[bool]:
    """Whether no other worker is at this piece of work; and none will be, until it is done or this one dies."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [lock, number])
        (alone,) = cursor.fetchone()
        try:
            yield alone
        finally:
            if alone:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [lock, number])


def _read(batch_id: int) -> None:
    batch, path = ImportBatch.objects.get(pk=batch_id), upload_path(batch_id)
    if batch.state == ImportBatch.State.READING and not path.exists():
        give_up(batch, _("文件没有保存下来，请重新上传"))
    elif batch.state == ImportBatch.State.READING:
        try:
            read_into(batch, path, progress=lambda fraction: _set_progress(batch_id, fraction))
        except Exception:
            logger.exception("batch %s could not be read", batch_id)
            give_up(batch, _("读取时出现意外错误，文件没有导入；我们已记录这个问题，请联系管理员"))
    path.unlink(missing_ok=True)


def _set_progress(batch_id: int, fraction: float) -> None:
    ImportBatch.objects.filter(pk=batch_id).update(progress=fraction)


@shared_task
def sweep_uploads() -> None:
    """Take up files whose message was lost or whose worker died."""
    long_ago = timezone.now() - timedelta(seconds=settings.UPLOAD_FORGOTTEN_SECONDS)
    forgotten = ImportBatch.objects.filter(state=ImportBatch.State.READING, uploaded_at__lt=long_ago)
    for batch_id in forgotten.values_list("pk", flat=True):
        read_upload.delay(batch_id)


def order_writing(export: Export) -> None:
    """Ask a worker to write an export. Where no message can be sent, the sweep takes it up later."""
    try:
        write_export.delay(export.pk)
    except OperationalError:
        logger.warning("no message could be sent: export %s will be written by the sweep", export.pk)


@shared_task(time_limit=_WRITING_SECONDS)
def write_export(export_id: int) -> None:
    """Write an export's file. A second worker, or a second message, finds nothing to do."""
    with _alone(_WRITING_LOCK, export_id) as alone:
        if alone:
            write_table(export_id=export_id, clock=timezone.now)


@shared_task
def sweep_exports() -> None:
    """Take up exports whose message was lost or whose worker died, and remove the files whose days are over."""
    now = timezone.now()
    remove_expired(now=now)
    long_ago = now - timedelta(seconds=settings.UPLOAD_FORGOTTEN_SECONDS)
    forgotten = Export.objects.filter(state__in=["waiting", "writing"], asked_at__lt=long_ago)
    for export_id in forgotten.values_list("pk", flat=True):
        write_export.delay(export_id)
