"""Being the owner of the schema: for migrations, and for what a local machine makes and drops beside them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.utils import CursorWrapper
from django.db.transaction import TransactionManagementError
from django.utils.translation import gettext as _

_LOGIN = ("USER", "PASSWORD", "HOST", "PORT", "OPTIONS")


class NoOwner(Exception):
    """The owner's address is not set here; the message says what to do."""


@contextmanager
def as_owner() -> Iterator[None]:
    """This process's connection is the owner's meanwhile, in the same database. Raises NoOwner.

    It is another connection, so not within a transaction (TransactionManagementError).
    """
    login = _owner_login()
    if connection.in_atomic_block:
        raise TransactionManagementError("the owner's connection is another one")
    usual = connection.settings_dict  # which the connections of other threads share
    connection.close()
    connection.settings_dict = {**usual, **login}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict = usual


@contextmanager
def server_cursor() -> Iterator[CursorWrapper]:
    """The owner's cursor beside all of the programme's databases, to make and to drop them. Raises NoOwner."""
    here = connections[DEFAULT_DB_ALIAS]
    server = type(here)({**here.settings_dict, **_owner_login(), "NAME": None}, alias=NO_DB_ALIAS)
    try:
        with server.cursor() as cursor:
            yield cursor
    finally:
        server.close()


def _owner_login() -> dict[str, Any]:
    owner: dict[str, Any] | None = settings.DATABASE_OWNER
    if owner is None:
        raise NoOwner(_("修改表结构须用所有者的地址：请设置 DATABASE_OWNER_URL(见 .env.example)"))
    return login_of(owner)


def login_of(database: dict[str, Any]) -> dict[str, Any]:
    """Of a database's settings what says as whom, and how, one logs in."""
    return {name: database.get(name) or ({} if name == "OPTIONS" else "") for name in _LOGIN}


@contextmanager
def owning() -> Iterator[None]:
    """Be the owner meanwhile: by another connection, or within a transaction where this login may take its role.

    Raises NoOwner. A website's login may not, and is refused by the database.
    """
    if not connection.in_atomic_block:
        with as_owner():
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        (before,) = cursor.fetchone()
        cursor.execute("SET LOCAL ROLE ebike_owner")
        yield
        cursor.execute(f"SET LOCAL ROLE {before}")
