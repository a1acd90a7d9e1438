"""Somebody with the application's login, and its password, at a console of their own: reads, and writes no row anywhere."""

import pytest
from django.db import connection, connections
from psycopg.errors import InsufficientPrivilege

from core.audit.proof import proof_of

pytestmark = pytest.mark.django_db
TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1"
SAYING = "SELECT set_config('ebikes.connection', '{told}', false); {statement}"
A_CHANGE = "UPDATE ebikes_tradein SET record_no = 'x' WHERE false"


def refused(tried, statement):
    with pytest.raises(InsufficientPrivilege) as found:
        tried(statement)
    return "no process of this system" in str(found.value) or "permission denied" in str(found.value)


def test_no_table_takes_a_row_from_a_stranger(app, tried):
    tables = [each for (each,) in app.execute(TABLES)]
    assert len(tables) > 60
    for table in tables:
        column = app.execute(
            "SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND attidentity = ''"
            " AND attgenerated = '' AND NOT attisdropped LIMIT 1",
            [table],
        ).fetchone()
        changed = (column or ("id",))[0]
        for statement in (
            f"INSERT INTO {table} DEFAULT VALUES",
            f"UPDATE {table} SET {changed} = {changed} WHERE false",
            f"DELETE FROM {table} WHERE false",
        ):
            assert refused(tried, statement), statement


def test_a_stranger_reads(tried):
    assert len(tried("SELECT count(*) FROM subsidies_claim")) == 1


@pytest.mark.parametrize("told", ["", "x", '{"ours": true}', "0" * 64 + ' {"ours": true}'])
def test_saying_so_is_no_proof(tried, told):
    assert refused(tried, SAYING.format(told=told, statement=A_CHANGE))


def test_the_proof_of_another_connection_is_none(tried):
    told = f"{proof_of('{}', to=connection)} {{}}"
    assert refused(tried, SAYING.format(told=told, statement=A_CHANGE))


def test_a_process_of_ours_writes():
    """On a connection of the same login that it opened itself: only the key makes the difference."""
    usual = connections["default"]
    options = {**usual.settings_dict["OPTIONS"], "options": "-c timezone=UTC"}
    there = type(usual)({**usual.settings_dict, "USER": "ebike_app", "OPTIONS": options}, alias="default")
    try:
        with there.cursor() as cursor:
            cursor.execute("SELECT session_user")
            assert cursor.fetchone() == ("ebike_app",)
            cursor.execute(A_CHANGE)
            assert cursor.rowcount == 0
    finally:
        there.close()


def test_nobody_but_the_owner_takes_the_guard_away(tried):
    with pytest.raises(InsufficientPrivilege):
        tried("DROP TRIGGER a_stranger_is_refused ON subsidies_claim")
