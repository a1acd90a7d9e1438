"""How the system is: who is alive, what waits, how often the licensing systems fail. A constant number of cheap looks."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count, Min, QuerySet
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from core.models import WorkerHeartbeat
from core.workers.heartbeat import HEARTBEAT_SECONDS
from ebikes.models import ImportBatch
from subsidies.models import PayoutBatch
from subsidies.states import DUE, in_sql

REDIS_SECONDS = 0.5
MISSED = timedelta(seconds=4 * HEARTBEAT_SECONDS)
SLOW = timedelta(minutes=5)  # work that is due and has waited so long
NEWEST = 2_000  # answers, of both systems together
COUNTED = 10_000  # due claims are counted so far


class Condition(StrEnum):
    """How a part of the system is."""

    WELL = "well"
    SLOW = "slow"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Backlog:
    """Work that waits in rows: how much, and the oldest since when."""

    count: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class SystemHealth:
    """`queue`: messages that wait for a worker, None where Redis cannot be reached."""

    now: datetime
    workers: list[WorkerHeartbeat]
    clock: WorkerHeartbeat | None
    queue: int | None
    checks: Backlog
    uploads: Backlog
    payouts: Backlog

    def alive(self, heartbeat: WorkerHeartbeat | None) -> bool:
        """Whether it said so lately."""
        return heartbeat is not None and self.now - heartbeat.seen_at <= MISSED

    def late(self, backlog: Backlog) -> bool:
        """Whether something waits longer than it should."""
        return backlog.since is not None and self.now - backlog.since > SLOW

    @property
    def working(self) -> bool:
        return any(self.alive(worker) for worker in self.workers)

    @property
    def condition(self) -> Condition:
        """Stopped: nothing moves any more. Slow: it moves, and work is waiting longer than it should."""
        if not self.working or not self.alive(self.clock) or self.queue is None:
            return Condition.STOPPED
        late = any(map(self.late, (self.checks, self.uploads, self.payouts)))
        return Condition.SLOW if late or not all(map(self.alive, self.workers)) else Condition.WELL


def system_health(*, now: datetime) -> SystemHealth:
    """Look once."""
    heartbeats = list(WorkerHeartbeat.objects.order_by("kind", "name"))
    clocks = [each for each in heartbeats if each.kind == WorkerHeartbeat.Kind.CLOCK]
    return SystemHealth(
        now=now,
        workers=[each for each in heartbeats if each.kind == WorkerHeartbeat.Kind.WORKER],
        clock=max(clocks, key=lambda each: each.seen_at, default=None),
        queue=_messages(),
        checks=_due_checks(now),
        uploads=_backlog(ImportBatch.objects.filter(state=ImportBatch.State.READING), "uploaded_at"),
        payouts=_backlog(PayoutBatch.objects.filter(state=PayoutBatch.State.RELEASED), "released_at"),
    )


def _messages() -> int | None:
    """How many messages wait for a worker; None where Redis does not answer in time."""
    options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    try:
        with Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=REDIS_SECONDS,
            socket_connect_timeout=REDIS_SECONDS,
            retry=Retry(NoBackoff(), 0),
        ) as redis:
            return int(redis.llen(f"{options['global_keyprefix']}celery"))
    except (RedisError, OSError):
        return None


# The partial index of what is to be checked has these in order; more than COUNTED are not counted.
_DUE = f"""
    SELECT count(*), min(next_check_at) FROM (
        SELECT next_check_at FROM subsidies_claim
        WHERE next_check_at <= %s AND state IN ({in_sql(DUE)}) ORDER BY next_check_at LIMIT %s
    ) due
"""  # noqa: S608 - constant text


def _due_checks(now: datetime) -> Backlog:
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [now, COUNTED])
        return Backlog(*cursor.fetchone())


def _backlog(rows: QuerySet[Any], moment: str) -> Backlog:
    found = rows.aggregate(count=Count("pk"), since=Min(moment))
    return Backlog(found["count"], found["since"])


# By the newest rows, so that it costs the same whatever the number of answers.
_FAILING = """
    SELECT system, count(*), count(*) FILTER (WHERE outcome = 'unknown'), count(*) FILTER (WHERE problem = 'unknown_word')
    FROM (SELECT system, outcome, problem FROM ebikes_licensinganswer ORDER BY id DESC LIMIT %s) newest
    GROUP BY system
"""


@dataclass(frozen=True, slots=True)
class ErrorRate:
    """Of the newest answers of a system: how many, how many told nothing, and how many of these in words not on the list."""

    count: int
    unknown: int
    unknown_words: int


def error_rates() -> dict[str, ErrorRate]:
    """By system."""
    with connection.cursor() as cursor:
        cursor.execute(_FAILING, [NEWEST])
        return {system: ErrorRate(*counts) for system, *counts in cursor}
