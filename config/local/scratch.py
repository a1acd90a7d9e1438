"""Databases that a command makes for itself: for as long as it lives, or anew at every run."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from urllib.parse import urlsplit, urlunsplit

from django.core.management import call_command
from django.db import connection

from config.celery import app
from config.servers import addresses

_numbers = count(1)


def fresh_database(name: str) -> dict[str, str]:
    """Make a database of this name anew and point this process at it, and at messages of its own.

    A database of that name is dropped first, with whoever is connected to it. Returns the environment that points
    other processes there.
    """
    drop_database(name)
    with connection._nodb_cursor() as cursor:  # noqa: SLF001 - Django's own way to reach the server itself
        cursor.execute(f'CREATE DATABASE "{name}"')
    _work_in(name)
    call_command("migrate", verbosity=0, interactive=False)
    return pointing_at(name)


def _work_in(name: str) -> None:
    connection.settings_dict["NAME"] = name
    app.conf.broker_transport_options["global_keyprefix"] = f"{name}:"  # messages of its own, too


def pointing_at(name: str) -> dict[str, str]:
    """The environment that points another process at a database of this name, and at messages of its own."""
    parts = urlsplit(addresses().database_url)
    return {"DATABASE_URL": urlunsplit(parts._replace(path=f"/{name}")), "REDIS_PREFIX": f"{name}:"}


def drop_database(name: str) -> None:
    """Drop the database, if there is one, with whoever is connected to it."""
    connection.close()
    with connection._nodb_cursor() as cursor:  # noqa: SLF001
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def scratch_database() -> Iterator[dict[str, str]]:
    """A fresh database for this process, dropped afterwards. Yields the environment that points another process at it."""
    usual, name = connection.settings_dict["NAME"], f"scratch_{os.getpid()}_{next(_numbers)}"
    try:
        yield fresh_database(name)
    finally:
        drop_database(name)
        _work_in(usual)


def coming_back() -> Callable[[Callable[[], float]], float]:
    """A way to do something later in the database that this process is in now, wherever it is then."""
    name = connection.settings_dict["NAME"]

    def inside(work: Callable[[], float]) -> float:
        if connection.settings_dict["NAME"] != name:
            connection.close()
            connection.settings_dict["NAME"] = name
        return work()

    return inside


@contextmanager
def copied_database() -> Iterator[dict[str, str]]:
    """Work on a copy of this process's database; the copy is dropped afterwards, and the original is as before.

    Yields the environment that points another process at the copy.
    """
    original = connection.settings_dict["NAME"]
    name = f"{original}_copy"
    drop_database(name)
    with connection._nodb_cursor() as cursor:  # noqa: SLF001
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{original}"')
    _work_in(name)
    try:
        yield pointing_at(name)
    finally:
        drop_database(name)
        _work_in(original)


def demo_database() -> dict[str, str]:
    """The demonstration's database, made anew: the embedded server's own, or `<name>_demo` beside a configured one."""
    name = connection.settings_dict["NAME"]
    return fresh_database(f"{name}_demo" if "DATABASE_URL" in os.environ else name)
