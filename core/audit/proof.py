"""How a process of ours shows the database that it speaks, and not somebody who only writes SQL (`sql/told.sql`).

Who acts, by which verb, is told in a setting of the connection, which anybody can set. So a proof goes with it: a keyed
digest over what is told and the connection's own process in PostgreSQL. The key follows from `NUMBER_KEY`; the owner
writes it down at each migration, where the application cannot read it.
"""

from hashlib import sha256
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from core.keys.ring import number_mac

_pids: WeakKeyDictionary[Any, int] = WeakKeyDictionary()


def with_proof(told: str, *, to: BaseDatabaseWrapper) -> str:
    """What is told, behind the proof that this process tells it on this connection."""
    return f"{proof_of(told, to=to)} {told}"


def proof_of(told: str, *, to: BaseDatabaseWrapper) -> str:
    """The proof alone: 64 hexadecimal digits."""
    key = _key()
    return sha256(key + sha256(key + f"{_pid(to)}|{told}".encode()).digest()).hexdigest()


def write_key(using: str, **_kwargs: Any) -> None:
    """Handle `post_migrate`: the database knows by what its own processes are recognised."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT to_regclass('core_processkey')")
        if cursor.fetchone() != (None,):  # a migration that stops before there is one
            cursor.execute(
                "DELETE FROM core_processkey; INSERT INTO core_processkey (key) VALUES (%s)", [_key()]
            )


def _key() -> bytes:
    digest = number_mac().copy()
    digest.update(b"processes\x1fdatabase")
    return digest.finalize()


def _pid(to: BaseDatabaseWrapper) -> int:
    """The process that serves the connection, as it says itself: what stands between may tell another number."""
    to.ensure_connection()
    known = _pids.get(to.connection)
    if known is None:
        with to.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            known = _pids[to.connection] = int(cursor.fetchone()[0])
    return known
