"""Writing exported tables in the background, so that nobody waits on a page for it."""

import logging
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone
from kombu.exceptions import OperationalError

from core.exports.write import remove_expired, write_table
from core.locks import work_alone
from core.models import Export

logger = logging.getLogger(__name__)

_WRITING_LOCK = 330106  # first half of an advisory lock; the second is the export
_WRITING_SECONDS = 3600  # a table of a million rows takes minutes


def order_writing(export: Export) -> None:
    """Ask a worker to write an export. Where no message can be sent, the sweep takes it up later."""
    try:
        write_export.delay(export.pk)
    except OperationalError:
        logger.warning("no message could be sent: export %s will be written by the sweep", export.pk)


@shared_task(time_limit=_WRITING_SECONDS)
def write_export(export_id: int) -> None:
    """Write an export's file. A second worker, or a second message, finds nothing to do."""
    with work_alone(_WRITING_LOCK, export_id) as alone:
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
