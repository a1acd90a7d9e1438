"""Celery: workers find their work by sweeping rows, so every task here may be lost, repeated or killed."""

import logging
import os
import sys

from celery import Celery
from celery.signals import (
    after_setup_logger,
    after_setup_task_logger,
    beat_init,
    worker_init,
    worker_process_init,
)
from django.conf import settings

from core.audit.origin import begin_process
from core.districts.reader import work_everywhere
from core.keys.recognised import WrongKey, refuse_at_start
from core.privacy.logs import ScrubbingFormatter
from core.processes import end_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("ebike_subsidy")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@after_setup_logger.connect
@after_setup_task_logger.connect
def _keep_people_out_of_the_log(logger: logging.Logger, **_: object) -> None:
    """Celery brings handlers of its own: they write as the site's do."""
    for handler in logger.handlers:
        handler.setFormatter(ScrubbingFormatter(settings.LOG_LINE))


@worker_process_init.connect
def _end_with_the_main_process(**_: object) -> None:
    """A worker whose main process was killed would go on alone, and be seen by nobody."""
    end_with_parent()


@worker_init.connect
@worker_process_init.connect
def _say_that_it_is_a_worker(**_: object) -> None:
    """What it changes without a person's order stands as the system's in the audit trail."""
    begin_process("(worker)")
    work_everywhere()


@worker_init.connect
@beat_init.connect
def _refuse_wrong_keys(**_: object) -> None:
    """Celery goes on when a receiver fails: this one ends the process."""
    try:
        refuse_at_start()
    except WrongKey as wrong:
        sys.exit(str(wrong))
