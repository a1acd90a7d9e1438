"""How long the audit trail is kept: a setting, which the database is told at every migration and then goes by itself."""

from typing import Any

from django.conf import settings
from django.db import connection

from core.database.told import tell


def write_retention(using: str, **_kwargs: Any) -> None:
    """Handle `post_migrate`: the database keeps entries for AUDIT_MONTHS. Only its owner can tell it another number."""
    months = f"AS 'SELECT {int(settings.AUDIT_MONTHS)}'"
    statement = f"CREATE OR REPLACE FUNCTION audit_months() RETURNS int LANGUAGE sql STABLE {months}"
    tell(using, statement, once="to_regprocedure('audit_months()')")


def kept_months() -> int:
    """For how many months the database keeps entries."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_months()")
        (months,) = cursor.fetchone()
    return int(months)


def forget_entries(*, batch: int = 5_000) -> int:
    """Delete what is older than that and sealed, some at a time; return how many."""
    count, gone = 0, batch
    with connection.cursor() as cursor:
        while gone == batch:
            cursor.execute("SELECT forget_audit_entries(%s)", [batch])
            gone = int(cursor.fetchone()[0])
            count += gone
    return count
