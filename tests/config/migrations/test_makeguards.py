"""Guards are frozen: a changed file makes a migration, and the past one stays as it was."""

import sys
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from core import guards
from core.guards import UnlistedGuards, as_migration, changes, guards_of

OLD = """CREATE OR REPLACE FUNCTION no_more() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE OR REPLACE TRIGGER things_stay BEFORE DELETE ON shop_thing FOR EACH ROW EXECUTE FUNCTION no_more();
"""
NEW = OLD.replace("RETURN NULL", "RETURN OLD").replace("things_stay", "things_stay_for_ever")


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """An app with one guard, frozen in its first migration."""
    folder = tmp_path / "shop_of_tests"
    (folder / "migrations").mkdir(parents=True)
    (folder / "room" / "sql").mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "migrations" / "__init__.py").touch()
    (folder / "room" / "sql" / "stay.sql").write_text(OLD)
    monkeypatch.syspath_prepend(tmp_path)
    app = SimpleNamespace(label="shop", name="shop_of_tests", path=str(folder), guards=("room/sql/stay.sql",))
    disk = {}
    monkeypatch.setattr(guards, "MigrationLoader", lambda connection: SimpleNamespace(disk_migrations=disk))

    def freeze(number):
        name = f"{number:04}_guards"
        text = as_migration(app, changes(app), depends=[("shop", "0001_initial")])
        (folder / "migrations" / f"{name}.py").write_text(text)
        disk["shop", name] = None
        return text

    app.write = (folder / "room" / "sql" / "stay.sql").write_text
    app.freeze = freeze
    yield app
    for name in [each for each in sys.modules if each.startswith("shop_of_tests")]:
        del sys.modules[name]


def operations(text):
    made = {}
    exec(compile(text, "migration", "exec"), made)  # noqa: S102 - what the test itself has written
    return [(operation.sql[0], operation.reverse_sql[0]) for operation in made["Migration"].operations]


def test_the_first_time_a_file_is_frozen_whole_and_its_way_back_drops_what_it_made(shop):
    (change,) = changes(shop)
    assert change.dropped == ""
    ((forwards, backwards),) = operations(shop.freeze(2))
    assert forwards == OLD
    assert backwards == (
        "DROP TRIGGER IF EXISTS things_stay ON shop_thing;\nDROP FUNCTION IF EXISTS no_more CASCADE;\n"
    )


def test_what_is_frozen_is_not_made_again(shop):
    shop.freeze(2)
    assert changes(shop) == []


def test_a_changed_file_makes_a_migration_whose_way_back_is_the_text_before(shop):
    past = shop.freeze(2)
    shop.write(NEW)
    ((forwards, backwards),) = operations(shop.freeze(3))
    assert forwards == f"DROP TRIGGER IF EXISTS things_stay ON shop_thing;\n{NEW}"
    assert backwards == f"DROP TRIGGER IF EXISTS things_stay_for_ever ON shop_thing;\n{OLD}"
    assert operations(past)[0][0] == OLD
    assert changes(shop) == []


def test_a_file_that_is_gone_is_taken_back(shop, tmp_path):
    shop.freeze(2)
    (tmp_path / "shop_of_tests" / "room" / "sql" / "stay.sql").unlink()
    shop.guards = ()
    ((forwards, backwards),) = operations(shop.freeze(3))
    assert forwards.startswith("DROP TRIGGER IF EXISTS things_stay")
    assert backwards == OLD
    assert changes(shop) == []


def test_a_file_that_nobody_lists_is_refused(shop):
    shop.guards = ()
    with pytest.raises(UnlistedGuards, match=r"room/sql/stay\.sql"):
        guards_of(shop)


def test_a_guard_that_could_not_be_applied_again_is_refused(shop):
    shop.write("CREATE FUNCTION once() RETURNS int LANGUAGE sql AS 'SELECT 1';")
    with pytest.raises(UnlistedGuards, match="CREATE FUNCTION once"):
        guards_of(shop)


def test_everything_of_ours_is_frozen():
    call_command("makeguards", "--check")


def test_the_check_fails_while_something_is_not_frozen(monkeypatch):
    change = guards.Change("ledger/sql/ledger.sql", "", "")
    monkeypatch.setattr("config.management.commands.makeguards.changes", lambda app: [change])
    with pytest.raises(CommandError, match=r"subsidies/ledger/sql/ledger\.sql"):
        call_command("makeguards", "--check")
