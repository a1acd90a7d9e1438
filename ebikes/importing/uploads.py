"""Where a file that was sent lies until it is read: sealed, outside the web root. It is read in memory.

One with columns that nobody has said the meaning of stays as long as it waits, so that it can be read again.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from core.privacy.sealed_files import SEALED_FOLDERS, SealedFolder, SealedWriter, in_memory, unsealed
from ebikes.models import ImportBatch


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
            sealed = SealedWriter(handle, context=_context(batch.pk))
            for chunk in file.chunks():
                sealed.write(chunk)
            sealed.finish()
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def unsealed_upload(batch_id: int) -> Iterator[Path]:
    """The file, to be read for a while: nothing of it is written to a disk. Raises FileNotFoundError, UnreadableSecret."""
    with in_memory(unsealed(upload_path(batch_id), context=_context(batch_id))) as path:
        yield path


def _context(batch_id: int | str) -> str:
    return f"ebikes.upload.{batch_id}"


SEALED_FOLDERS["uploads"] = SealedFolder(
    "batch-*[0-9]", lambda name: _context(name.removeprefix("batch-")), pieces=True
)


def drop_upload(batch_id: int) -> None:
    """Remove the file, if it is still there."""
    upload_path(batch_id).unlink(missing_ok=True)


def drop_old_uploads(now: datetime) -> None:
    """Remove the files that have waited long enough for somebody to say what their columns mean."""
    long_ago = (now - timedelta(hours=settings.UPLOAD_KEPT_HOURS)).timestamp()
    folder = Path(settings.MEDIA_ROOT)
    old = {
        path.name: path
        for path in folder.glob("batch-*")
        if path.is_file() and path.stat().st_mtime < long_ago
    }
    waiting = ImportBatch.objects.filter(state=ImportBatch.State.READING).values_list("pk", flat=True)
    for name in old.keys() - {upload_path(pk).name for pk in waiting}:
        old[name].unlink(missing_ok=True)
