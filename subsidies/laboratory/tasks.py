"""Going through replays in the background, so that nobody waits on a page for it."""

import logging
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from core.locks import work_alone
from subsidies.laboratory.services.runs import work_on_run
from subsidies.models import LaboratoryRun

logger = logging.getLogger(__name__)

_LOCK = 330107  # first half of an advisory lock; the second is the run


def order_work(run: LaboratoryRun) -> None:
    """Ask a worker to go through a run. Where no message can be sent, the sweep takes it up later."""
    try:
        work_on.delay(run.pk)
    except OperationalError:
        logger.warning("no message could be sent: laboratory run %s will be taken up by the sweep", run.pk)


@shared_task
def work_on(run_id: int) -> None:
    """Go through a run. A second worker, or a second message, finds nothing to do."""
    with work_alone(_LOCK, run_id) as alone:
        if alone:
            work_on_run(run_id=run_id, clock=timezone.now)


@shared_task
def sweep_laboratory() -> None:
    """Take up runs whose message was lost or whose worker died."""
    long_ago = timezone.now() - timedelta(seconds=settings.UPLOAD_FORGOTTEN_SECONDS)
    forgotten = Q(state__in=["waiting", "working"], asked_at__lt=long_ago) | Q(
        state="ready", repeated_at=None, repeat_asked_at__lt=long_ago
    )
    for run_id in LaboratoryRun.objects.filter(forgotten).values_list("pk", flat=True):
        work_on.delay(run_id)
