"""The processes beside the web server on a local machine: the outside systems' stub and the Celery workers.

Whatever dies is started again: a killed worker loses nothing, because work is rows.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Self

from django.conf import settings
from django.utils.translation import gettext as _

from core.processes import end_with_parent

STUB_START_SECONDS = 60
OUTSIDE = ("EXING_URL", "YUNSHENLING_URL", "ECNY_URL", "SMS_URL")
# The stub is next door and may be told to misbehave: little patience, quick second tries.
PACE = {
    "OUTSIDE_CONNECT_TIMEOUT": "0.5",
    "OUTSIDE_TIMEOUT": "1.0",
    "OUTSIDE_BREAKER_SECONDS": "0.5",
    "OUTSIDE_RATE_PER_SECOND": "5000",
    "CHECK_RETRY_SECONDS": "0.2",
    "CHECK_LEASE_SECONDS": "20",
    "CHECK_CHUNK": "250",
}


class ProcessFailed(RuntimeError):
    """A process ended at once, or never became ready; the message holds the last lines that it wrote."""


@dataclass
class Member:
    """One process of the processes: how it is started, and what it says."""

    name: str
    argv: list[str]
    env: Mapping[str, str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.argv,
                cwd=settings.BASE_DIR,
                env={**os.environ, **self.env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the command, which then stops its processes in order
                preexec_fn=end_with_parent,  # noqa: PLW1509 - and a killed command leaves nobody behind
            )

    @property
    def dead(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])

    def stop(self) -> None:
        if self.process is None or self.dead:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@dataclass
class LocalProcesses:
    """A context in which the processes run. `tend` starts again what was killed."""

    env: dict[str, str]
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="ebike-fleet-")))
    members: list[Member] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for member in reversed(self.members):
            member.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def add(self, name: str, argv: list[str], env: Mapping[str, str] | None = None) -> Member:
        """Start a process and look after it from here on."""
        member = Member(name, argv, {**self.env, **(env or {})}, self.folder / f"{name}.log")
        member.start()
        self.members.append(member)
        return member

    def tend(self) -> list[str]:
        """Start again whatever has died; return the names."""
        fallen = [m for m in self.members if m.dead]
        for member in fallen:
            member.start()
        return [m.name for m in fallen]

    def kill(self, name: str) -> None:
        """Let a member fall as if the power went."""
        process = self._member(name).process
        if process is not None:
            process.kill()
            process.wait()

    def kill_child(self, name: str, chance: Random) -> None:
        """Let one of a member's own children fall, where it has any by now."""
        process = self._member(name).process
        with suppress(FileNotFoundError, ProcessLookupError):  # gone by itself meanwhile
            pid = process.pid if process else 0
            if children := Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
                os.kill(int(chance.choice(children)), signal.SIGKILL)

    def _member(self, name: str) -> Member:
        return next(member for member in self.members if member.name == name)

    def start_outside(self, pack: Path, *, faults: float = 0.0, latency_ms: int = 0) -> None:
        """Start the stub of the outside systems on a free port, loaded from `pack`; later members find it."""
        port_file = self.folder / "stub.port"
        argv = [
            *(sys.executable, "manage.py", "stub_licensing", "--port", "0", "--port-file", str(port_file)),
            *("--exing", str(pack / "exing.csv"), "--yunshenling", str(pack / "yunshenling.csv")),
            *("--book", str(self.folder / "book.jsonl"), "--fail", str(faults)),
            *("--latency-ms", str(latency_ms)),
        ]
        member = self.add("stub", argv)
        wait_until(lambda: port_file.exists() and bool(port_file.read_text().strip()), member)
        port = port_file.read_text().strip()
        argv[argv.index("0")] = port  # a stub started again keeps its address
        self.env |= dict.fromkeys(OUTSIDE, f"http://127.0.0.1:{port}")

    def outside(self) -> dict[str, str]:
        """Where the outside systems are reached, by the names of the settings."""
        return {name: self.env[name] for name in OUTSIDE}

    @contextmanager
    def asked_from_here(self) -> Iterator[None]:
        """This process, too, asks the outside systems where they are reached; afterwards where it did before."""
        before = {name: getattr(settings, name) for name in OUTSIDE}
        for name, address in self.outside().items():
            setattr(settings, name, address)
        try:
            yield
        finally:
            for name, address in before.items():
                setattr(settings, name, address)

    def start_workers(self, count: int, **pace: str) -> None:
        """Start a Celery worker with `count` processes; `pace` are settings other than those of PACE."""
        argv = [
            *(sys.executable, "-m", "celery", "-A", "config", "worker", "--concurrency", str(count)),
            *("--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"),
        ]
        self.add("worker", argv, PACE | pace)

    def start_clock(self) -> None:
        """Start Celery's beat, for when no command is the workers' clock."""
        argv = (
            sys.executable,
            "-m",
            "celery",
            "-A",
            "config",
            "beat",
            "--schedule",
            str(self.folder / "beat"),
        )
        self.add("beat", [*argv, "--loglevel", "WARNING"])


def wait_until(ready: Callable[[], bool], member: Member, *, seconds: float = STUB_START_SECONDS) -> None:
    """Wait for a process to become ready. Raises ProcessFailed with its last words where it ends or takes too long."""
    deadline = time.monotonic() + seconds
    while not ready():
        if member.dead or time.monotonic() > deadline:
            raise ProcessFailed(
                _("%(name)s 未能启动：\n%(words)s") % {"name": member.name, "words": member.last_words()}
            )
        time.sleep(0.05)
