"""A database's schema as PostgreSQL itself tells it, to be compared with another one's."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connection

from config.local.scratch import drop_database, inside
from core.database.owner import as_owner, server_cursor

_TOLD = """
    SELECT 'function ' || p.oid::regprocedure, CASE WHEN p.prokind = 'f' THEN pg_get_functiondef(p.oid) ELSE 'aggregate' END
    FROM pg_proc p WHERE pronamespace = 'public'::regnamespace
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')
    UNION ALL
    SELECT 'trigger ' || tgrelid::regclass || ' ' || tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT 'constraint ' || conrelid::regclass || ' ' || conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'index ' || indexrelid::regclass, pg_get_indexdef(indexrelid) FROM pg_index
    JOIN pg_class ON pg_class.oid = indexrelid WHERE relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'column ' || attrelid::regclass || ' ' || attname,
           format_type(atttypid, atttypmod) || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END
           || coalesce(' ' || pg_get_expr(adbin, adrelid), '')
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT 'view ' || oid::regclass, pg_get_viewdef(oid) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'v'
    UNION ALL
    SELECT 'rights on ' || oid::regclass, (SELECT string_agg(each::text, ' ' ORDER BY each::text) FROM unnest(relacl) each)
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v') AND relacl IS NOT NULL
    UNION ALL
    SELECT 'rights on ' || attrelid::regclass || ' ' || attname,
           (SELECT string_agg(each::text, ' ' ORDER BY each::text) FROM unnest(attacl) each)
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace AND attacl IS NOT NULL AND attnum > 0
    UNION ALL
    SELECT 'rights on ' || oid::regprocedure, (SELECT string_agg(each::text, ' ' ORDER BY each::text) FROM unnest(proacl) each)
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'storage ' || oid::regclass, reloptions::text FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND reloptions IS NOT NULL
"""


def schema() -> dict[str, str]:
    """Every function, trigger, constraint, index, column, view and storage option, by what it is."""
    with connection.cursor() as cursor:
        cursor.execute(_TOLD)
        return dict(cursor.fetchall())


def differences(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """The names of what is not the same in both."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def migrate(*target: str) -> None:
    call_command("migrate", *target, verbosity=0, interactive=False)


@contextmanager
def empty_database(name: str) -> Iterator[None]:
    """A database without a table, for this process, and gone afterwards."""
    drop_database(name)
    with server_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    try:
        with inside(name), as_owner():
            yield
    finally:
        drop_database(name)
