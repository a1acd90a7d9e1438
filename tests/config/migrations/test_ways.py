"""Forwards, back, and from the last release: the schema that comes of it is always the one that a fresh database has."""

import json
import os
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection, migrations, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from config.local.quick_states import quick_states
from config.local.scratch import copy_database, drop_database, inside, migrated_database
from core.database.owner import as_owner
from core.guards import guards_of
from core.rights.written import write_rules
from tests.config.migrations.schema import differences, empty_database, migrate, schema

OWN = ("subsidies", "ebikes", "merchants", "core")  # the upper ones first, as they are taken back
RELEASES = json.loads(Path(__file__).with_name("releases.json").read_text())
NAME = f"migrations_{os.getpid()}"
# A shop, a person, a bike, a claim and its money, put in with plain SQL as the release's tables have them.
ROWS = (Path(__file__).parent / "rows.sql").read_text()


@pytest.fixture
def fresh(django_db_blocker):
    """A database that the migrations made, to be worked in; and its schema."""
    with django_db_blocker.unblock():
        drop_database(NAME)
        copy_database(migrated_database(), NAME)
        try:
            with inside(NAME), as_owner():
                yield schema()
        finally:
            drop_database(NAME)


def test_everything_can_be_taken_back_and_made_again(fresh):
    with quick_states():
        for label in OWN:
            migrate(label, "zero")
    left = [
        name for name in schema() if any(f" {label}_" in name for label in OWN) or name.startswith("function")
    ]
    assert left == []
    migrate()  # as Django does it, and not as the fresh one was made: that is the same
    assert differences(schema(), fresh) == []


def test_the_rooms_files_say_what_is_frozen_and_can_be_applied_again(fresh):
    """Whoever reads `sql/` reads what the database does."""
    with connection.cursor() as cursor:
        for label in reversed(OWN):
            for text in guards_of(apps.get_app_config(label)).values():
                cursor.execute(text)
    write_rules(using="default")  # as every migration does at its end
    assert differences(schema(), fresh) == []


@pytest.mark.parametrize("version", RELEASES)
def test_a_released_database_with_rows_in_it_becomes_what_a_fresh_one_is(fresh, django_db_blocker, version):
    with empty_database(f"{NAME}_{version.replace('.', '_')}"):
        with quick_states():
            for label, name in RELEASES[version].items():
                migrate(label, name)
        with connection.cursor() as cursor:
            cursor.execute(ROWS)
        migrate()
        assert differences(schema(), fresh) == []
        with connection.cursor() as cursor:
            cursor.execute("SELECT state FROM subsidies_claim")
            assert cursor.fetchall() == [("received",)]


def test_a_migration_that_would_leave_another_schema_is_seen(fresh):
    """The comparison has eyes: one trigger less, one default less, one function that says something else."""
    for statement, name in (
        (
            "DROP TRIGGER payout_lines_are_orders ON subsidies_payoutline",
            "trigger subsidies_payoutline payout_lines_are_orders",
        ),
        ("ALTER TABLE core_auditentry ALTER at DROP DEFAULT", "column core_auditentry at"),
        (
            "CREATE OR REPLACE FUNCTION acting() RETURNS jsonb LANGUAGE sql STABLE AS $$ SELECT '{}'::jsonb $$",
            "function acting()",
        ),
    ):
        with transaction.atomic():
            migration = migrations.Migration("0999_bad", "subsidies")
            migration.operations = [migrations.RunSQL([statement])]
            executor = MigrationExecutor(connection)
            with connection.schema_editor(atomic=False) as editor:
                migration.apply(executor.loader.project_state(), editor)
            assert differences(schema(), fresh) == [name]
            transaction.set_rollback(True)


def test_every_migration_has_a_way_back_or_says_that_it_is_a_restore():
    silent = [
        f"{label}.{name}"
        for (label, name), migration in MigrationLoader(None).disk_migrations.items()
        if label in OWN
        and not all(operation.reversible for operation in migration.operations)
        and "restore" not in (__import__(migration.__module__, fromlist=["x"]).__doc__ or "")
    ]
    assert silent == []


def test_the_last_release_is_known_to_this_test():
    """A release adds its migrations to releases.json; what it names exists."""
    known = set(MigrationLoader(None).disk_migrations)
    named = {(label, name) for release in RELEASES.values() for label, name in release.items()}
    assert named <= known
    assert all(set(release) == set(OWN) for release in RELEASES.values())
