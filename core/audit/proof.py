"""How a process of ours shows the database that it speaks, and not somebody who only writes SQL (`sql/told.sql`).

Who acts, by which verb, is told in a setting of the connection, which anybody can set. So a proof goes with it: a keyed
digest over what is told, the connection's own process in PostgreSQL and when that began: whoever sees it go by on another
connection cannot tell it again. The key follows from `NUMBER_KEY`; the owner writes it down at each migration, where the
application cannot read it.
"""

from hashlib import sha256
from typing import Any
from weakref import WeakKeyDictionary

from django.db.backends.base.base import BaseDatabaseWrapper

from core.database.told import tell
from core.keys.ring import number_mac

_BEGAN = "SELECT pid || '|' || extract(epoch FROM backend_start) FROM pg_stat_get_activity(pg_backend_pid())"
_sessions: WeakKeyDictionary[Any, str] = WeakKeyDictionary()


def with_proof(told: str, *, to: BaseDatabaseWrapper) -> str:
    """What is told, behind the proof that this process tells it on this connection."""
    return f"{proof_of(told, to=to)} {told}"


def proof_of(told: str, *, to: BaseDatabaseWrapper) -> str:
    """The proof alone: 64 hexadecimal digits."""
    key = _key()
    return sha256(key + sha256(key + f"{_session(to)}|{told}".encode()).digest()).hexdigest()


def prove_connection(connection: BaseDatabaseWrapper, **_kwargs: Any) -> None:
    """Handle `connection_created`: it is a process of ours', and may write. An empty database asks for nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regproc('refuse_stranger') IS NULL")
        if cursor.fetchone() == (True,):
            return
        told = with_proof('{"ours": true}', to=connection)
        cursor.execute("SELECT set_config('ebikes.connection', %s, false)", [told])


def refuse_strangers(using: str, **_kwargs: Any) -> None:
    """Handle `post_migrate`, after each app: on a connection that proves nothing, no table is written."""
    tell(using, "SELECT strangers_write_nothing()", once="to_regproc('strangers_write_nothing')")


def write_key(using: str, **_kwargs: Any) -> None:
    """Handle `post_migrate`: the database knows by what its own processes are recognised."""
    statement = "DELETE FROM core_processkey; INSERT INTO core_processkey (key) VALUES (%s)"
    tell(using, statement, [_key()], once="to_regclass('core_processkey')")


def _key() -> bytes:
    digest = number_mac().copy()
    digest.update(b"processes\x1fdatabase")
    return digest.finalize()


def _session(to: BaseDatabaseWrapper) -> str:
    """The process that serves the connection and when it began, as it says itself: what stands between may tell others."""
    to.ensure_connection()
    known = _sessions.get(to.connection)
    if known is None:
        with to.cursor() as cursor:
            cursor.execute(_BEGAN)
            (known,) = cursor.fetchone()
            if known is None:  # logged in as somebody else than this role, who is not shown it
                cursor.execute("SELECT this_session()")
                (known,) = cursor.fetchone()
        _sessions[to.connection] = known
    return known
