"""Celery's workers and their clock say that they are alive."""

import logging
import socket
from collections.abc import Callable
from time import monotonic
from typing import Any

from celery import bootsteps
from celery.signals import beat_embedded_init, beat_init, before_task_publish
from django.db import Error, connection
from django.utils import timezone

from core.models import WorkerHeartbeat
from core.workers.heartbeat import HEARTBEAT_SECONDS, end_heartbeat, note_heartbeat

logger = logging.getLogger(__name__)

Kind = WorkerHeartbeat.Kind


def _carefully(write: Callable[..., None], **what: Any) -> None:
    """Whatever becomes of the database, the process lives on; and no child inherits the connection."""
    try:
        write(**what)
    except Error:
        logger.warning("a heartbeat could not be written", exc_info=True)
    finally:
        connection.close()


class WorkerHeartbeatStep(bootsteps.StartStopStep):
    """A worker's own heartbeat, by the timer of its main process: it beats while all its children work."""

    requires = ("celery.worker.components:Timer",)

    def __init__(self, worker: Any, **kwargs: Any) -> None:
        super().__init__(worker, **kwargs)
        self._timer: Any = None

    def start(self, worker: Any) -> None:
        """Beat now, and from now on."""
        self._beat(worker)
        self._timer = worker.timer.call_repeatedly(HEARTBEAT_SECONDS, self._beat, (worker,))

    def stop(self, worker: Any) -> None:
        """Say good-bye."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            _carefully(end_heartbeat, kind=Kind.WORKER, name=worker.hostname)

    def _beat(self, worker: Any) -> None:
        _carefully(note_heartbeat, kind=Kind.WORKER, name=worker.hostname, now=timezone.now())


class _Clock:
    """The clock's heartbeat: it beats when it sends something, and it sends something every few seconds."""

    def __init__(self) -> None:
        self._last = -HEARTBEAT_SECONDS

    def start(self, **_: object) -> None:
        before_task_publish.connect(self.beat)

    def beat(self, **_: object) -> None:
        if monotonic() - self._last >= HEARTBEAT_SECONDS:
            self._last = monotonic()
            _carefully(note_heartbeat, kind=Kind.CLOCK, name=socket.gethostname(), now=timezone.now())


_clock = _Clock()
beat_init.connect(_clock.start)
beat_embedded_init.connect(_clock.start)
