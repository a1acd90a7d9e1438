"""What the tables hold by themselves, as one digest: columns, constraints, triggers, functions, rights, rules, row security.

Between two migrations it does not change. Where it does, somebody who owns the tables changed what they hold.
"""

from typing import NamedTuple

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from core.signing.sm3 import sm3

# One line of text for each thing; the names of other schemas stand for all that lies in them.
_THINGS = """
    WITH ours AS (SELECT * FROM pg_class
                  WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f'))
    SELECT concat_ws(' ', 'table', relname, relkind, relpersistence, relowner::regrole, relrowsecurity, relforcerowsecurity,
                     (SELECT string_agg(acl::text, ',' ORDER BY acl::text) FROM unnest(relacl) acl)) FROM ours
    UNION ALL SELECT concat_ws(' ', 'column', relname, attname, format_type(atttypid, atttypmod), attnotnull, attgenerated,
                     attidentity, pg_get_expr(adbin, adrelid),
                     (SELECT string_agg(acl::text, ',' ORDER BY acl::text) FROM unnest(attacl) acl))
        FROM pg_attribute JOIN ours ON ours.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attnum > 0 AND NOT attisdropped
    UNION ALL SELECT concat_ws(' ', 'constraint', relname, conname, convalidated, pg_get_constraintdef(c.oid))
        FROM pg_constraint c JOIN ours ON ours.oid = conrelid
    UNION ALL SELECT concat_ws(' ', 'index', pg_get_indexdef(indexrelid), indisvalid)
        FROM pg_index JOIN ours ON ours.oid = indrelid
    UNION ALL SELECT concat_ws(' ', 'trigger', pg_get_triggerdef(t.oid), tgenabled)
        FROM pg_trigger t JOIN ours ON ours.oid = tgrelid WHERE NOT tgisinternal OR tgenabled <> 'O'
    UNION ALL SELECT concat_ws(' ', 'rule', pg_get_ruledef(r.oid), ev_enabled)
        FROM pg_rewrite r JOIN ours ON ours.oid = ev_class
    UNION ALL SELECT concat_ws(' ', 'policy', relname, polname, polcmd, polpermissive, pg_get_expr(polqual, polrelid),
                     pg_get_expr(polwithcheck, polrelid), (SELECT string_agg(r::regrole::text, ',') FROM unnest(polroles) r))
        FROM pg_policy JOIN ours ON ours.oid = polrelid
    UNION ALL SELECT concat_ws(' ', 'inherits', inhrelid::regclass, inhparent::regclass) FROM pg_inherits
        JOIN ours ON ours.oid = inhparent
    UNION ALL SELECT concat_ws(' ', 'function', p.oid::regprocedure, proowner::regrole, prosecdef, proconfig::text,
                     prolang, prosrc,
                     (SELECT string_agg(acl::text, ',' ORDER BY acl::text) FROM unnest(proacl) acl))
        FROM pg_proc p WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT concat_ws(' ', 'role', rolname, rolsuper, rolbypassrls, rolcreaterole, rolinherit,
                     (SELECT string_agg(m.roleid::regrole::text, ',' ORDER BY m.roleid::regrole::text)
                      FROM pg_auth_members m WHERE m.member = r.oid))
        FROM pg_roles r WHERE rolname ~ '^ebike_'
    UNION ALL SELECT concat_ws(' ', 'schema', nspname) FROM pg_namespace WHERE nspname !~ '^pg_(toast|temp)'
    ORDER BY 1
"""


class Catalog(NamedTuple):
    """`under`: the migrations that were applied, and the server's generation; `holds`: what the tables hold. Digests."""

    under: str
    holds: str


def catalog() -> Catalog:
    """What stands in the database now. A few hundredths of a second."""
    applied = sorted(MigrationRecorder(connection).applied_migrations())
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int / 10000")
        ((generation,),) = cursor.fetchall()
        cursor.execute(_THINGS)
        things = [line for (line,) in cursor.fetchall()]
    return Catalog(_digest([str(generation), *(f"{app} {name}" for app, name in applied)]), _digest(things))


def _digest(lines: list[str]) -> str:
    return sm3("\n".join(lines).encode()).hex()
