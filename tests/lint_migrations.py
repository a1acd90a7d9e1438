"""`python -m tests.lint_migrations`, within `make check`: what running code or a full table would not survive is refused.

While the new code is rolled out the old code still runs on the new schema: so nothing is renamed or dropped in one step, no
column becomes NOT NULL without a default, no index of a table with rows is built under a lock.
"""

import os
import re
import sys
from collections.abc import Iterable

import django

from config.local.quick_states import quick_states
from config.servers import running

APPS = ("core", "merchants", "ebikes", "subsidies")
# A table that is dropped was left by the code a release before; RunPython is read by people.
NOT_ASKED = ("DROP_TABLE", "RUNPYTHON_MODEL_VARIABLE_NAME")


_INDEX = re.compile(r'CREATE (?:UNIQUE )?INDEX (CONCURRENTLY )?.*? ON ("?\w+"?)')


def _indexes_an_old_table(statements: list[str], ignore_concurrently: bool = True, **_kwargs: object) -> bool:
    """Whether an index is built of a table that was there before.

    The linter's own asks about the first index alone, and does not read one that has a condition or another method.
    """
    new: set[str] = set()
    for statement in statements:
        if made := re.match(r'CREATE TABLE ("?\w+"?)', statement):
            new.add(made[1])
        if (
            (index := _INDEX.match(statement))
            and index[2] not in new
            and not (index[1] and ignore_concurrently)
        ):
            return True
    return False


def _read_every_index() -> None:
    """Have the linter ask about indexes as it is done here."""
    from django_migration_linter.sql_analyser import postgresql  # noqa: PLC0415 - it needs Django set up

    for check in postgresql.PostgresqlAnalyser.migration_checks:
        if check.code == "CREATE_INDEX":
            check.fn = _indexes_an_old_table
    postgresql.has_create_index = _indexes_an_old_table  # which the other check calls


def faults_of(statements: Iterable[str]) -> list[str]:
    """The codes of what is wrong with one migration's statements, errors and warnings alike."""
    from django_migration_linter.sql_analyser import (  # noqa: PLC0415 - it needs Django set up
        analyse_sql_statements,
        get_sql_analyser_class,
    )

    _read_every_index()
    found = analyse_sql_statements(get_sql_analyser_class("postgresql"), list(statements), NOT_ASKED)
    return sorted({each.code for part in found[:1] + found[2:] for each in part})


def main() -> int:
    """Look at every migration; say what is wrong with which."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    with running(durable=False), quick_states():
        django.setup()
        from django_migration_linter import MigrationLinter  # noqa: PLC0415

        _read_every_index()
        linter = MigrationLinter(
            include_apps=APPS,
            no_cache=True,
            all_warnings_as_errors=True,
            exclude_migration_tests=NOT_ASKED,
            quiet=["ok"],
        )
        linter.lint_all_migrations()
        if linter.has_errors:
            linter.print_summary()
        return int(linter.has_errors)


if __name__ == "__main__":
    sys.exit(main())
