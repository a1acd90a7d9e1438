"""Large files are judged by several processes at once: checking and sealing a row is work for a processor."""

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection

from merchants.children import end_with_parent

Chunk = TypeVar("Chunk")
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
    with _colleagues(work, processes) as pool:
        waiting: deque[Future[None]] = deque([pool.submit(_do, following)])
        for chunk in chunks:
            waiting.append(pool.submit(_do, chunk))
            if len(waiting) > processes:  # chunks in flight are memory
                waiting.popleft().result()
                yield
        for done in waiting:
            done.result()
            yield


def _colleagues(work: Callable[[Any], None], processes: int) -> ProcessPoolExecutor:
    """Forked, so that they know `work` and everything that was loaded; only the connection must not be shared."""
    fork = multiprocessing.get_context("fork")
    return ProcessPoolExecutor(processes, mp_context=fork, initializer=_begin, initargs=(work,))


def _begin(work: Callable[[Any], None]) -> None:
    global _work  # noqa: PLW0603 - a process has one work
    _work = work
    connection.connection = None  # the parent's: it stays open, and this process opens its own
    end_with_parent()


def _do(chunk: Any) -> None:
    _work(chunk)
