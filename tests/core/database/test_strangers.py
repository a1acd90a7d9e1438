"""Somebody with the application's login, and its password, at a console of their own: reads, and writes no row anywhere."""

import psycopg
import pytest
from django.db import connection, connections
from psycopg.errors import InsufficientPrivilege

from core.audit.proof import proof_of
from tests.core.database.test_roles import login

pytestmark = pytest.mark.django_db
TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1"
MINE = "SELECT set_config('ebikes.connection', %s, false)"


@pytest.fixture(scope="module")
def stranger(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), login("ebike_app") as session:
        yield session


def tried(stranger, statement, *told):
    """Run it; it is taken back."""
    with stranger.transaction(force_rollback=True):
        for each in told:
            stranger.execute(MINE, [each])
        return stranger.execute(statement).rowcount


def refused(stranger, statement, *told):
    with pytest.raises(InsufficientPrivilege) as found:
        tried(stranger, statement, *told)
    return "no process of this system" in str(found.value) or "permission denied" in str(found.value)


def test_no_table_takes_a_row_from_a_stranger(stranger):
    tables = [each for (each,) in stranger.execute(TABLES)]
    assert len(tables) > 60
    for table in tables:
        column = stranger.execute(
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
            assert refused(stranger, statement), statement


def test_a_stranger_reads(stranger):
    assert tried(stranger, "SELECT count(*) FROM subsidies_claim") == 1


@pytest.mark.parametrize("told", ["", "x", '{"ours": true}', "0" * 64 + ' {"ours": true}'])
def test_saying_so_is_no_proof(stranger, told):
    assert refused(stranger, "UPDATE ebikes_tradein SET record_no = 'x' WHERE false", told)


def test_the_proof_of_another_connection_is_none(stranger):
    told = f"{proof_of('{}', to=connection)} {{}}"
    assert refused(stranger, "UPDATE ebikes_tradein SET record_no = 'x' WHERE false", told)


def test_a_process_of_ours_writes():
    """On a connection of the same login that it opened itself: only the key makes the difference."""
    usual = connections["default"]
    options = {**usual.settings_dict["OPTIONS"], "options": "-c timezone=UTC"}
    there = type(usual)({**usual.settings_dict, "USER": "ebike_app", "OPTIONS": options}, alias="default")
    try:
        with there.cursor() as cursor:
            cursor.execute("SELECT session_user")
            assert cursor.fetchone() == ("ebike_app",)
            cursor.execute("UPDATE ebikes_tradein SET record_no = 'x' WHERE false")
            assert cursor.rowcount == 0
    finally:
        there.close()


def test_nobody_but_the_owner_takes_the_guard_away(stranger):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        tried(stranger, "DROP TRIGGER a_stranger_is_refused ON subsidies_claim")
