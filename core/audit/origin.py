"""Who asks, and from where: known to this process, and told to PostgreSQL, whose triggers write it beside every change.

A request tells it once and takes it back in any case: connections are kept, and the next request may be anybody's. For whom
rows are read (core/districts) every request tells; who changes something, those that may. A worker, or a command, says of
itself that it is one, at every connection that it opens.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import DatabaseError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest
from psycopg.pq import TransactionStatus

from core.audit.client_address import client_address
from core.audit.proof import with_proof
from core.districts.reader import NOBODY, said_of

_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)
_SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}
_process: dict[str, str] = {}  # what is told where no request is


def current_address() -> str:
    """Where the request that is being answered comes from; empty where there is none."""
    return client_address(_request.get())


@contextmanager
def answering(request: HttpRequest) -> Iterator[None]:
    """While a request is answered: its address is known, and what it changes is its person's."""
    token = _request.set(request)
    try:
        tell()
        yield
    finally:
        _request.reset(token)
        _take_back()


def tell() -> None:
    """Tell PostgreSQL who asks; again, where that has just become somebody else."""
    if _request.get() is not None:
        told = _told()  # first: who is logged in is found out before anybody reads
        _tell(connection, told)


def begin_process(what: str) -> None:
    """From now on this process changes, without a person's order, as a worker or a command of ours: not by bare SQL."""
    _process["verb"] = what


def tell_new_connection(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Handle `connection_created`: in a worker or a command, and where one is opened anew while a request is answered."""
    request = _request.get()
    if request is None:
        if _process:
            _tell(connection, _told())
    elif hasattr(request, "_cached_user"):  # else it is opened to find out who asks, and told then
        _tell(connection, _told())


def _may_change(request: HttpRequest | None) -> bool:
    return request is not None and request.method not in _SAFE


def _told() -> dict[str, Any]:
    request = _request.get()
    if request is None:
        return dict(_process)
    user = getattr(request, "user", None)
    return {
        "verb": "(web)",
        "by": user.pk if user is not None else None,
        "address": client_address(request) or None,
    }


def _take_back() -> None:
    """Nobody asks any more. A connection that cannot be told so is not used again."""
    if connection.connection is None or connection.needs_rollback or _in_lost_transaction():
        return  # none to be told, or what was told goes with its transaction
    try:
        _tell(connection, _told())
    except DatabaseError:
        connection.close()


def _in_lost_transaction() -> bool:
    """Whether a transaction around the whole request can only be rolled back."""
    status = connection.connection.info.transaction_status
    return connection.in_atomic_block and status == TransactionStatus.INERROR


def _tell(to: BaseDatabaseWrapper, told: dict[str, Any]) -> None:
    request = _request.get()
    said = with_proof(json.dumps(told), to=to) if told and (request is None or _may_change(request)) else ""
    reader = said_of(told.get("by"), to=to) if request is not None else NOBODY
    with to.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('ebikes.request', %s, false), set_config('ebikes.reader', %s, false)",
            [said, reader],
        )
