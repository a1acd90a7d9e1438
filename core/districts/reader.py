"""For whom rows are read: told to PostgreSQL, whose policies show those of that person's districts and no others.

A request tells it of whoever is logged in; a page cannot tell it of anybody else. Which districts a person reads stands in
the database (`districts_read` in sql/districts.sql). Workers and commands have a login that reads all, and read as a person
where they work for one (`reading_as`).
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from core.audit.proof import with_proof
from core.database.owner import login_of
from core.database.roles import APP

NOBODY = ""


def said_of(person: int | None, *, to: BaseDatabaseWrapper) -> str:
    """What the setting `ebikes.reader` holds while this person, or somebody who is not logged in, reads."""
    return with_proof(json.dumps({"public": True} if person is None else {"by": person}), to=to)


def work_everywhere() -> None:
    """This process, a worker or a command, sees every district from its next connection on.

    Where it was not given the address for that, what a policy would hide is an error, and nothing looks smaller than it is.
    """
    usual = connection.settings_dict
    worker = settings.DATABASE_WORKER
    if worker is None:
        options = usual["OPTIONS"]["options"].replace("row_security=on", "row_security=off")
        login: dict[str, Any] = {"OPTIONS": {**usual["OPTIONS"], "options": options}}
    else:
        login = login_of(worker)
    usual.update(login)


@contextmanager
def reading_as(person: int) -> Iterator[None]:
    """What a worker reads meanwhile is what this person may read, by the website's own role."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, current_setting('row_security'), current_setting('ebikes.reader', true)"
        )
        before = cursor.fetchone()
        _become(cursor, APP, "on", said_of(person, to=connection))
        try:
            yield
        finally:
            if not connection.needs_rollback:  # else what was said goes with its transaction
                _become(cursor, *before)


def _become(cursor: CursorWrapper, role: str, hides: str, reader: str | None) -> None:
    cursor.execute(
        "SELECT set_config('role', %s, false), set_config('row_security', %s, false),"
        " set_config('ebikes.reader', %s, false)",
        [role, hides, reader or NOBODY],
    )


@contextmanager
def working_in(district: int) -> Iterator[None]:
    """What a command makes meanwhile, and nothing else says the district of, is of this one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('ebikes.district', %s, false)", [str(district)])
        try:
            yield
        finally:
            if not connection.needs_rollback:  # else what was said goes with its transaction
                cursor.execute("SELECT set_config('ebikes.district', '', false)")
