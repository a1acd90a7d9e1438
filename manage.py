#!/usr/bin/env python
"""Django's command line, with the embedded servers of a fresh machine around it."""

import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

# Commands that need neither PostgreSQL nor Redis.
WITHOUT_SERVERS = {
    "check",
    "collectstatic",
    "help",
    "makemessages",
    "stub_licensing",
    "translations",
    "--version",
}
# Commands that treat their servers as nobody may treat a server in use.
WITH_OWN_SERVERS = {"prove_recovery"}


def main() -> None:
    """Run one command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that contexts are left in order
    with _home(sys.argv):
        from django.core.management import execute_from_command_line

        from config.servers import EmbeddedServerError, running
        from core.audit.origin import begin_process
        from core.districts.reader import work_everywhere

        begin_process(" ".join(["manage.py", *sys.argv[1:2]]))
        work_everywhere()
        try:
            with nullcontext() if _needs_none(sys.argv) else running():
                execute_from_command_line(sys.argv)
        except EmbeddedServerError as error:
            sys.exit(str(error))


def _needs_none(argv: list[str]) -> bool:
    return len(argv) < 2 or argv[1] in WITHOUT_SERVERS or "--help" in argv or "-h" in argv


def _home(argv: list[str]) -> AbstractContextManager[None]:
    """Where the servers and everything else that is kept lie: as configured, or for this command alone."""
    return _own_home() if len(argv) > 1 and argv[1] in WITH_OWN_SERVERS else nullcontext()


@contextmanager
def _own_home() -> Iterator[None]:
    with tempfile.TemporaryDirectory(prefix="ebike-home-") as home:
        os.environ["VAR_DIR"] = home
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_WORKER_URL", "REDIS_URL", "MEDIA_ROOT"):
            os.environ.pop(name, None)
        yield


if __name__ == "__main__":
    main()
