"""Reading uploaded files and writing exports in the background, so that nobody waits on a page for it."""

import logging
from datetime import timedelta

from celery import current_app, shared_task
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from core.locks import work_alone
from core.processes import limited_memory
from core.workers.celery_step import WorkerHeartbeatStep
from ebikes.importing.pipeline import give_up, read_into, waits_for_meanings
from ebikes.importing.uploads import drop_old_uploads, drop_upload, unsealed_upload, upload_path
from ebikes.models import ImportBatch

logger = logging.getLogger(__name__)
current_app.steps["worker"].add(WorkerHeartbeatStep)

ATTEMPTS = 3  # a file that takes its reader down with it is not read for ever
LONGEST_SECONDS = 900  # more than IMPORT_SECONDS, which end in a sentence
_READING_LOCK = 330105  # first half of an advisory lock; the second is the batch


def order_reading(batch: ImportBatch) -> None:
    """Ask a worker to read a batch's file. Where no message can be sent, the sweep takes it up later."""
    try:
        read_upload.delay(batch.pk)
    except OperationalError:
        logger.warning("no message could be sent: batch %s will be read by the sweep", batch.pk)


@shared_task(time_limit=LONGEST_SECONDS)
def read_upload(batch_id: int) -> None:
    """Read a batch's file and remove it. A second worker, or a second message, finds nothing to do."""
    with work_alone(_READING_LOCK, batch_id) as alone:
        if alone:
            _read(batch_id)


def _read(batch_id: int) -> None:
    batch, path = ImportBatch.objects.get(pk=batch_id), upload_path(batch_id)
    if batch.state == ImportBatch.State.READING and not path.exists():
        give_up(batch, _("文件没有保存下来，请重新上传"))
    elif batch.state == ImportBatch.State.READING and batch.attempts >= ATTEMPTS:
        logger.error("batch %s took its reader down %s times", batch_id, batch.attempts)
        give_up(batch, _("读取这个文件时多次中断，没有导入；请删去空白行列和图片后另存，或分成几个文件"))
    elif batch.state == ImportBatch.State.READING:
        batch.attempts += 1
        batch.save(update_fields=["attempts"])  # before it begins: whoever is killed can no longer count
        try:
            with limited_memory(settings.IMPORT_MEMORY_MB), unsealed_upload(batch_id) as plain:
                read_into(batch, plain, progress=lambda fraction: _set_progress(batch_id, fraction))
        except Exception:
            logger.exception("batch %s could not be read", batch_id)
            give_up(batch, _("读取时出现意外错误，文件没有导入；我们已记录这个问题，请联系管理员"))
    if not waits_for_meanings(batch):
        drop_upload(batch_id)


def _set_progress(batch_id: int, fraction: float) -> None:
    ImportBatch.objects.filter(pk=batch_id).update(progress=fraction)


@shared_task
def sweep_uploads() -> None:
    """Take up files whose message was lost or whose worker died, and remove those that were kept long enough."""
    drop_old_uploads(timezone.now())
    long_ago = timezone.now() - timedelta(seconds=settings.UPLOAD_FORGOTTEN_SECONDS)
    forgotten = ImportBatch.objects.filter(state=ImportBatch.State.READING, uploaded_at__lt=long_ago)
    for batch_id in forgotten.values_list("pk", flat=True):
        read_upload.delay(batch_id)
