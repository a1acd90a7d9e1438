"""For whom rows are read: told to PostgreSQL, whose policies show those of that person's districts and no others.

A request tells it of whoever is logged in; a page cannot tell it of anybody else. Which districts a person reads stands in
the database (`districts_read` in sql/districts.sql). Workers and commands have a login that reads all, and read as a person
where they work for one (`reading_as`).
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from core.audit.proof import with_proof

NOBODY = ""


def said_of(person: int | None, *, to: BaseDatabaseWrapper) -> str:
    """What the setting `ebikes.reader` holds while this person, or somebody who is not logged in, reads."""
    return with_proof(json.dumps({"public": True} if person is None else {"by": person}), to=to)


def tell_reader(person: int | None) -> None:
    """From now on rows are read for this person, on this connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('ebikes.reader', %s, false)", [said_of(person, to=connection)])


def forget_reader() -> None:
    """Nobody reads any more: no row is seen."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('ebikes.reader', '', false)")


def work_everywhere() -> None:
    """This process, a worker or a command, sees every district from its next connection on.

    Where it was not given the address for that, what a policy would hide is an error, and nothing looks smaller than it is.
    """
    usual = connection.settings_dict
    worker = settings.DATABASE_WORKER
    if worker is None:
        options = usual["OPTIONS"]["options"].replace("row_security=on", "row_security=off")
        login = {"OPTIONS": {**usual["OPTIONS"], "options": options}}
    else:
        login = {name: worker.get(name) or "" for name in ("USER", "PASSWORD", "HOST", "PORT")}
        login["OPTIONS"] = worker["OPTIONS"]
    usual.update(login)


@contextmanager
def reading_as(person: int) -> Iterator[None]:
    """What a worker reads meanwhile is what this person may read: in a transaction, as the website's own role."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('row_security')")
        role, hides = cursor.fetchone()
        told = said_of(person, to=connection)
        cursor.execute(
            "SELECT set_config('role', 'ebike_app', true), set_config('row_security', 'on', true),"
            " set_config('ebikes.reader', %s, true)",
            [told],
        )
        yield
        cursor.execute(
            "SELECT set_config('role', %s, true), set_config('row_security', %s, true),"
            " set_config('ebikes.reader', '', true)",
            [role, hides],
        )


@contextmanager
def working_in(district: int) -> Iterator[None]:
    """What a command makes meanwhile, and nothing else says the district of, is of this one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('ebikes.district', %s, false)", [str(district)])
        try:
            yield
        finally:
            cursor.execute("SELECT set_config('ebikes.district', '', false)")
