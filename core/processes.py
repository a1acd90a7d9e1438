"""What a process does: it ends with its parent, takes no more memory than it was given, or does not look for garbage."""

import ctypes
import gc
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PR_SET_PDEATHSIG = 1  # from <linux/prctl.h>
_libc = ctypes.CDLL(None)


def end_with_parent() -> None:
    """Be told to end when the parent is gone, however it went."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


@contextmanager
def limited_memory(megabytes: int) -> Iterator[None]:
    """Within, this process and its children may each take so much more than it has: beyond that comes MemoryError."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    before = resource.getrlimit(resource.RLIMIT_AS)
    limit = pages * resource.getpagesize() + megabytes * 2**20
    if before[1] != resource.RLIM_INFINITY:
        limit = min(limit, before[1])
    resource.setrlimit(resource.RLIMIT_AS, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


@contextmanager
def uncollected() -> Iterator[None]:
    """Leave the garbage collector out: it would look through a million rows that all stay, again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
