"""`python -m tests.bench`, behind `make bench`."""

import os
import sys

import django

from config.servers import running


def main() -> None:
    """Measure, on this machine's own servers or the configured ones."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    with running():
        django.setup()
        from tests.bench.command import Command  # noqa: PLC0415 - it needs Django set up

        Command().run_from_argv(["tests.bench", "bench", *sys.argv[1:]])


if __name__ == "__main__":
    main()
