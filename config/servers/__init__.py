"""The one place that knows where PostgreSQL and Valkey are.

With `DATABASE_URL` and `REDIS_URL` set, those are used and nothing is started (`DATABASE_OWNER_URL` beside them is the same
database as its owner, for migrations, `DATABASE_WORKER_URL` as workers and commands log in to it). Otherwise a fresh machine
gets real servers of its own from wheels: data under var/, reached through unix sockets in a private directory, so
that copies of the project never meet. Everyone who needs them holds a shared lock; the kernel drops it when
the holder ends, however it ends, and the last to leave stops the servers.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Protocol

from config.servers import postgres, valkey
from config.servers.holders import who_holds
from config.servers.place import VAR, EmbeddedServerError, socket_folder

__all__ = ["VAR", "Addresses", "EmbeddedServerError", "addresses", "running", "status", "stop", "users"]


class _Server(Protocol):
    """What a server's module offers."""

    def start(self, *, durable: bool = True) -> None: ...
    def stop(self) -> None: ...
    def up(self) -> bool: ...


_SERVERS: dict[str, _Server] = {"DATABASE_URL": postgres, "REDIS_URL": valkey}


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the two servers are reached. `owner_url`, `worker_url`: the database as its owner, as a worker; empty where this
    process may not be that."""

    database_url: str
    redis_url: str
    owner_url: str = ""
    worker_url: str = ""


def addresses() -> Addresses:
    """The configured servers' addresses, or the embedded ones'. Only computes; starts nothing."""
    own = f"/{postgres.DATABASE}?host={socket_folder()}"
    redis_url = os.environ.get("REDIS_URL") or f"unix://{valkey.SOCKET}"
    owner_url = os.environ.get("DATABASE_OWNER_URL", "")
    worker_url = os.environ.get("DATABASE_WORKER_URL", "")
    if configured := os.environ.get("DATABASE_URL"):
        return Addresses(configured, redis_url, owner_url, worker_url)
    app, owner, worker = (
        f"postgres://{login}@{own}" for login in (postgres.APP, postgres.OWNER, postgres.WORKER)
    )
    return Addresses(app, redis_url, owner_url or owner, worker_url or worker)


@contextmanager
def running(*, durable: bool = True) -> Iterator[None]:
    """See that the embedded servers run while the block does; whoever leaves last stops them.

    Not `durable`: what is written need not outlive a power cut, for tests. Servers that run already stay as they are.
    Raises EmbeddedServerError where one cannot be started.
    """
    needed = [server for name, server in _SERVERS.items() if not os.environ.get(name)]
    if not needed:
        yield
        return
    with _lock_file("servers.lock") as users:
        try:
            with _alone():
                fcntl.flock(users, fcntl.LOCK_SH)
                for server in needed:
                    server.start(durable=durable)
            yield
        finally:
            _leave(users)


def status() -> dict[str, bool]:
    """Whether each embedded server runs, by the setting that would name another one."""
    return {name: server.up() for name, server in _SERVERS.items()}


def stop() -> bool:
    """Stop what a killed run left behind; return whether it was stopped, since somebody may still use it."""
    with _lock_file("servers.lock") as users:
        return _leave(users)


def users() -> list[str]:
    """Who uses the embedded servers now: command lines with the numbers of their processes."""
    return who_holds(VAR / "servers.lock")


def _leave(users: IO[str]) -> bool:
    """Stop the servers, unless somebody else still uses them; return whether they were stopped."""
    with _alone():
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        for server in _SERVERS.values():
            server.stop()
        return True


@contextmanager
def _alone() -> Iterator[None]:
    """One process at a time starts or stops servers."""
    with _lock_file("servers.starting.lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _lock_file(name: str) -> IO[str]:
    try:
        VAR.mkdir(exist_ok=True)
        return (VAR / name).open("a")  # closed on exec, so that the servers themselves hold no lock
    except OSError as error:
        raise EmbeddedServerError(
            f"无法写入 {error.filename}({error.strerror})：请检查 var/ 的所有者"
        ) from error
