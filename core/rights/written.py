"""What the database is told at every migration: for how long money waits, and which roles must not meet."""

from typing import Any

from django.conf import settings

from core.accounts.roles import APART
from core.database.told import tell


def write_rules(using: str, **_kwargs: Any) -> None:
    """Handle `post_migrate`. Only the owner can tell the database otherwise."""
    pairs = ", ".join(sorted("('{}', '{}')".format(*sorted(pair)) for pair in APART))
    statement = (
        "CREATE OR REPLACE FUNCTION hours_before_money() RETURNS int LANGUAGE sql STABLE"
        f" AS $$SELECT {int(settings.HOURS_BEFORE_MONEY)}$$;"
        " CREATE OR REPLACE FUNCTION roles_apart() RETURNS TABLE (one text, other text) LANGUAGE sql STABLE"
        f" AS $$VALUES {pairs}$$"
    )
    tell(using, statement, once="to_regprocedure('roles_apart()')")
