"""What the database itself refuses and writes down, as it was when this was made. Written by `makeguards`."""

from typing import ClassVar

from django.db import migrations

# The files as they were: the next migration of this kind begins here.
FROZEN = {
    "privacy/sql/sealed.sql": r"""-- Rows that are only ever added to may have what is sealed in them sealed by another key, and nothing else.

-- Arguments: the sealed columns, and the blind indexes. What the bytes say cannot be seen here; that they are this row's own is
-- authenticated with them (core/privacy/sealing.py), so that nothing but the same value, or nothing readable, can stand there.
CREATE OR REPLACE FUNCTION only_sealed_anew() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    verb text := coalesce(nullif(current_setting('ebikes.acting', true), ''), '{}')::jsonb->>'verb';
    sealed text[] := TG_ARGV[0]::text[];
    indexes text[] := TG_ARGV[1]::text[];
    was jsonb := to_jsonb(OLD);
    becomes jsonb := to_jsonb(NEW);
BEGIN
    IF verb = 'rotate_keys' AND was - sealed = becomes - sealed AND NOT EXISTS (
        SELECT FROM unnest(sealed) AS each (name) WHERE (was->>name IS NULL) <> (becomes->>name IS NULL)
            OR was->>name <> becomes->>name AND left(was->>name, 6) = left(becomes->>name, 6) -- algorithm and key are the same
    ) THEN
        RETURN NEW;
    ELSIF verb = 'rebuild_indexes' AND was - indexes = becomes - indexes AND NOT EXISTS (
        SELECT FROM unnest(indexes) AS each (name) WHERE (was->>name IS NULL) <> (becomes->>name IS NULL)
            OR was->>name <> becomes->>name AND left(was->>name, 4) = left(becomes->>name, 4) -- the version is the same
    ) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% on % is refused: its rows are only ever added', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

-- While an index key is in force, nothing comes in by another: people would be made two, and looked for in vain.
CREATE OR REPLACE FUNCTION index_in_force() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    expected int;
    found boolean;
BEGIN
    SELECT number INTO expected FROM core_knownkey WHERE in_force;
    EXECUTE format('SELECT EXISTS (SELECT FROM new_rows WHERE get_byte(%I, 0) <> $1)', TG_ARGV[0]) INTO found USING expected;
    IF found THEN
        RAISE EXCEPTION '% of % has another index key than version %: restart with the keys in force', TG_ARGV[0], TG_TABLE_NAME,
            expected USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION index_table(source regclass, index_column name) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows'
                   ' FOR EACH STATEMENT EXECUTE FUNCTION index_in_force(%L)', index_column || '_in_force', source, index_column);
END $$;
""",
    "audit/sql/audit.sql": r"""-- The audit trail: what changes in the tables that people manage, whatever SQL changed it, by whom and from where.
-- `audit_table` attaches one more table, in one line of a migration.

-- Entries are only added to; what is younger than six months is not deleted either, whatever the settings say.
CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of the audit trail is refused: it is only added to, and kept for six months', TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE TRIGGER audit_is_only_added_to BEFORE UPDATE OR TRUNCATE ON core_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
CREATE OR REPLACE TRIGGER audit_is_kept BEFORE DELETE ON core_auditentry FOR EACH ROW
    WHEN (OLD.at > now() - interval '6 months') EXECUTE FUNCTION refuse_audit_change();

-- Who, from where, and by what: a web request tells it by `ebikes.request` (core/audit/origin.py), a verb by `ebikes.acting`
-- (core/audit/acting.py). Whoever is logged in did it, whatever the verb says; neither of the two is a console.
CREATE OR REPLACE FUNCTION audit_origin(OUT by_id bigint, OUT address inet, OUT verb text) LANGUAGE sql STABLE AS $$
    SELECT coalesce((asked->>'by')::bigint, (acts->>'by')::bigint), (asked->>'address')::inet,
           coalesce(acts->>'verb', asked->>'verb', '(sql)')
    FROM (SELECT coalesce(nullif(current_setting('ebikes.request', true), ''), '{}')::jsonb AS asked,
                 coalesce(nullif(current_setting('ebikes.acting', true), ''), '{}')::jsonb AS acts) told
$$;

-- What is sealed shows as a mark alone.
CREATE OR REPLACE FUNCTION audit_shown(key text, value jsonb, sealed text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN key = ANY (sealed) AND value <> 'null' THEN '{"sealed": true}' ELSE value END
$$;

-- Arguments: label, ignored columns, sealed columns, label of the record that the row is a part of, column that names it.
-- Every bytea column is sealed too, one that is added later as well. Nested loops over many rows are what it must not do.
CREATE OR REPLACE FUNCTION audit_rows() RETURNS trigger LANGUAGE plpgsql SET enable_nestloop = off AS $$
DECLARE
    label text := TG_ARGV[0];
    ignored text[] := TG_ARGV[1]::text[] || '{id}';
    sealed text[] := TG_ARGV[2]::text[] || ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = TG_RELID
                                         AND atttypid = 'bytea'::regtype AND NOT attisdropped);
    part boolean := TG_ARGV[3] <> '';
    object_type text := CASE WHEN TG_ARGV[3] <> '' THEN TG_ARGV[3] ELSE label END;
    key_column text := TG_ARGV[4];
    origin record;
    detail jsonb;
BEGIN
    SELECT * INTO origin FROM audit_origin();
    detail := jsonb_build_object('verb', origin.verb);
    IF part THEN
        detail := detail || jsonb_build_object('part', label);
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF EXISTS (SELECT FROM old_rows o LEFT JOIN new_rows n USING (id) WHERE n.id IS NULL) THEN
            RAISE EXCEPTION 'rows of % keep their ids', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
        END IF;
        INSERT INTO core_auditentry (action, by_id, address, object_type, object_id, before, after, detail)
        SELECT 'update', origin.by_id, origin.address, object_type, n.row->>key_column, c.before, c.after,
               CASE WHEN part THEN detail || jsonb_build_object('part_id', n.row->'id') ELSE detail END
        FROM (SELECT id, to_jsonb(new_rows) AS row FROM new_rows OFFSET 0) n
        JOIN (SELECT id, to_jsonb(old_rows) AS row FROM old_rows OFFSET 0) o USING (id)
        CROSS JOIN LATERAL (
            SELECT jsonb_object_agg(key, audit_shown(key, o.row->key, sealed)) AS before,
                   jsonb_object_agg(key, audit_shown(key, value, sealed)) AS after
            FROM jsonb_each(n.row) WHERE value <> o.row->key AND key <> ALL (ignored)
        ) c
        WHERE o.row <> n.row AND c.after IS NOT NULL ORDER BY id;
    ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO core_auditentry (action, by_id, address, object_type, object_id, after, detail)
        SELECT 'create', origin.by_id, origin.address, object_type, n.row->>key_column, c.shown,
               CASE WHEN part THEN detail || jsonb_build_object('part_id', n.row->'id') ELSE detail END
        FROM (SELECT id, to_jsonb(new_rows) AS row FROM new_rows OFFSET 0) n
        CROSS JOIN LATERAL (
            SELECT jsonb_object_agg(key, audit_shown(key, value, sealed)) AS shown
            FROM jsonb_each(n.row) WHERE value <> 'null' AND key <> ALL (ignored)
        ) c ORDER BY id;
    ELSE
        INSERT INTO core_auditentry (action, by_id, address, object_type, object_id, before, detail)
        SELECT 'delete', origin.by_id, origin.address, object_type, o.row->>key_column, c.shown,
               CASE WHEN part THEN detail || jsonb_build_object('part_id', o.row->'id') ELSE detail END
        FROM (SELECT id, to_jsonb(old_rows) AS row FROM old_rows OFFSET 0) o
        CROSS JOIN LATERAL (
            SELECT jsonb_object_agg(key, audit_shown(key, value, sealed)) AS shown
            FROM jsonb_each(o.row) WHERE value <> 'null' AND key <> ALL (ignored)
        ) c ORDER BY id;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'TRUNCATE on % is refused: the audit trail would not see its rows go', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

-- Write what changes in a table. `ignored`: columns that say nothing (counters, fingerprints); `sealed`: columns whose
-- content nobody reads here, beside the bytea ones; `part_of`, `of_column`: the record under whose history the rows stand,
-- and the column that holds its id. Without `inserts`, new rows are explained elsewhere (an import's batch).
CREATE OR REPLACE FUNCTION audit_table(source regclass, label text, ignored text[] DEFAULT '{}', sealed text[] DEFAULT '{}',
                            part_of text DEFAULT '', of_column text DEFAULT 'id', inserts boolean DEFAULT true)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    call text := format('FOR EACH STATEMENT EXECUTE FUNCTION audit_rows(%L, %L, %L, %L, %L)',
                        label, ignored, sealed, part_of, of_column);
BEGIN
    IF inserts THEN
        EXECUTE format('CREATE OR REPLACE TRIGGER audited_insert AFTER INSERT ON %s'
                       ' REFERENCING NEW TABLE AS new_rows %s', source, call);
    END IF;
    EXECUTE format('CREATE OR REPLACE TRIGGER audited_update AFTER UPDATE ON %s'
                   ' REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows %s', source, call);
    EXECUTE format('CREATE OR REPLACE TRIGGER audited_delete AFTER DELETE ON %s'
                   ' REFERENCING OLD TABLE AS old_rows %s', source, call);
    EXECUTE format('CREATE OR REPLACE TRIGGER truncate_is_refused BEFORE TRUNCATE ON %s'
                   ' FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()', source);
END $$;
""",
    "audit/sql/audited.sql": r"""-- Which tables of accounts and rights are audited: one line each. Of passwords and devices only that they changed.

SELECT audit_table('core_user', 'core.user', ignored => '{last_login}', sealed => '{password}');
SELECT audit_table('core_user_groups', 'core.user_groups', part_of => 'core.user', of_column => 'user_id');
SELECT audit_table('core_user_user_permissions', 'core.user_user_permissions',
                   part_of => 'core.user', of_column => 'user_id');
SELECT audit_table('core_secondfactor', 'core.secondfactor', ignored => '{last_step}',
                   part_of => 'core.user', of_column => 'user_id');
SELECT audit_table('auth_group', 'auth.group');
SELECT audit_table('auth_group_permissions', 'auth.group_permissions', part_of => 'auth.group', of_column => 'group_id');
""",
    "exports/sql/exports.sql": r"""-- Who took away what, when and why is history: a row is never deleted, and what was asked for never changes.

CREATE OR REPLACE FUNCTION refuse_change_of_export() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: exports are history', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE TRIGGER exports_are_never_deleted
    BEFORE DELETE OR TRUNCATE ON core_export
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_export();

CREATE OR REPLACE TRIGGER what_was_asked_for_stays
    BEFORE UPDATE OF model_label, file_format, personal, note, file_name, asked_by_id, asked_at ON core_export
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_export();
""",
}
# What they do not make any more.
DROPPED = {}
BACKWARDS = {
    "privacy/sql/sealed.sql": r"""DROP FUNCTION IF EXISTS only_sealed_anew CASCADE;
DROP FUNCTION IF EXISTS index_in_force CASCADE;
DROP FUNCTION IF EXISTS index_table CASCADE;
""",
    "audit/sql/audit.sql": r"""DROP TRIGGER IF EXISTS audit_is_only_added_to ON core_auditentry;
DROP TRIGGER IF EXISTS audit_is_kept ON core_auditentry;
DROP FUNCTION IF EXISTS refuse_audit_change CASCADE;
DROP FUNCTION IF EXISTS audit_origin CASCADE;
DROP FUNCTION IF EXISTS audit_shown CASCADE;
DROP FUNCTION IF EXISTS audit_rows CASCADE;
DROP FUNCTION IF EXISTS refuse_truncate CASCADE;
DROP FUNCTION IF EXISTS audit_table CASCADE;
""",
    "audit/sql/audited.sql": r"""DROP TRIGGER IF EXISTS audited_insert ON core_user;
DROP TRIGGER IF EXISTS audited_update ON core_user;
DROP TRIGGER IF EXISTS audited_delete ON core_user;
DROP TRIGGER IF EXISTS truncate_is_refused ON core_user;
DROP TRIGGER IF EXISTS audited_insert ON core_user_groups;
DROP TRIGGER IF EXISTS audited_update ON core_user_groups;
DROP TRIGGER IF EXISTS audited_delete ON core_user_groups;
DROP TRIGGER IF EXISTS truncate_is_refused ON core_user_groups;
DROP TRIGGER IF EXISTS audited_insert ON core_user_user_permissions;
DROP TRIGGER IF EXISTS audited_update ON core_user_user_permissions;
DROP TRIGGER IF EXISTS audited_delete ON core_user_user_permissions;
DROP TRIGGER IF EXISTS truncate_is_refused ON core_user_user_permissions;
DROP TRIGGER IF EXISTS audited_insert ON core_secondfactor;
DROP TRIGGER IF EXISTS audited_update ON core_secondfactor;
DROP TRIGGER IF EXISTS audited_delete ON core_secondfactor;
DROP TRIGGER IF EXISTS truncate_is_refused ON core_secondfactor;
DROP TRIGGER IF EXISTS audited_insert ON auth_group;
DROP TRIGGER IF EXISTS audited_update ON auth_group;
DROP TRIGGER IF EXISTS audited_delete ON auth_group;
DROP TRIGGER IF EXISTS truncate_is_refused ON auth_group;
DROP TRIGGER IF EXISTS audited_insert ON auth_group_permissions;
DROP TRIGGER IF EXISTS audited_update ON auth_group_permissions;
DROP TRIGGER IF EXISTS audited_delete ON auth_group_permissions;
DROP TRIGGER IF EXISTS truncate_is_refused ON auth_group_permissions;
""",
    "exports/sql/exports.sql": r"""DROP TRIGGER IF EXISTS exports_are_never_deleted ON core_export;
DROP TRIGGER IF EXISTS what_was_asked_for_stays ON core_export;
DROP FUNCTION IF EXISTS refuse_change_of_export CASCADE;
""",
}


class Migration(migrations.Migration):
    dependencies: ClassVar = [("core", "0001_initial")]
    operations: ClassVar = [
        migrations.RunSQL([DROPPED.get(path, "") + text], [BACKWARDS[path]]) for path, text in FROZEN.items()
    ]
