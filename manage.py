#!/usr/bin/env python
"""Django's command line, with the embedded servers of a fresh machine around it."""

import os
import signal
import sys
from contextlib import nullcontext

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


def main() -> None:
    """Run one command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    from config.servers import EmbeddedServerError, running

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that contexts are left in order
    needs_none = (
        len(sys.argv) < 2 or sys.argv[1] in WITHOUT_SERVERS or "--help" in sys.argv or "-h" in sys.argv
    )
    try:
        with nullcontext() if needs_none else running():
            execute_from_command_line(sys.argv)
    except EmbeddedServerError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
