"""Another checkout on the same machine: the modules that run servers, in a folder of the test's choice."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import config.servers

SOURCE = Path(config.servers.__file__).parent
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}  # neither DATABASE_URL nor REDIS_URL
HOLD = """
import sys
from config.servers import running
with running():
    print("ready", flush=True)
    sys.stdin.read()
"""
ASK = """
import psycopg, redis
from config.servers import addresses
where = addresses()
with psycopg.connect(where.owner_url, autocommit=True) as server:
    answer = server.execute({sql!r})
    print(*(answer.fetchone() if answer.description else []))
print(redis.Redis.from_url(where.redis_url).ping())
"""


GENERATIONS = """
import psycopg, redis
from config.servers import addresses
where = addresses()
with psycopg.connect(where.database_url) as server:
    print(server.info.server_version // 10000)
print(redis.Redis.from_url(where.redis_url).info()["valkey_version"].split(".")[0])
"""
DUMP = """
import subprocess
from config.servers import addresses
from config.servers.postgres import tools
subprocess.run([tools() / "pg_dump", "--schema-only", addresses().owner_url], check=True)
"""


class Checkout:
    """A copy of the server modules, and the commands that a person would run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "config").mkdir(parents=True)
        (folder / "config" / "__init__.py").touch()
        shutil.copytree(SOURCE, folder / "config" / "servers")
        self.sockets = Path(
            self.run("from config.servers.place import socket_folder; print(socket_folder())")
        )

    @property
    def postmaster(self) -> int:
        """The running server's number, as its own file gives it."""
        return int((self.folder / "var" / "postgres" / "postmaster.pid").read_text().split()[0])

    @property
    def broker(self) -> int:
        """The same for Valkey."""
        return int((self.folder / "var" / "valkey.pid").read_text())

    def hold(self) -> "subprocess.Popen[str]":
        """Start a process that uses the servers until its input is closed; it may not have them yet."""
        return subprocess.Popen(
            [sys.executable, "-c", HOLD],
            cwd=self.folder,
            env=ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @contextmanager
    def user(self) -> Iterator["subprocess.Popen[str]"]:
        """A process that has the servers, and leaves in order."""
        with self.hold() as process:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
            yield process
            process.communicate()

    def run(self, code: str) -> str:
        """Run Python in the checkout; return what it printed."""
        return self._python("-c", code, check=True).stdout.strip()

    def refusal(self) -> str:
        """What a process that cannot have the servers ends with."""
        return self._python("-c", HOLD).stderr.strip().splitlines()[-1]

    def whole_refusal(self) -> str:
        """The same, with the server's own last words."""
        return self._python("-c", HOLD).stderr.split("EmbeddedServerError: ")[-1]

    def servers(self, what: str) -> str:
        """What `python -m config.servers stop` or `status` says."""
        ran = self._python("-m", "config.servers", what)
        return ran.stdout + ran.stderr

    def ask(self, sql: str = "SELECT 1") -> str:
        """Ask both servers something; return PostgreSQL's row and whether Valkey answers."""
        return self.run(ASK.format(sql=sql))

    def generations(self) -> list[str]:
        """The first figures of PostgreSQL's and Valkey's versions."""
        return self.run(GENERATIONS).split()

    def dump(self) -> str:
        """The tables, as the server's own pg_dump writes them."""
        return self.run(DUMP)

    def _python(self, *args: str, check: bool = False) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, *args],
            cwd=self.folder,
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=check,
        )
