"""What the linter of migrations refuses: what running code, or a table with rows in it, would not survive."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterField,
    RemoveField,
    RenameField,
    RenameModel,
)

from ebikes.models import FiledBike
from tests.lint_migrations import APPS, faults_of

pytestmark = pytest.mark.django_db
INDEX = models.Index(fields=["brand"], name="bikes_by_brand")

BAD = {
    "a column renamed in one step": (RenameField("filedbike", "brand", "make"), "RENAME_COLUMN"),
    "a table renamed in one step": (RenameModel("FiledBike", "Bike"), "RENAME_TABLE"),
    "a column dropped": (RemoveField("filedbike", "brand"), "DROP_COLUMN"),
    "a column that old code does not fill": (
        AddField("filedbike", "colour", models.CharField(max_length=8, default="")),
        "NOT_NULL",
    ),
    "a column of another type": (AlterField("filedbike", "brand", models.IntegerField()), "ALTER_COLUMN"),
    "an index built under a lock": (AddIndex("filedbike", INDEX), "CREATE_INDEX"),
    "an index with a condition": (
        AddIndex("filedbike", models.Index(fields=["brand"], name="branded", condition=~models.Q(brand=""))),
        "CREATE_INDEX",
    ),
    "a unique constraint on a table with rows": (
        AddConstraint("filedbike", models.UniqueConstraint(fields=["brand"], name="one_bike_per_brand")),
        "ADD_UNIQUE",
    ),
}
GOOD = {
    "a column with the database's own default": AddField(
        "filedbike", "colour", models.CharField(max_length=8, default="", db_default="")
    ),
    "a column that may be empty": AddField("filedbike", "colour", models.CharField(max_length=8, null=True)),
}


def statements(operation):
    """What the operation would send to the database."""
    before = MigrationLoader(None).project_state()
    after = before.clone()
    operation.state_forwards("ebikes", after)
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        operation.database_forwards("ebikes", editor, before, after)
    return editor.collected_sql


@pytest.mark.parametrize("what", BAD)
def test_is_refused(what):
    operation, code = BAD[what]
    assert code in faults_of(statements(operation))


@pytest.mark.parametrize("what", GOOD)
def test_is_let_through(what):
    assert faults_of(statements(GOOD[what])) == []


def test_an_index_built_beside_the_traffic_is_let_through():
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        editor.add_index(FiledBike, INDEX, concurrently=True)
    assert "CONCURRENTLY" in editor.collected_sql[0]
    assert faults_of(editor.collected_sql) == []


@pytest.mark.django_db(transaction=True)  # the owner comes by a connection of his own
def test_a_migration_waits_for_a_lock_only_so_long(monkeypatch):
    said = []

    def ask(self, *args, **options):
        with connection.cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            said.append(cursor.fetchone()[0])

    monkeypatch.setattr(DjangoMigrate, "handle", ask)
    call_command("migrate")
    ask(None)
    assert said == ["5s", "0"]


def test_no_migration_reads_a_file():
    """What a migration does must not change when a file does."""
    readers = [
        path
        for app in APPS
        for path in Path(settings.BASE_DIR, app, "migrations").glob("*.py")
        if "read_text" in path.read_text() or "open(" in path.read_text()
    ]
    assert readers == []
