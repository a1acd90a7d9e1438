"""The roles of the database, and what each may do from the start (docs/adr/0028).

`ebike_owner` owns the schema, and only migrations use it. `ebike_app` is the website: it reads, adds and changes rows of the
districts that whoever asks may read (core/districts); `ebike_worker`, the workers and commands, those of all. They have no
DDL, no TRUNCATE, no temporary tables; what the database alone writes they only read (`written_by_database` in
`sql/rights.sql`), and they delete only where a room says so (`application_deletes`).
`ebike_auditor` reads what is not personal (`auditors_read`). An administrator makes them once (`config/servers/roles.sql`).
"""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.backends.utils import CursorWrapper
from django.utils.translation import gettext as _

OWNER, APP, WORKER, AUDITOR = "ebike_owner", "ebike_app", "ebike_worker", "ebike_auditor"

# What each new table and function is born with: every database and whatever a migration adds, by itself.
_FROM_THE_START = f"""
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    GRANT USAGE ON SCHEMA public TO {APP}, {AUDITOR};
    ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE ON TABLES TO {APP};
    ALTER DEFAULT PRIVILEGES GRANT USAGE, SELECT ON SEQUENCES TO {APP};
    ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
"""  # noqa: S608 - constant text


def close_to_others(cursor: CursorWrapper, name: str) -> None:
    """Nobody enters that database but the three roles, and nobody makes temporary tables in it. As its owner."""
    cursor.execute(
        f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC; GRANT CONNECT ON DATABASE "{name}" TO {APP}, {AUDITOR}'
    )


def give_rights(using: str, **_kwargs: Any) -> None:
    """Handle `pre_migrate`: what is made from here on belongs to the owner, and the others may with it what they may.

    Raises ImproperlyConfigured where the server lacks the roles.
    """
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_roles WHERE rolname = ANY(%s)", [[OWNER, APP, WORKER, AUDITOR]]
        )
        if cursor.fetchone() != (4,):
            raise ImproperlyConfigured(
                _("数据库服务器上没有所需的角色：请先由管理员执行一次 config/servers/roles.sql")
            )
        close_to_others(cursor, str(connection.settings_dict["NAME"]))
        cursor.execute(_FROM_THE_START)
