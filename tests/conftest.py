"""What every test has: real servers, databases that are copied instead of made, and tables that may be emptied."""

import gc
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import hypothesis
import pytest
from django.apps import AppConfig
from django.conf import settings
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection, transaction
from django.db.backends.postgresql.creation import DatabaseCreation
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.backends.utils import CursorWrapper
from django.db.models.signals import post_migrate
from django.template.base import Template
from django.template.context import Context
from django.test import override_settings
from django.test.utils import instrumented_test_render
from django.utils.safestring import SafeString

from config.local.scratch import migrated_database
from config.servers import running
from core.database.owner import server_cursor
from tests.laid import _rows_of_module  # noqa: F401 - a fixture of every module

LONG = (
    *("tests/config/packs/", "tests/config/proofs/"),  # which wait for processes of their own
    *("tests/config/migrations/test_ways.py", "tests/subsidies/test_model.py"),
)

_servers = ExitStack()
hypothesis.settings.register_profile("untimed", deadline=None)  # a busy machine is no fault
hypothesis.settings.load_profile("untimed")


def pytest_configure() -> None:
    _servers.enter_context(running(durable=False))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that takes long by itself begins first: as the last one it would keep the other half idle."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_collection_finish() -> None:
    """What was imported stays: a garbage collector that looks at it again and again costs a tenth of the time."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    _servers.close()


def pytest_sessionstart() -> None:
    """Somebody may decide about money, in tests where it does not matter who: `UserFactory`."""
    post_migrate.connect(_write_role_of_tests, dispatch_uid="tests")


def _write_role_of_tests(app_config: AppConfig, using: str, **_: object) -> None:
    from django.contrib.auth.models import Group, Permission  # noqa: PLC0415 - apps come first

    if app_config.label == "subsidies":
        role = Group.objects.using(using).get_or_create(name="decides")[0]
        rights = Permission.objects.using(using).filter(content_type__app_label="subsidies")
        role.permissions.set(rights.exclude(codename__startswith="view_"))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, django_db_blocker) -> None:
    """Each process's database is a copy of the migrated one. It need not outlive a power cut.

    The owner makes it; every test then has the rights of a worker, its requests those of the website (`tests.website`), and
    it may become the owner within its transaction (`tests.console`).
    """
    database = settings.DATABASES["default"]
    with django_db_blocker.unblock():
        database["TEST"]["TEMPLATE"] = migrated_database()
    DatabaseCreation._nodb_cursor = lambda self: server_cursor()
    login = {name: settings.DATABASE_OWNER[name] for name in ("USER", "PASSWORD", "HOST", "PORT")}
    database |= login
    options = settings.DATABASE_WORKER["OPTIONS"]["options"]
    database["OPTIONS"]["options"] = f"{options} -c role=ebike_worker -c synchronous_commit=off"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> Iterator[None]:
    """After a transactional test, empty the tables that have rows, past the triggers of those that are append-only.

    To truncate them all, as Django does, takes ten times as long; and so does it to write again what follows a migration,
    which is done only where a test changed it.
    """
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("SET ROLE ebike_owner")
        written = _with_rows(cursor, connection.introspection.table_names())
        before = _digest(cursor, written)
        cursor.execute("SET ROLE ebike_worker")
    as_migrated = False

    def delete_rows(
        self: DatabaseOperations,
        style: object,
        tables: Collection[str],
        *,
        reset_sequences: bool,
        allow_cascade: bool,
    ) -> list[str]:
        nonlocal as_migrated
        assert not reset_sequences
        with self.connection.cursor() as cursor:
            # Until Django closes the connection, as it does after such a test.
            cursor.execute("SET ROLE ebike_owner")
            as_migrated = _digest(cursor, written) == before
            filled = set(_with_rows(cursor, tables)) - set(written if as_migrated else ())
        return [
            "SET session_replication_role = replica",
            *(f"DELETE FROM {each}" for each in sorted(filled)),
            "SET session_replication_role = origin",
        ]

    def write_again(*args: Any, **told: Any) -> None:
        if not as_migrated:
            emit_post_migrate_signal(*args, **told)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", delete_rows)
        patch.setattr("django.core.management.commands.flush.emit_post_migrate_signal", write_again)
        yield


def _with_rows(cursor: CursorWrapper, tables: Collection[str]) -> list[str]:
    cursor.execute(
        " UNION ALL ".join(f"SELECT '{each}' WHERE EXISTS (SELECT FROM {each})" for each in tables)
    )
    return [table for (table,) in cursor.fetchall()]


def _digest(cursor: CursorWrapper, tables: Collection[str]) -> list[str]:
    rows = (f"SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {each} t" for each in tables)
    cursor.execute(" UNION ALL ".join(rows))
    return [digest for (digest,) in cursor.fetchall()]


@pytest.fixture(scope="module")
def module_db(request, django_db_setup, django_db_blocker) -> Iterator[None]:
    """For what all tests of a module begin with: rows written once, taken back after the last test.

    The transaction of each test lies within this one, so that every test finds them as they were made. Objects in
    memory are not rolled back: hand out none that a test could change.
    """
    tests = [each for each in request.session.items if each.path == request.path]
    without = [each.name for each in tests if "module_db" not in each.fixturenames]
    assert not without, f"they would see these rows or not, as the order has it: {without}"
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(autouse=True, scope="session")
def _pages_need_no_collected_files() -> Iterator[None]:
    """Pages name their style sheet plainly, and no test walks through the folders that WhiteNoise would serve."""
    plain = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    served = [each for each in settings.MIDDLEWARE if not each.startswith("whitenoise.")]
    middleware = ["tests.website.WebsiteMiddleware", *served]
    # Whose a wallet is, is asked where a test is about it (tests/subsidies/payees).
    # Nobody signs, but where a test is about that (tests/subsidies/heads, tests/subsidies/payouts).
    unsigned = {"HEADS_FOLDER": "", "OPERATOR_SIGNED": False}
    with override_settings(STORAGES=plain, MIDDLEWARE=middleware, NAME_CHECK=False, **unsigned):
        yield


@pytest.fixture
def staff_who_may(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """One of the staff with just these rights, by their code names: in a role of its own, as roles are what gives rights."""
    from tests.factories import make_staff_who_may  # noqa: PLC0415 - it has models

    return partial(make_staff_who_may, monkeypatch)


@pytest.fixture(autouse=True, scope="session")
def _what_a_page_was_made_of_is_kept_once() -> Iterator[None]:
    """`response.context` is what the view handed over; Django would copy it for each of a page's seventy templates."""

    def render(template: Template, context: Context) -> SafeString:
        whole = context.template is template
        return instrumented_test_render(template, context) if whole else template.nodelist.render(context)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Template, "_render", render)
        yield
