"""What every test has: real servers, and tables that may be emptied between tests although the product may not."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from django.conf import settings
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import override_settings

from config.servers import running

_servers = ExitStack()


def pytest_configure() -> None:
    _servers.enter_context(running())


def pytest_unconfigure() -> None:
    _servers.close()


@pytest.fixture(autouse=True, scope="session")
def _tests_may_truncate() -> Iterator[None]:
    """Append-only tables refuse TRUNCATE; the flush between transactional tests goes past their triggers."""
    flush = DatabaseOperations.execute_sql_flush
    patch = pytest.MonkeyPatch()

    def past_the_triggers(self: DatabaseOperations, statements: list[str]) -> None:
        flush(
            self,
            ["SET session_replication_role = replica", *statements, "SET session_replication_role = origin"],
        )

    patch.setattr(DatabaseOperations, "execute_sql_flush", past_the_triggers)
    yield
    patch.undo()


@pytest.fixture(autouse=True, scope="session")
def _pages_need_no_collected_files() -> Iterator[None]:
    """Pages name their style sheet plainly, and no test walks through the folders that WhiteNoise would serve."""
    plain = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    middleware = [each for each in settings.MIDDLEWARE if not each.startswith("whitenoise.")]
    with override_settings(STORAGES=plain, MIDDLEWARE=middleware):
        yield
