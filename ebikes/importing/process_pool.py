"""Large files are judged by several processes at once: checking and sealing a row is work for a processor."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import billiard
from billiard.pool import ApplyResult, Pool
from django.conf import settings
from django.db import connection

from core.processes import end_with_parent

Chunk = TypeVar("Chunk")
LOST_SECONDS = 1.0  # a killed colleague's last result may still be on its way
_work: Callable[[Any], None]


def share(work: Callable[[Chunk], None], chunks: Iterator[Chunk]) -> Iterator[None]:
    """Do `work` on every chunk; yield after each, in their order. A failure of any is raised here.

    The first chunk is done in this process: most files have no second. Colleagues have connections of their own, so
    inside a transaction, whose rows they could not see, all is done here.
    """
    processes = settings.IMPORT_PROCESSES
    alone = processes < 2 or connection.in_atomic_block
    for chunk in chunks:
        work(chunk)
        yield
        if not alone:
            break
    following = next(chunks, None)
    if following is None:
        return
    with _pool(work, processes) as pool:
        waiting: deque[ApplyResult] = deque([pool.apply_async(_do, (following,))])
        for chunk in chunks:
            waiting.append(pool.apply_async(_do, (chunk,)))
            if len(waiting) > processes:  # chunks in flight are memory
                waiting.popleft().get()
                yield
        for done in waiting:
            done.get()
            yield


def _pool(work: Callable[[Any], None], processes: int) -> Pool:
    """Forked, so that they know `work` and everything that was loaded; only the connection must not be shared.

    Celery's own pool, since a Celery worker is a daemon, to which Python's pools refuse children.
    """
    fork = billiard.get_context("fork")
    return Pool(processes, _begin, (work,), lost_worker_timeout=LOST_SECONDS, context=fork)


def _begin(work: Callable[[Any], None]) -> None:
    global _work  # noqa: PLW0603 - a process has one work
    _work = work
    connection.connection = None  # the parent's: it stays open, and this process opens its own
    end_with_parent()


def _do(chunk: Any) -> None:
    _work(chunk)
