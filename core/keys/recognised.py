"""A wrong key is refused before it seals or looks for anything: it would make two people of one, and numbers of no payment.

Every process compares, at its first connection, the keys that it was given with those that the tables know (`KnownKey`).
"""

import logging
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.keys.ring import decision_ring, index_ring, key_ring, number_check

logger = logging.getLogger(__name__)
_TABLE = "core_knownkey"
_MISSED = {  # what a key that is not here would be wanted for
    "field": gettext_lazy("缺少 %(name)s 的 %(number)s 号密钥：还有内容由它加密(manage.py rotate_keys)"),
    "decision": gettext_lazy("缺少 %(name)s 的 %(number)s 号密钥：有决定由它作印记，须一直保留"),
}
_REBUILDS = False  # this process is about to put another index key in force (manage.py rebuild_indexes)


class WrongKey(ImproperlyConfigured):
    """The keys are not those of this database; the message says which, and what to do."""


class Given(NamedTuple):
    """A key of this process."""

    ring: str
    number: int
    check: bytes


def keys_given() -> Iterator[Given]:
    """The keys that this process was given. Raises ImproperlyConfigured where they cannot be read."""
    yield from (Given("field", number, key.check) for number, key in key_ring().keys.items())
    yield from (Given("index", number, check) for number, check in index_ring().checks.items())
    yield from (Given("decision", number, check) for number, check in decision_ring().checks.items())
    yield Given("number", 1, number_check())


def begin() -> None:
    """Read the keys, and compare them at every connection. Raises ImproperlyConfigured where they cannot be read."""
    list(keys_given())
    connection_created.connect(_at_connection, dispatch_uid="core.keys.recognised")


def rebuilding() -> None:
    """From here on this process may hold another index key than is in force: it is the one that changes it."""
    global _REBUILDS  # noqa: PLW0603 - said once, by a command, for its process
    _REBUILDS = True


def refuse_wrong_keys(db: BaseDatabaseWrapper) -> None:
    """Compare; write down keys that are new. Raises WrongKey. Before the table is there, nothing is sealed either."""
    with db.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NULL", [_TABLE])
        if cursor.fetchone()[0]:
            return
        cursor.execute(f"SELECT ring, number, check_value, in_force, retired_at IS NOT NULL FROM {_TABLE}")  # noqa: S608
        known = {(ring, number): rest for ring, number, *rest in cursor.fetchall()}
        new = _compare(known)
        if new:
            _write_down(cursor, new, first=not any(ring == "index" for ring, _number in known))
            refuse_wrong_keys(db)  # of two that start at once, each sees what the other wrote


def refuse_at_start() -> None:
    """For a process that would find out at its first work. Raises WrongKey; that the database is away is no reason."""
    try:
        connection.ensure_connection()
    except DatabaseError:
        logger.warning("the keys were not compared: the database is away")
    finally:
        connection.close()  # no child inherits it


def _compare(known: dict[tuple[str, int], list[Any]]) -> list[Given]:
    """The keys that are new here. Raises WrongKey."""
    mine = {(key.ring, key.number): key for key in keys_given()}
    for which, (check, _in_force, _retired) in known.items():
        if which in mine and bytes(check) != mine[which].check:
            raise WrongKey(_("%(name)s 的 %(number)s 号密钥不是这个数据库所用的那一把") % _said(which))
    for which, (_check, _in_force, retired) in known.items():
        if which[0] in _MISSED and which not in mine and not retired:
            raise WrongKey(str(_MISSED[which[0]]) % _said(which))
    if known.get(("field", key_ring().current), (b"", False, False))[2]:
        raise WrongKey(
            _("%(name)s 的 %(number)s 号密钥已停用，不能再用来加密") % _said(("field", key_ring().current))
        )
    in_force = next((number for (_ring, number), row in known.items() if row[1]), None)
    if in_force is not None and in_force != index_ring().current and not _REBUILDS:
        raise WrongKey(
            _("INDEX_KEYS 的第一把须是 %(number)s 号：索引由它计算(更换用 manage.py rebuild_indexes)")
            % {"number": in_force}
        )
    return [key for which, key in mine.items() if which not in known]


def _said(which: tuple[str, int]) -> dict[str, object]:
    names = {
        "field": "FIELD_KEYS",
        "index": "INDEX_KEYS",
        "decision": "DECISION_KEYS",
        "number": "NUMBER_KEY",
    }
    return {"name": names[which[0]], "number": which[1]}


def _write_down(cursor: Any, new: list[Given], *, first: bool) -> None:
    current = index_ring().current
    cursor.executemany(
        f"INSERT INTO {_TABLE} (ring, number, check_value, in_force, known_since)"  # noqa: S608 - constant names
        " VALUES (%s, %s, %s, %s, now()) ON CONFLICT DO NOTHING",
        [(key.ring, key.number, key.check, first and key[:2] == ("index", current)) for key in new],
    )


def _at_connection(connection: BaseDatabaseWrapper, **_kwargs: Any) -> None:
    try:
        refuse_wrong_keys(connection)
    except BaseException:
        connection.close()  # else the next use would find it open, and not ask again
        raise
