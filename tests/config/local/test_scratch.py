"""The database that others are copied from: made once, and anew when migrations have changed or it was left half made."""

import os
from types import SimpleNamespace

import pytest
from django.db import connection

from config.local import scratch
from config.local.scratch import drop_database, inside, make_database, migrated_database
from core.database.owner import as_owner

NAME = f"test_{os.getpid()}_scratch"
ORIGINAL = f"{NAME}_migrated"


@pytest.fixture
def migrated(monkeypatch, django_db_setup, django_db_blocker):
    """The databases in which the migrations were run; here they make one empty table."""
    where = []

    def migrate(_name, **_options):
        where.append(connection.settings_dict["NAME"])
        with as_owner(), connection.cursor() as cursor:
            cursor.execute("CREATE TABLE IF NOT EXISTS made ()")

    monkeypatch.setattr(scratch, "call_command", migrate)
    monkeypatch.setenv("DATABASE_URL", f"postgres://somebody@db/{NAME}")
    with django_db_blocker.unblock():
        yield where
        for name in (NAME, ORIGINAL):
            drop_database(name)


def test_it_is_made_once(migrated):
    assert [migrated_database() for _time in range(2)] == [ORIGINAL] * 2
    assert migrated == [ORIGINAL]


def test_it_is_made_anew_when_the_migrations_have_changed(migrated, monkeypatch):
    for state in ("one", "two", "two"):
        monkeypatch.setattr(scratch, "_state_of_migrations", lambda state=state: state)
        migrated_database()
    assert migrated == [ORIGINAL] * 2


def test_one_that_was_left_half_made_is_made_anew(migrated, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(scratch, "call_command", lambda *_args, **_options: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            migrated_database()
    migrated_database()
    assert migrated == [ORIGINAL]


def test_a_database_is_a_copy_of_it_with_what_the_code_writes_after_a_migration(migrated):
    usual = connection.settings_dict["NAME"]
    make_database(NAME)
    assert migrated == [ORIGINAL, NAME]
    with inside(NAME):
        assert "made" in connection.introspection.table_names()
    assert connection.settings_dict["NAME"] == usual


@pytest.mark.parametrize("changed", ["migrations/0001_initial.py", "sql/guards.sql", "sql/more.sql"])
def test_migrations_and_the_sql_that_they_run_count(tmp_path, monkeypatch, changed):
    app = SimpleNamespace(label="app", path=str(tmp_path))
    monkeypatch.setattr(scratch.apps, "get_app_configs", lambda: [app])
    for folder, name in (("migrations", "0001_initial.py"), ("sql", "guards.sql")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text("1")
    before = scratch._state_of_migrations()
    assert scratch._state_of_migrations() == before
    (tmp_path / changed).write_text("2")
    assert scratch._state_of_migrations() != before
