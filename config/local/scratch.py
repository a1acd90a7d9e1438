"""Databases that a command makes for itself: for as long as it lives, or anew at every run.

Each is a copy of one that the migrations made, which is kept beside them: to copy takes a tenth of a second, to migrate
several.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection

from config.celery import app
from config.local.quick_states import quick_states
from config.servers import addresses
from core.database.owner import server_cursor
from core.database.roles import close_to_others

_numbers = count(1)


def fresh_database(name: str) -> dict[str, str]:
    """Make a database of this name anew and point this process at it, and at messages of its own.

    A database of that name is dropped first, with whoever is connected to it. Returns the environment that points
    other processes there.
    """
    make_database(name)
    _work_in(name)
    return pointing_at(name)


def make_database(name: str) -> None:
    """Make a database of this name anew. What follows a migration is written anew, too: it comes from the code."""
    drop_database(name)
    copy_database(migrated_database(), name)
    with inside(name):
        call_command("migrate", verbosity=0, interactive=False)


def migrated_database() -> str:
    """The name of a database to be copied, which holds what the migrations made; made anew when they have changed.

    It stays on the server, and lets nobody in: a database that somebody is in cannot be copied.
    """
    name, state = f"{urlsplit(addresses().database_url).path[1:]}_migrated", _state_of_migrations()
    with server_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])  # until this connection ends
        cursor.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
        )
        if cursor.fetchone() == (state,):
            return name
        drop_database(name)
        cursor.execute(f'CREATE DATABASE "{name}"')
        with inside(name), quick_states():
            call_command("migrate", verbosity=0, interactive=False)
        cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        cursor.execute(f"COMMENT ON DATABASE \"{name}\" IS '{state}'")  # last: one that is half made has none
    return name


def _state_of_migrations() -> str:
    """A digest of every app's migrations and of the SQL that they run."""
    digest = hashlib.sha256()
    for each in apps.get_app_configs():
        folder = Path(each.path)
        for file in sorted([*folder.glob("migrations/*.py"), *folder.rglob("*.sql")]):
            digest.update(f"{each.label}/{file.relative_to(folder)}\n".encode() + file.read_bytes())
    return digest.hexdigest()


def copy_database(original: str, name: str) -> None:
    """Make a database as a copy of another, which nobody may be in meanwhile."""
    with server_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{original}"')
        close_to_others(cursor, name)


@contextmanager
def inside(name: str) -> Iterator[None]:
    """Look at another database of the server, and then again at the one before."""
    usual = connection.settings_dict["NAME"]
    _turn_to(name)
    try:
        yield
    finally:
        _turn_to(usual)


def _turn_to(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name
    ContentType.objects.clear_cache()  # another database has numbered them otherwise


def _work_in(name: str) -> None:
    connection.settings_dict["NAME"] = name
    app.conf.broker_transport_options["global_keyprefix"] = f"{name}:"  # messages of its own, too


def pointing_at(name: str) -> dict[str, str]:
    """The environment that points another process at a database of this name, and at messages of its own."""
    where = addresses()
    urls = {
        "DATABASE_URL": where.database_url,
        "DATABASE_OWNER_URL": where.owner_url,
        "DATABASE_WORKER_URL": where.worker_url,
    }
    there = {key: urlunsplit(urlsplit(url)._replace(path=f"/{name}")) for key, url in urls.items() if url}
    return there | {"REDIS_PREFIX": f"{name}:"}


def drop_database(name: str) -> None:
    """Drop the database, if there is one, with whoever is connected to it.

    Not by FORCE, which ends with an error while autovacuum is at work there: nobody but a superuser may end that so. A plain
    DROP waits until whoever was told to leave has left, and sends autovacuum away by itself.
    """
    connection.close()
    with server_cursor() as cursor:
        cursor.execute("SELECT FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone() is None:
            return
        cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usesysid IS NOT NULL",
            [name],
        )
        cursor.execute(f'DROP DATABASE "{name}"')


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
            _turn_to(name)
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
    copy_database(original, name)
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
