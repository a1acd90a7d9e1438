"""What the database itself refuses and writes down, as it was when this was made. Written by `makeguards`."""

from typing import ClassVar

from django.db import migrations

# The files as they were: the next migration of this kind begins here.
FROZEN = {
    "database/sql/rights.sql": r"""-- Who may do what with a table. Everything that a migration makes belongs to the owner; the application reads, adds and
-- changes its rows (core/database/roles.py), but for what the lines `SELECT written_by_database(…)` take away, each beside its
-- guards; it deletes where a line `SELECT application_deletes(…)` says so.

-- The database alone writes these rows: by guards and functions, which run as the owner.
CREATE OR REPLACE FUNCTION written_by_database(source regclass) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    EXECUTE format('REVOKE ALL ON %s FROM ebike_app; GRANT SELECT ON %s TO ebike_app', source, source);
END $$;

-- Rows of this table go, by the application's own hand; from none other does it delete.
CREATE OR REPLACE FUNCTION application_deletes(source regclass) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    EXECUTE format('GRANT DELETE ON %s TO ebike_app', source);
END $$;

-- The auditor reads the table, but for what is sealed or personal: bytea columns unless named in `also`, and those in `but`.
CREATE OR REPLACE FUNCTION auditors_read(source regclass, but text[] DEFAULT '{}', also text[] DEFAULT '{}')
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    EXECUTE format('REVOKE ALL ON %s FROM ebike_auditor', source);
    EXECUTE (
        SELECT format('GRANT SELECT (%s) ON %s TO ebike_auditor', string_agg(quote_ident(attname), ', '), source)
        FROM pg_attribute WHERE attrelid = source AND attnum > 0 AND NOT attisdropped
          AND attname <> ALL (but) AND (atttypid <> 'bytea'::regtype OR attname = ANY (also))
    );
END $$;

-- Tables have just been filled, and the planner does not know. Whose they are may say so; the application asks for it.
CREATE OR REPLACE FUNCTION tell_planner(sources text[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    source text;
BEGIN
    FOREACH source IN ARRAY sources LOOP
        EXECUTE format('ANALYZE %s', source::regclass);
    END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION tell_planner TO ebike_app;

-- Whether who acts is whoever owns this table: its own triggers, and migrations. It asks who its caller is, so it runs as that.
CREATE OR REPLACE FUNCTION acts_as_owner_of(source oid) RETURNS boolean LANGUAGE sql STABLE SECURITY INVOKER
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT current_user = relowner::regrole::text FROM pg_class WHERE oid = source
$$;
GRANT EXECUTE ON FUNCTION acts_as_owner_of TO ebike_app;

-- What migrations write from the code: the application changes none of it, so nobody widens what a role may.
SELECT written_by_database('django_migrations');
SELECT written_by_database('django_content_type');
SELECT written_by_database('auth_permission');
SELECT written_by_database('auth_group');
SELECT written_by_database('auth_group_permissions');
""",
    "audit/sql/told.sql": r"""-- What a process of ours tells of itself bears a proof (core/audit/proof.py); what anybody else sets is not heard.
REVOKE ALL ON core_processkey FROM ebike_app, ebike_auditor;

-- It fits this very connection: the server's process and the moment in which it began, for the numbers of processes come again.
CREATE OR REPLACE FUNCTION this_session() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT pid || '|' || extract(epoch FROM backend_start) FROM pg_stat_get_activity(pg_backend_pid())
$$;
GRANT EXECUTE ON FUNCTION this_session TO ebike_app;
CREATE OR REPLACE FUNCTION proved(told text, proof text) RETURNS boolean LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce((
        SELECT proof = encode(sha256(key || sha256(key || convert_to(
            this_session() || '|' || told, 'UTF8'))), 'hex')
        FROM core_processkey), false)
$$;

-- A setting that reads "proof told": what is told; nothing where it is not proved.
CREATE OR REPLACE FUNCTION told(setting text) RETURNS jsonb LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    said text := current_setting(setting, true);
BEGIN
    IF length(said) > 65 AND proved(substr(said, 66), left(said, 64)) THEN
        RETURN substr(said, 66)::jsonb;
    END IF;
    RETURN '{}';
END $$;

-- For what only a process of ours may ask of the database.
CREATE OR REPLACE FUNCTION demand_proof(told text, proof text) RETURNS void LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT proved(told, proof) THEN
        RAISE EXCEPTION 'no process of this system says so' USING ERRCODE = 'insufficient_privilege';
    END IF;
END $$;

-- A process of ours proves at every connection that it is one (core/audit/proof.py). On any other the application's login, with
-- whatever password, only reads: no row is written, nor by a function of the owner's that it may call.
CREATE OR REPLACE FUNCTION refuse_stranger() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF told('ebikes.connection') = '{}'
       AND NOT pg_has_role(session_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'MEMBER') THEN
        RAISE EXCEPTION 'no process of this system has this connection: % is not written here', TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;

-- Every table, also one that a later migration makes: called after each.
CREATE OR REPLACE FUNCTION strangers_write_nothing() RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    source regclass;
BEGIN
    FOR source IN
        SELECT oid FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
          AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = pg_class.oid AND tgname = 'a_stranger_is_refused')
    LOOP
        EXECUTE format('CREATE TRIGGER a_stranger_is_refused BEFORE INSERT OR UPDATE OR DELETE ON %s'
                       ' FOR EACH STATEMENT EXECUTE FUNCTION refuse_stranger()', source);
    END LOOP;
END $$;
""",
    "districts/sql/districts.sql": r"""-- Whose rows somebody reads: those of the districts that the database knows of the person, whatever a page says. Nobody told, or
-- told without the proof that a process of ours tells it: none. Workers are another login (config/servers/roles.sql).
SELECT written_by_database('core_district');

-- {"by": a person} or {"public": true}, somebody who is not logged in (core/districts/reader.py). An account without a district
-- that is of the staff is the city's, and reads all.
CREATE OR REPLACE FUNCTION districts_read() RETURNS int[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(array_agg(d.code ORDER BY d.code), '{}')
    FROM (SELECT told('ebikes.reader') AS told OFFSET 0) reader
    LEFT JOIN core_user u ON u.id = (told->>'by')::bigint AND u.is_active
    JOIN core_district d ON told ? 'public' OR d.code = u.district_id
         OR (u.district_id IS NULL AND (u.is_staff OR u.is_superuser))
$$;

CREATE OR REPLACE FUNCTION reader() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$ SELECT (told('ebikes.reader')->>'by')::bigint $$;

-- What is no district's alone is read by whoever reads every district there is: with one district, by its staff.
CREATE OR REPLACE FUNCTION reads_whole() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT told('ebikes.reader') ? 'by' AND districts_read() @> ARRAY(SELECT code::int FROM core_district)
$$;

-- A process of ours that has not said yet for whom it reads: it finds out who is logged in, and nothing else.
CREATE OR REPLACE FUNCTION at_the_door() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT told('ebikes.connection') <> '{}' AND coalesce(current_setting('ebikes.reader', true), '') = ''
$$;
GRANT EXECUTE ON FUNCTION districts_read, reader, reads_whole, at_the_door, told TO ebike_app;

-- The one that there is; NULL where there are several.
CREATE OR REPLACE FUNCTION only_district() RETURNS int LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$ SELECT min(code)::int FROM core_district HAVING count(*) = 1 $$;

-- The district of a new row where nothing else says it: the only one, that in which a command works, or that of whoever acts.
-- NULL where none of them tells.
CREATE OR REPLACE FUNCTION district_here() RETURNS int LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(
        only_district(),
        nullif(current_setting('ebikes.district', true), '')::int,
        (SELECT district_id FROM core_user WHERE id = coalesce(
            told('ebikes.reader')->>'by', told('ebikes.request')->>'by', told('ebikes.acting')->>'by')::bigint))
$$;

-- Argument: the query that finds it by the row ($1); none: whoever acts.
CREATE OR REPLACE FUNCTION fill_district() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.district_id IS NOT NULL THEN
            RAISE EXCEPTION 'a row of % stays in its district', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
        END IF;
        NEW.district_id := OLD.district_id;
    ELSIF TG_NARGS > 0 THEN
        EXECUTE TG_ARGV[0] INTO NEW.district_id USING NEW;
    END IF;
    NEW.district_id := coalesce(NEW.district_id, district_here());
    RETURN NEW;
END $$;

-- The rows' own column is filled in where a statement leaves it out, by `lookup`, and stays.
CREATE OR REPLACE FUNCTION fills_district(source regclass, lookup text DEFAULT '') RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    call text := CASE WHEN lookup = '' THEN 'fill_district()' ELSE format('fill_district(%L)', lookup) END;
BEGIN
    EXECUTE format('CREATE OR REPLACE TRIGGER a_district_is_filled_in BEFORE INSERT ON %s FOR EACH ROW'
                   ' WHEN (NEW.district_id IS NULL) EXECUTE FUNCTION %s', source, call);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER a_district_is_filled_in', source); -- whoever lays rows past guards, too
    EXECUTE format('CREATE OR REPLACE TRIGGER a_district_stays BEFORE UPDATE ON %s FOR EACH ROW'
                   ' WHEN (NEW.district_id IS DISTINCT FROM OLD.district_id) EXECUTE FUNCTION %s', source, call);
END $$;

-- What a row names lies in its own district. Arguments: the column that names it, and the table where it lies.
CREATE OR REPLACE FUNCTION refuse_other_district() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    strays boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM new_rows n JOIN %I p ON p.id = n.%I WHERE p.district_id <> n.district_id)',
                   TG_ARGV[1], TG_ARGV[0]) INTO strays;
    IF strays THEN
        RAISE EXCEPTION '% of % lies in another district', TG_ARGV[0], TG_TABLE_NAME USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION same_district(source regclass, parent_column text, parent text) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT'
                   ' EXECUTE FUNCTION refuse_other_district(%L, %L)', parent_column || '_is_of_the_district_when_made', source,
                   parent_column, parent);
    EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER UPDATE ON %s REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT'
                   ' EXECUTE FUNCTION refuse_other_district(%L, %L)', parent_column || '_is_of_the_district', source,
                   parent_column, parent);
END $$;

-- The application sees the rows of a table for which this holds, and adds no others; an auditor's own login sees all.
CREATE OR REPLACE FUNCTION shows_where(source regclass, condition text) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    EXECUTE format('DROP POLICY IF EXISTS of_the_readers_districts ON %1$s; DROP POLICY IF EXISTS of_every_district ON %1$s;'
                   ' DROP POLICY IF EXISTS of_every_reader ON %1$s;'
                   ' ALTER TABLE %1$s ENABLE ROW LEVEL SECURITY;'
                   ' CREATE POLICY of_the_readers_districts ON %1$s TO ebike_app USING (%2$s);'
                   ' CREATE POLICY of_every_district ON %1$s FOR SELECT TO ebike_auditor USING (true)', source, condition);
END $$;

-- It has a column of its own. `orphans`: what has none there is the whole's.
CREATE OR REPLACE FUNCTION of_district(source regclass, orphans boolean DEFAULT false) RETURNS void LANGUAGE sql
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT shows_where(source, 'district_id = ANY ((SELECT districts_read())::int[])'
                               || CASE WHEN orphans THEN ' OR (district_id IS NULL AND (SELECT reads_whole()))' ELSE '' END)
$$;
-- It belongs to another row, and is seen where that is. `orphans`: what belongs to none is the whole's.
CREATE OR REPLACE FUNCTION of_parent(source regclass, parent_column text, parent text, orphans boolean DEFAULT false)
RETURNS void LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT shows_where(source, format('EXISTS (SELECT FROM %I p WHERE p.id = %s.%I)', parent, source, parent_column)
                               || CASE WHEN orphans THEN format(' OR (%I IS NULL AND (SELECT reads_whole()))', parent_column)
                                       ELSE '' END)
$$;
-- It belongs to a person: those of the reader's districts, and oneself; the city's people to whoever reads the whole.
CREATE OR REPLACE FUNCTION of_persons(source regclass, person text) RETURNS void LANGUAGE sql
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT shows_where(source, format('%1$I = (SELECT reader()) OR (SELECT reads_whole()) OR EXISTS (SELECT FROM core_user u'
        ' WHERE u.id = %2$s.%1$I AND u.district_id = ANY ((SELECT districts_read())::int[]))', person, source))
$$;
-- It is the same for all, whoever reads any; whoever reads the whole changes it.
CREATE OR REPLACE FUNCTION of_all(source regclass) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM shows_where(source, '(SELECT reads_whole())');
    EXECUTE format('DROP POLICY IF EXISTS of_every_reader ON %1$s; CREATE POLICY of_every_reader ON %1$s FOR SELECT'
                   ' TO ebike_app USING ((SELECT districts_read()) <> ''{}'')', source);
END $$;
-- It is nobody's alone.
CREATE OR REPLACE FUNCTION of_whole(source regclass) RETURNS void LANGUAGE sql
SET search_path = pg_catalog, public, pg_temp AS $$ SELECT shows_where(source, '(SELECT reads_whole())') $$;
""",
    "privacy/sql/sealed.sql": r"""-- Rows that are only ever added to may have what is sealed in them sealed by another key, and nothing else.

-- Arguments: the sealed columns, and the blind indexes. What the bytes say cannot be seen here; that they are this row's own is
-- authenticated with them (core/privacy/sealing.py), so that nothing but the same value, or nothing readable, can stand there.
CREATE OR REPLACE FUNCTION only_sealed_anew() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    verb text := told('ebikes.acting')->>'verb';
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
CREATE OR REPLACE FUNCTION index_in_force() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
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
    "decisions/sql/marks.sql": r"""-- Marks are only added. That one is right the database cannot tell, and need not: it has no key (core/decisions/marks.py).
CREATE OR REPLACE FUNCTION refuse_change_of_mark() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% of a mark is refused: they are only added', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE OR REPLACE TRIGGER marks_are_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON core_decisionmark
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_mark();
""",
    "audit/sql/audit.sql": r"""-- The audit trail: what changes in the tables that people manage, whatever SQL changed it, by whom and from where.
-- `audit_table` attaches one more table, in one line of a migration.

-- How long entries are kept: the setting AUDIT_MONTHS, which every migration writes here (core/audit/retention.py). The
-- application cannot change it, and nobody deletes what is younger.
CREATE OR REPLACE FUNCTION audit_months() RETURNS int LANGUAGE sql STABLE AS 'SELECT 84';
GRANT EXECUTE ON FUNCTION audit_months TO ebike_app;

CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% of the audit trail is refused: it is only added to, and kept for % months', TG_OP, audit_months()
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE TRIGGER audit_is_only_added_to BEFORE UPDATE OR TRUNCATE ON core_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
CREATE OR REPLACE TRIGGER audit_is_kept BEFORE DELETE ON core_auditentry FOR EACH ROW
    WHEN (OLD.at >= now() - make_interval(months => audit_months())) EXECUTE FUNCTION refuse_audit_change();
SELECT written_by_database('core_auditentry');

-- It belongs to the district of whoever did it, else of what was changed; the system's and the city's doings to none.
CREATE OR REPLACE FUNCTION fill_entry_district() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    NEW.district_id := coalesce(only_district(),
                                (SELECT district_id FROM core_user WHERE id = NEW.by_id),
                                (coalesce(NEW.after, NEW.before)->>'district_id')::int);
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER an_entry_has_its_district BEFORE INSERT ON core_auditentry FOR EACH ROW
    EXECUTE FUNCTION fill_entry_district();

-- Who acts is somebody who may: an account that is active. (Null: nobody, the system itself.)
CREATE OR REPLACE FUNCTION active_person(person bigint) RETURNS bigint LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF person IS NOT NULL AND NOT EXISTS (SELECT FROM core_user WHERE id = person AND is_active) THEN
        RAISE EXCEPTION 'person % has no active account: nothing is done in that name', person USING ERRCODE = 'check_violation';
    END IF;
    RETURN person;
END $$;

-- Who, from where, and by what: a web request tells it by `ebikes.request` (core/audit/origin.py), a verb by `ebikes.acting`
-- (core/audit/acting.py), each with its proof. Whoever is logged in did it, whatever the verb says; neither of the two is a console.
CREATE OR REPLACE FUNCTION audit_origin(OUT by_id bigint, OUT address inet, OUT verb text) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT active_person(coalesce((asked->>'by')::bigint, (acts->>'by')::bigint)), (asked->>'address')::inet,
           coalesce(acts->>'verb', asked->>'verb', '(sql)')
    FROM (SELECT told('ebikes.request') AS asked, told('ebikes.acting') AS acts) told
$$;

-- Into these tables processes of ours write, which say who acts; and the owner. The application's login in bare SQL does not.
CREATE OR REPLACE FUNCTION refuse_bare_sql() RETURNS trigger LANGUAGE plpgsql SECURITY INVOKER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (SELECT verb FROM audit_origin()) = '(sql)'
       AND NOT acts_as_owner_of(TG_RELID) THEN
        RAISE EXCEPTION 'no process of this system writes to % here', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION processes_write(source regclass, of_columns text DEFAULT '', inserts boolean DEFAULT true)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    EXECUTE format('CREATE OR REPLACE TRIGGER a_process_writes BEFORE %s DELETE OR UPDATE %s ON %s'
                   ' FOR EACH STATEMENT EXECUTE FUNCTION refuse_bare_sql()',
                   CASE WHEN inserts THEN 'INSERT OR' END, 'OF ' || nullif(of_columns, ''), source);
END $$;

-- What people look at, search, take away: a process of ours tells it, the database writes it, with its own clock.
CREATE OR REPLACE FUNCTION record_entry(said text, proof text) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    entry bigint;
BEGIN
    PERFORM demand_proof(said, proof);
    INSERT INTO core_auditentry (action, by_id, address, object_type, object_id, detail)
    SELECT action, active_person(by), address, object_type, object_id, detail
    FROM jsonb_to_record(said::jsonb)
         AS entry (action text, by bigint, address inet, object_type text, object_id text, detail jsonb)
    RETURNING id INTO entry;
    RETURN entry;
END $$;
GRANT EXECUTE ON FUNCTION record_entry TO ebike_app;

-- What is sealed shows as a mark alone.
CREATE OR REPLACE FUNCTION audit_shown(key text, value jsonb, sealed text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN key = ANY (sealed) AND value <> 'null' THEN '{"sealed": true}' ELSE value END
$$;

-- Arguments: label, ignored columns, sealed columns, label of the record that the row is a part of, column that names it.
-- Every bytea column is sealed too, one that is added later as well. Nested loops over many rows are what it must not do.
CREATE OR REPLACE FUNCTION audit_rows() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET enable_nestloop = off AS $$
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

CREATE OR REPLACE FUNCTION refuse_truncate() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'TRUNCATE on % is refused: the audit trail would not see its rows go', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

-- Write what changes in a table. `ignored`: columns that say nothing (counters, fingerprints); `sealed`: columns whose
-- content nobody reads here, beside the bytea ones; `part_of`, `of_column`: the record under whose history the rows stand,
-- and the column that holds its id. Without `inserts`, new rows are explained elsewhere (an import's batch).
CREATE OR REPLACE FUNCTION audit_table(source regclass, label text, ignored text[] DEFAULT '{}', sealed text[] DEFAULT '{}',
                            part_of text DEFAULT '', of_column text DEFAULT 'id', inserts boolean DEFAULT true)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
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
    "audit/sql/seals.sql": r"""-- The chain of the audit trail. Its hashes are SM3, which this database cannot compute: core/audit/seals.py does, and whoever
-- verifies does it again. What the database holds is that seals come in order, from a process of ours, leave no entry out and are never changed.

-- An entry in one line of text.
CREATE OR REPLACE FUNCTION audit_payload(e core_auditentry) RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT jsonb_build_array(e.id, to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), e.action, e.by_id,
                             host(e.address), e.object_type, e.object_id, e.before, e.after, e.detail, e.district_id)::text
$$;

-- Up to when the trail is complete: an entry's time lies within its transaction, and none that began before is open.
CREATE OR REPLACE FUNCTION audit_settled() RETURNS timestamptz LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT least(min(xact_start), now()) - interval '1 second' FROM pg_stat_activity WHERE datname = current_database()
$$;

-- The oldest transaction, where it is open for longer than this: it holds up every seal.
CREATE OR REPLACE FUNCTION audit_holder(patience interval) RETURNS TABLE (pid int, since timestamptz) LANGUAGE sql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT a.pid, xact_start FROM pg_stat_activity a
    WHERE datname = current_database() AND xact_start < clock_timestamp() - patience ORDER BY xact_start LIMIT 1
$$;

CREATE OR REPLACE FUNCTION seal_audit(the_no bigint, the_until timestamptz, the_entries bigint, the_digest bytea, the_hash bytea,
                                      proof text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    last core_auditseal%ROWTYPE;
    found_entries bigint;
BEGIN
    PERFORM demand_proof('seal ' || encode(the_hash, 'hex'), proof);
    LOCK TABLE core_auditseal IN EXCLUSIVE MODE;
    SELECT * INTO last FROM core_auditseal ORDER BY no DESC LIMIT 1;
    SELECT count(*) INTO found_entries FROM core_auditentry WHERE at >= coalesce(last.until, '-infinity') AND at < the_until;
    IF the_no <> coalesce(last.no, 0) + 1 OR the_until <= last.until OR the_until > audit_settled()
       OR the_entries <> found_entries OR length(the_digest) <> 32 OR length(the_hash) <> 32 THEN
        RAISE EXCEPTION 'seal % does not follow seal %', the_no, coalesce(last.no, 0) USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO core_auditseal (no, until, entries, digest, hash)
    VALUES (the_no, the_until, the_entries, the_digest, the_hash);
END $$;
GRANT EXECUTE ON FUNCTION audit_payload, audit_settled, audit_holder, seal_audit TO ebike_app;

CREATE OR REPLACE FUNCTION refuse_seal_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% of a seal is refused: they are only added to', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE OR REPLACE TRIGGER seals_are_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON core_auditseal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_seal_change();
SELECT written_by_database('core_auditseal');

-- What is past its time goes, some at a time: entries that are sealed, so that it can still be told how many there were.
CREATE OR REPLACE FUNCTION forget_audit_entries(most int) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    gone bigint;
BEGIN
    DELETE FROM core_auditentry WHERE id IN (
        SELECT id FROM core_auditentry
        WHERE at < (SELECT max(until) FROM core_auditseal WHERE until <= now() - make_interval(months => audit_months()))
        ORDER BY at LIMIT most);
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$;
GRANT EXECUTE ON FUNCTION forget_audit_entries TO ebike_app;
""",
    "audit/sql/audited.sql": r"""-- Which tables of accounts and rights are audited: one line each. Of passwords and devices only that they changed.

SELECT audit_table('core_user', 'core.user', ignored => '{last_login}', sealed => '{password}');
SELECT audit_table('core_user_groups', 'core.user_groups', part_of => 'core.user', of_column => 'user_id');
SELECT audit_table('core_user_user_permissions', 'core.user_user_permissions',
                   part_of => 'core.user', of_column => 'user_id');
SELECT audit_table('core_secondfactor', 'core.secondfactor', ignored => '{last_step}',
                   part_of => 'core.user', of_column => 'user_id');
SELECT audit_table('core_passkey', 'core.passkey', ignored => '{sign_count,used_at}',
                   part_of => 'core.user', of_column => 'user_id');
SELECT audit_table('auth_group', 'auth.group');
SELECT audit_table('auth_group_permissions', 'auth.group_permissions', part_of => 'auth.group', of_column => 'group_id');
""",
    "accounts/sql/sessions.sql": r"""-- A session ends with what it rests upon, whatever SQL changed that: the password, the roles, the account, the second factor.
-- Whoever changes his own password goes on: Django makes a new session of the one in which he did.

CREATE OR REPLACE FUNCTION end_sessions_of(person bigint, devices_too boolean) RETURNS void LANGUAGE sql AS $$
    DELETE FROM core_session WHERE user_id = person;
    DELETE FROM core_knowndevice WHERE user_id = person AND devices_too;
$$;

CREATE OR REPLACE FUNCTION end_sessions_of_account() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM end_sessions_of(NEW.id, NOT NEW.is_active OR NEW.must_change_password);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER account_ends_sessions AFTER UPDATE ON core_user FOR EACH ROW
    WHEN (OLD.password <> NEW.password OR OLD.is_active <> NEW.is_active OR OLD.is_staff <> NEW.is_staff
          OR OLD.is_superuser <> NEW.is_superuser)
    EXECUTE FUNCTION end_sessions_of_account();

-- Of tables that say in `user_id` whose right a row is.
CREATE OR REPLACE FUNCTION end_sessions_of_holder() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM end_sessions_of(OLD.user_id, false);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM end_sessions_of(NEW.user_id, false);
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER role_ends_sessions AFTER INSERT OR UPDATE OR DELETE ON core_user_groups FOR EACH ROW
    EXECUTE FUNCTION end_sessions_of_holder();
CREATE OR REPLACE TRIGGER right_ends_sessions AFTER INSERT OR UPDATE OR DELETE ON core_user_user_permissions
    FOR EACH ROW EXECUTE FUNCTION end_sessions_of_holder();

-- A second factor that somebody else takes away: who has set it up may take one of several away and go on.
CREATE OR REPLACE FUNCTION end_sessions_of_factor() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (SELECT by_id FROM audit_origin()) IS DISTINCT FROM OLD.user_id THEN
        PERFORM end_sessions_of(OLD.user_id, true);
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER codes_end_sessions AFTER DELETE ON core_secondfactor FOR EACH ROW
    EXECUTE FUNCTION end_sessions_of_factor();
CREATE OR REPLACE TRIGGER passkey_ends_sessions AFTER DELETE ON core_passkey FOR EACH ROW
    EXECUTE FUNCTION end_sessions_of_factor();
""",
    "exports/sql/exports.sql": r"""-- Who took away what, when and why is history: a row is never deleted, and what was asked for never changes.

CREATE OR REPLACE FUNCTION refuse_change_of_export() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: exports are history', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE TRIGGER exports_are_never_deleted
    BEFORE DELETE OR TRUNCATE ON core_export
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_export();

CREATE OR REPLACE TRIGGER what_was_asked_for_stays
    BEFORE UPDATE OF model_label, file_format, sample, personal, note, file_name, asked_by_id, asked_at ON core_export
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_export();
""",
    "database/sql/deleted.sql": r"""-- What the application deletes from; of every other table it has no right to (`application_deletes` in rights.sql).
SELECT application_deletes('core_session');
SELECT application_deletes('core_knowndevice');
SELECT application_deletes('core_secondfactor');
SELECT application_deletes('core_recoverycode');
SELECT application_deletes('core_passkey');
SELECT application_deletes('core_passwordhistory');
SELECT application_deletes('core_throttle');
SELECT application_deletes('core_savedfilter');
SELECT application_deletes('core_workerheartbeat');
SELECT application_deletes('core_user_groups');
SELECT application_deletes('core_user_user_permissions');
""",
    "rights/sql/rights.sql": r"""-- Nobody alone: a right comes to an account by a change that two administrators made, in the transaction that made it so, or
-- from the owner of the tables (the first two administrators; a local district). Whatever SQL tries otherwise is refused.

-- For how many hours money waits: the setting HOURS_BEFORE_MONEY, which every migration writes here (core/rights/waiting.py).
CREATE OR REPLACE FUNCTION hours_before_money() RETURNS int LANGUAGE sql STABLE AS 'SELECT 24';
-- Pairs of roles that nobody holds together: APART in core/accounts/roles.py, written here likewise.
CREATE OR REPLACE FUNCTION roles_apart() RETURNS TABLE (one text, other text) LANGUAGE sql STABLE
AS 'SELECT NULL::text, NULL::text WHERE false';

CREATE OR REPLACE FUNCTION holds_role(who bigint, role text) RETURNS boolean LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM core_user u JOIN core_user_groups ug ON ug.user_id = u.id JOIN auth_group g ON g.id = ug.group_id
        WHERE u.id = who AND u.is_active AND g.name = role)
$$;

CREATE OR REPLACE FUNCTION rights_change_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    acts bigint;
    way text;
BEGIN
    SELECT by_id, verb INTO acts, way FROM audit_origin();
    IF TG_OP = 'INSERT' AND NEW.kind = 'first' THEN
        RETURN NEW; -- the owner's, see below
    ELSIF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' OR NOT holds_role(NEW.proposed_by_id, 'sysadmin') OR NEW.proposed_by_id IS DISTINCT FROM acts THEN
            RAISE EXCEPTION 'a change of rights is proposed by a system administrator who acts' USING ERRCODE = 'check_violation';
        ELSIF (NEW.kind = 'new_account') <> (NEW.person_id IS NULL) THEN
            RAISE EXCEPTION 'a change of rights is about somebody' USING ERRCODE = 'check_violation';
        ELSIF NEW.person_id IS NOT NULL AND NEW.username <> (SELECT username FROM core_user WHERE id = NEW.person_id) THEN
            RAISE EXCEPTION 'a change of rights names its person' USING ERRCODE = 'check_violation';
        END IF;
        NEW.proposed_at := now();
        RETURN NEW;
    ELSIF way = 'rotate_keys' AND to_jsonb(OLD) - '{half,full_name}'::text[] = to_jsonb(NEW) - '{half,full_name}'::text[]
          AND (OLD.half IS NULL, OLD.full_name IS NULL) = (NEW.half IS NULL, NEW.full_name IS NULL) THEN
        RETURN NEW;
    END IF;
    IF (OLD.id, OLD.kind, OLD.username, OLD.full_name, OLD.roles, OLD.roles_before, OLD.note, OLD.proposed_by_id, OLD.proposed_at)
       IS DISTINCT FROM
       (NEW.id, NEW.kind, NEW.username, NEW.full_name, NEW.roles, NEW.roles_before, NEW.note, NEW.proposed_by_id, NEW.proposed_at)
    THEN
        RAISE EXCEPTION 'what change of rights % proposes is not rewritten', OLD.id USING ERRCODE = 'restrict_violation';
    ELSIF OLD.state = 'proposed' THEN
        IF NEW.state = 'proposed' OR NEW.person_id IS DISTINCT FROM OLD.person_id THEN
            RAISE EXCEPTION 'change of rights % is decided on, and nothing else', OLD.id USING ERRCODE = 'restrict_violation';
        ELSIF NEW.decided_by_id IS DISTINCT FROM acts OR (CASE NEW.state
                WHEN 'withdrawn' THEN NEW.decided_by_id <> NEW.proposed_by_id
                ELSE NOT holds_role(NEW.decided_by_id, 'security') END) THEN
            RAISE EXCEPTION 'a change of rights is decided on by a security administrator who acts' USING ERRCODE = 'check_violation';
        END IF;
        NEW.decided_at := now();
    ELSIF OLD.kind = 'new_account' AND OLD.state = 'confirmed' AND OLD.decided_at = now() AND OLD.person_id IS NULL
          AND NEW.state = OLD.state AND NEW.decided_at = OLD.decided_at AND NEW.decided_by_id = OLD.decided_by_id
          AND NEW.username = (SELECT username FROM core_user WHERE id = NEW.person_id) THEN
        RETURN NEW;
    ELSE
        RAISE EXCEPTION 'change of rights % is decided on', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER rights_change_is_made_by_two BEFORE INSERT OR UPDATE ON core_rightschange
    FOR EACH ROW EXECUTE FUNCTION rights_change_guard();

-- What came first is laid by the owner of the tables. It asks who its caller is, so it runs as its caller.
CREATE OR REPLACE FUNCTION first_rights_are_laid() RETURNS trigger LANGUAGE plpgsql SECURITY INVOKER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT acts_as_owner_of(TG_RELID) THEN
        RAISE EXCEPTION 'the first rights come from the owner of the tables' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER the_first_rights_are_laid BEFORE INSERT ON core_rightschange
    FOR EACH ROW WHEN (NEW.kind = 'first') EXECUTE FUNCTION first_rights_are_laid();

CREATE OR REPLACE FUNCTION refuse_rights_change_to_go() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'a change of rights is kept' USING ERRCODE = 'restrict_violation';
END $$;
CREATE OR REPLACE TRIGGER rights_changes_are_kept BEFORE DELETE ON core_rightschange
    FOR EACH ROW EXECUTE FUNCTION refuse_rights_change_to_go();

-- Whether the change that this transaction confirmed (`ebikes.rights` names it) gives that.
CREATE OR REPLACE FUNCTION given_by_two(who bigint, name text, kinds text[], role text) RETURNS boolean LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM core_rightschange c
        WHERE c.id = nullif(current_setting('ebikes.rights', true), '')::bigint
          AND c.state = 'confirmed' AND c.decided_at = now() AND c.kind = ANY (kinds)
          AND (c.person_id = who OR (c.person_id IS NULL AND c.username = name))
          AND (role IS NULL OR role = ANY (c.roles)))
$$;
GRANT EXECUTE ON FUNCTION given_by_two, hours_before_money, audit_origin, active_person TO ebike_app; -- by triggers that run as it

-- These ask who their caller is, so they run as their caller.
CREATE OR REPLACE FUNCTION account_is_opened_by_two() RETURNS trigger LANGUAGE plpgsql SECURITY INVOKER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    owns boolean := acts_as_owner_of(TG_RELID);
    fresh boolean := TG_OP = 'INSERT';
BEGIN
    IF owns THEN
        RETURN NEW;
    ELSIF NEW.is_superuser AND (fresh OR NOT OLD.is_superuser) THEN
        RAISE EXCEPTION 'nobody may do everything' USING ERRCODE = 'restrict_violation';
    ELSIF (CASE WHEN fresh THEN NEW.is_staff ELSE NEW.is_staff <> OLD.is_staff END)
          AND NOT given_by_two(NEW.id, NEW.username, (CASE WHEN fresh THEN '{new_account}' ELSE '{roles}' END)::text[], NULL) THEN
        RAISE EXCEPTION 'whether % belongs to the staff takes two administrators', NEW.username USING ERRCODE = 'check_violation';
    ELSIF fresh THEN
        RETURN NEW;
    ELSIF NEW.is_active AND NOT OLD.is_active AND NOT given_by_two(NEW.id, NULL, '{reactivate}', NULL) THEN
        RAISE EXCEPTION 'that % may log in again takes two administrators', NEW.username USING ERRCODE = 'check_violation';
    ELSIF NEW.password <> OLD.password AND NEW.id IS DISTINCT FROM (SELECT by_id FROM audit_origin())
          AND NOT given_by_two(NEW.id, NULL, '{password}', NULL) THEN
        RAISE EXCEPTION 'the password of % is changed by that person, or by two administrators', NEW.username
            USING ERRCODE = 'check_violation';
    ELSIF NEW.username <> OLD.username THEN
        RAISE EXCEPTION 'the name of an account, %, is for good', OLD.username USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER accounts_are_opened_by_two
    BEFORE INSERT OR UPDATE OF is_staff, is_superuser, is_active, password, username
    ON core_user FOR EACH ROW EXECUTE FUNCTION account_is_opened_by_two();

CREATE OR REPLACE FUNCTION role_is_given_by_two() RETURNS trigger LANGUAGE plpgsql SECURITY INVOKER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF acts_as_owner_of(TG_RELID)
       OR TG_OP = 'INSERT' AND given_by_two(
            NEW.user_id, NULL, '{new_account,roles}', (SELECT name::text FROM auth_group WHERE id = NEW.group_id))
       OR TG_OP = 'DELETE' AND given_by_two(OLD.user_id, NULL, '{roles}', NULL) THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    RAISE EXCEPTION 'a role is given and taken by two administrators' USING ERRCODE = 'check_violation';
END $$;
CREATE OR REPLACE TRIGGER roles_are_given_by_two BEFORE INSERT OR UPDATE OR DELETE ON core_user_groups
    FOR EACH ROW EXECUTE FUNCTION role_is_given_by_two();

CREATE OR REPLACE FUNCTION right_is_given_by_roles() RETURNS trigger LANGUAGE plpgsql SECURITY INVOKER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT acts_as_owner_of(TG_RELID) THEN
        RAISE EXCEPTION 'rights come by roles alone' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER rights_come_by_roles BEFORE INSERT OR UPDATE ON core_user_user_permissions
    FOR EACH ROW EXECUTE FUNCTION right_is_given_by_roles();

-- What somebody shows after the password is set up and taken away by that person; two administrators may take all of it away.
CREATE OR REPLACE FUNCTION factor_is_its_persons() RETURNS trigger LANGUAGE plpgsql SECURITY INVOKER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    was jsonb := to_jsonb(OLD);
    becomes jsonb := to_jsonb(NEW);
    acts record;
    whose bigint;
BEGIN
    SELECT * INTO acts FROM audit_origin();
    FOREACH whose IN ARRAY ARRAY[(was->>'user_id')::bigint, (becomes->>'user_id')::bigint] LOOP
        IF whose IS NOT NULL AND whose IS DISTINCT FROM acts.by_id
           AND NOT (TG_OP = 'DELETE' AND given_by_two(whose, NULL, '{second_factor}', NULL))
           AND NOT (TG_OP = 'UPDATE' AND acts.verb = 'rotate_keys'
                    AND was - '{secret,credential}'::text[] = becomes - '{secret,credential}'::text[])
           AND NOT acts_as_owner_of(TG_RELID) THEN
            RAISE EXCEPTION 'the second factor of person % is changed by that person, or by two administrators', whose
                USING ERRCODE = 'check_violation';
        END IF;
    END LOOP;
    RETURN coalesce(NEW, OLD);
END $$;
CREATE OR REPLACE TRIGGER codes_are_their_persons BEFORE INSERT OR DELETE OR UPDATE OF user_id, secret ON core_secondfactor
    FOR EACH ROW EXECUTE FUNCTION factor_is_its_persons();
CREATE OR REPLACE TRIGGER passkeys_are_their_persons BEFORE INSERT OR DELETE OR UPDATE OF user_id, credential_id, credential
    ON core_passkey FOR EACH ROW EXECUTE FUNCTION factor_is_its_persons();

-- Roles that must not meet do not, whoever gives them. One after the other: of two at once the second sees the first.
CREATE OR REPLACE FUNCTION roles_stay_apart() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    pair record;
BEGIN
    PERFORM FROM core_user WHERE id = NEW.user_id FOR NO KEY UPDATE;
    SELECT a.one, a.other INTO pair FROM roles_apart() a
    WHERE EXISTS (SELECT FROM core_user_groups ug JOIN auth_group g ON g.id = ug.group_id WHERE ug.user_id = NEW.user_id AND g.name = a.one)
      AND EXISTS (SELECT FROM core_user_groups ug JOIN auth_group g ON g.id = ug.group_id WHERE ug.user_id = NEW.user_id AND g.name = a.other)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'nobody is % and % at once', pair.one, pair.other USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER some_roles_never_meet AFTER INSERT OR UPDATE ON core_user_groups
    FOR EACH ROW EXECUTE FUNCTION roles_stay_apart();

-- Until when somebody moves no money: a day from whatever let somebody into the account, or gave it a role more. Null: never.
CREATE OR REPLACE FUNCTION money_waits_until(who bigint) RETURNS timestamptz LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT max(decided_at) + make_interval(hours => hours_before_money()) FROM core_rightschange
    WHERE person_id = who AND state = 'confirmed'
      AND (kind IN ('new_account', 'reactivate', 'password', 'second_factor') OR (kind = 'roles' AND NOT roles <@ roles_before))
$$;
GRANT EXECUTE ON FUNCTION money_waits_until TO ebike_app;

-- Whether somebody who is active holds one of these rights (`app.verb_model`), as Django counts it.
CREATE OR REPLACE FUNCTION holds_right(who bigint, rights text[]) RETURNS boolean LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM core_user u WHERE u.id = who AND u.is_active AND (u.is_superuser OR EXISTS (
            SELECT FROM auth_permission p JOIN django_content_type t ON t.id = p.content_type_id
            WHERE t.app_label || '.' || p.codename = ANY (rights) AND p.id IN (
                SELECT permission_id FROM core_user_user_permissions WHERE user_id = who UNION ALL
                SELECT gp.permission_id FROM core_user_groups ug JOIN auth_group_permissions gp USING (group_id)
                WHERE ug.user_id = who))))
$$;

-- Whoever decides about money is there, holds one of the rights to it, and has held them long enough.
CREATE OR REPLACE FUNCTION check_decider(who bigint, rights text[]) RETURNS void LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT (SELECT is_active FROM core_user WHERE id = who) THEN
        RAISE EXCEPTION 'person % has no active account: nothing is done in that name', who USING ERRCODE = 'check_violation';
    ELSIF NOT holds_right(who, rights) THEN
        RAISE EXCEPTION 'person % does not hold the right to that: %', who, rights USING ERRCODE = 'check_violation';
    ELSIF now() < money_waits_until(who) THEN
        RAISE EXCEPTION 'person % moves no money yet: the rights are new', who USING ERRCODE = 'check_violation';
    END IF;
END $$;

-- Arguments: the column that names who decides, the rights of which one is enough, and the column of whoever proposed it, who
-- may take it back without them (or the first again). Of many rows in one statement each person is looked at once.
CREATE OR REPLACE FUNCTION deciders_may() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    changed text := CASE WHEN TG_OP = 'UPDATE' THEN 'JOIN old_rows o USING (id) WHERE n.%1$I IS DISTINCT FROM o.%1$I' ELSE 'WHERE true' END;
BEGIN
    IF TG_ARGV[2] <> TG_ARGV[0] THEN
        changed := changed || ' AND n.%1$I IS DISTINCT FROM n.%2$I';
    END IF;
    EXECUTE format('SELECT check_decider(who, $1) FROM (SELECT DISTINCT n.%1$I AS who FROM new_rows n ' || changed
                   || ' AND n.%1$I IS NOT NULL) deciders', TG_ARGV[0], TG_ARGV[2]) USING TG_ARGV[1]::text[];
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION decided_by_whoever_may(source regclass, decider text, rights text[], proposer text DEFAULT '')
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    call text := format('FOR EACH STATEMENT EXECUTE FUNCTION deciders_may(%L, %L, %L)',
                        decider, rights, coalesce(nullif(proposer, ''), decider));
BEGIN
    EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows %s',
                   decider || '_may', source, call);
    EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows %s',
                   decider || '_may_now', source, call);
END $$;

SELECT audit_table('core_rightschange', 'core.rightschange');
SELECT auditors_read('core_rightschange');
""",
    "database/sql/auditors.sql": r"""-- What the auditor's own login reads of accounts and of the trail. Names are not among it: the user name tells who it was.

SELECT auditors_read('core_user', but => '{password,email}');
SELECT auditors_read('core_user_groups');
SELECT auditors_read('auth_group');
SELECT auditors_read('core_auditentry');
SELECT auditors_read('core_auditseal', also => '{digest,hash}');
SELECT auditors_read('core_export');
""",
    "districts/sql/readers.sql": r"""-- Who sees which rows of accounts and their doings. Tables with no line here are told, with the reason, in core/districts/open.py.

-- Whoever logs in is found before anybody reads. People of the city are named in every district.
SELECT shows_where('core_user', '(SELECT at_the_door()) OR district_id IS NULL OR district_id = ANY ((SELECT districts_read())::int[])');
SELECT of_district('core_rightschange', orphans => true);
-- What the system and the city's people did is the whole's.
SELECT of_district('core_auditentry', orphans => true);
SELECT of_persons('core_export', 'asked_by_id');
SELECT of_persons('core_savedfilter', 'person_id');

-- Which district somebody belongs to is for good: what they did stays theirs.
CREATE OR REPLACE FUNCTION account_stays() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the district of an account, %, is for good', OLD.username USING ERRCODE = 'restrict_violation';
END $$;
CREATE OR REPLACE TRIGGER accounts_stay_in_their_district BEFORE UPDATE ON core_user FOR EACH ROW
    WHEN (OLD.is_staff AND NEW.district_id IS DISTINCT FROM OLD.district_id) EXECUTE FUNCTION account_stays();
""",
}
# What they do not make any more.
DROPPED = {}
BACKWARDS = {
    "database/sql/rights.sql": r"""GRANT INSERT, UPDATE ON django_migrations TO ebike_app;
GRANT INSERT, UPDATE ON django_content_type TO ebike_app;
GRANT INSERT, UPDATE ON auth_permission TO ebike_app;
GRANT INSERT, UPDATE ON auth_group TO ebike_app;
GRANT INSERT, UPDATE ON auth_group_permissions TO ebike_app;
DROP FUNCTION IF EXISTS written_by_database CASCADE;
DROP FUNCTION IF EXISTS application_deletes CASCADE;
DROP FUNCTION IF EXISTS auditors_read CASCADE;
DROP FUNCTION IF EXISTS tell_planner CASCADE;
DROP FUNCTION IF EXISTS acts_as_owner_of CASCADE;
""",
    "audit/sql/told.sql": r"""DROP FUNCTION IF EXISTS this_session CASCADE;
DROP FUNCTION IF EXISTS proved CASCADE;
DROP FUNCTION IF EXISTS told CASCADE;
DROP FUNCTION IF EXISTS demand_proof CASCADE;
DROP FUNCTION IF EXISTS refuse_stranger CASCADE;
DROP FUNCTION IF EXISTS strangers_write_nothing CASCADE;
""",
    "districts/sql/districts.sql": r"""GRANT INSERT, UPDATE ON core_district TO ebike_app;
DROP FUNCTION IF EXISTS districts_read CASCADE;
DROP FUNCTION IF EXISTS reader CASCADE;
DROP FUNCTION IF EXISTS reads_whole CASCADE;
DROP FUNCTION IF EXISTS at_the_door CASCADE;
DROP FUNCTION IF EXISTS only_district CASCADE;
DROP FUNCTION IF EXISTS district_here CASCADE;
DROP FUNCTION IF EXISTS fill_district CASCADE;
DROP FUNCTION IF EXISTS fills_district CASCADE;
DROP FUNCTION IF EXISTS refuse_other_district CASCADE;
DROP FUNCTION IF EXISTS same_district CASCADE;
DROP FUNCTION IF EXISTS shows_where CASCADE;
DROP FUNCTION IF EXISTS of_district CASCADE;
DROP FUNCTION IF EXISTS of_parent CASCADE;
DROP FUNCTION IF EXISTS of_persons CASCADE;
DROP FUNCTION IF EXISTS of_all CASCADE;
DROP FUNCTION IF EXISTS of_whole CASCADE;
""",
    "privacy/sql/sealed.sql": r"""DROP FUNCTION IF EXISTS only_sealed_anew CASCADE;
DROP FUNCTION IF EXISTS index_in_force CASCADE;
DROP FUNCTION IF EXISTS index_table CASCADE;
""",
    "decisions/sql/marks.sql": r"""DROP TRIGGER IF EXISTS marks_are_only_added ON core_decisionmark;
DROP FUNCTION IF EXISTS refuse_change_of_mark CASCADE;
""",
    "audit/sql/audit.sql": r"""DROP TRIGGER IF EXISTS audit_is_only_added_to ON core_auditentry;
DROP TRIGGER IF EXISTS audit_is_kept ON core_auditentry;
DROP TRIGGER IF EXISTS an_entry_has_its_district ON core_auditentry;
GRANT INSERT, UPDATE ON core_auditentry TO ebike_app;
DROP FUNCTION IF EXISTS audit_months CASCADE;
DROP FUNCTION IF EXISTS refuse_audit_change CASCADE;
DROP FUNCTION IF EXISTS fill_entry_district CASCADE;
DROP FUNCTION IF EXISTS active_person CASCADE;
DROP FUNCTION IF EXISTS audit_origin CASCADE;
DROP FUNCTION IF EXISTS refuse_bare_sql CASCADE;
DROP FUNCTION IF EXISTS processes_write CASCADE;
DROP FUNCTION IF EXISTS record_entry CASCADE;
DROP FUNCTION IF EXISTS audit_shown CASCADE;
DROP FUNCTION IF EXISTS audit_rows CASCADE;
DROP FUNCTION IF EXISTS refuse_truncate CASCADE;
DROP FUNCTION IF EXISTS audit_table CASCADE;
""",
    "audit/sql/seals.sql": r"""DROP TRIGGER IF EXISTS seals_are_only_added ON core_auditseal;
GRANT INSERT, UPDATE ON core_auditseal TO ebike_app;
DROP FUNCTION IF EXISTS audit_payload CASCADE;
DROP FUNCTION IF EXISTS audit_settled CASCADE;
DROP FUNCTION IF EXISTS audit_holder CASCADE;
DROP FUNCTION IF EXISTS seal_audit CASCADE;
DROP FUNCTION IF EXISTS refuse_seal_change CASCADE;
DROP FUNCTION IF EXISTS forget_audit_entries CASCADE;
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
DROP TRIGGER IF EXISTS audited_insert ON core_passkey;
DROP TRIGGER IF EXISTS audited_update ON core_passkey;
DROP TRIGGER IF EXISTS audited_delete ON core_passkey;
DROP TRIGGER IF EXISTS truncate_is_refused ON core_passkey;
DROP TRIGGER IF EXISTS audited_insert ON auth_group;
DROP TRIGGER IF EXISTS audited_update ON auth_group;
DROP TRIGGER IF EXISTS audited_delete ON auth_group;
DROP TRIGGER IF EXISTS truncate_is_refused ON auth_group;
DROP TRIGGER IF EXISTS audited_insert ON auth_group_permissions;
DROP TRIGGER IF EXISTS audited_update ON auth_group_permissions;
DROP TRIGGER IF EXISTS audited_delete ON auth_group_permissions;
DROP TRIGGER IF EXISTS truncate_is_refused ON auth_group_permissions;
""",
    "accounts/sql/sessions.sql": r"""DROP TRIGGER IF EXISTS account_ends_sessions ON core_user;
DROP TRIGGER IF EXISTS role_ends_sessions ON core_user_groups;
DROP TRIGGER IF EXISTS right_ends_sessions ON core_user_user_permissions;
DROP TRIGGER IF EXISTS codes_end_sessions ON core_secondfactor;
DROP TRIGGER IF EXISTS passkey_ends_sessions ON core_passkey;
DROP FUNCTION IF EXISTS end_sessions_of CASCADE;
DROP FUNCTION IF EXISTS end_sessions_of_account CASCADE;
DROP FUNCTION IF EXISTS end_sessions_of_holder CASCADE;
DROP FUNCTION IF EXISTS end_sessions_of_factor CASCADE;
""",
    "exports/sql/exports.sql": r"""DROP TRIGGER IF EXISTS exports_are_never_deleted ON core_export;
DROP TRIGGER IF EXISTS what_was_asked_for_stays ON core_export;
DROP FUNCTION IF EXISTS refuse_change_of_export CASCADE;
""",
    "database/sql/deleted.sql": r"""REVOKE DELETE ON core_session FROM ebike_app;
REVOKE DELETE ON core_knowndevice FROM ebike_app;
REVOKE DELETE ON core_secondfactor FROM ebike_app;
REVOKE DELETE ON core_recoverycode FROM ebike_app;
REVOKE DELETE ON core_passkey FROM ebike_app;
REVOKE DELETE ON core_passwordhistory FROM ebike_app;
REVOKE DELETE ON core_throttle FROM ebike_app;
REVOKE DELETE ON core_savedfilter FROM ebike_app;
REVOKE DELETE ON core_workerheartbeat FROM ebike_app;
REVOKE DELETE ON core_user_groups FROM ebike_app;
REVOKE DELETE ON core_user_user_permissions FROM ebike_app;
""",
    "rights/sql/rights.sql": r"""DROP TRIGGER IF EXISTS rights_change_is_made_by_two ON core_rightschange;
DROP TRIGGER IF EXISTS the_first_rights_are_laid ON core_rightschange;
DROP TRIGGER IF EXISTS rights_changes_are_kept ON core_rightschange;
DROP TRIGGER IF EXISTS accounts_are_opened_by_two ON core_user;
DROP TRIGGER IF EXISTS roles_are_given_by_two ON core_user_groups;
DROP TRIGGER IF EXISTS rights_come_by_roles ON core_user_user_permissions;
DROP TRIGGER IF EXISTS codes_are_their_persons ON core_secondfactor;
DROP TRIGGER IF EXISTS passkeys_are_their_persons ON core_passkey;
DROP TRIGGER IF EXISTS some_roles_never_meet ON core_user_groups;
DROP TRIGGER IF EXISTS audited_insert ON core_rightschange;
DROP TRIGGER IF EXISTS audited_update ON core_rightschange;
DROP TRIGGER IF EXISTS audited_delete ON core_rightschange;
DROP TRIGGER IF EXISTS truncate_is_refused ON core_rightschange;
REVOKE ALL ON core_rightschange FROM ebike_auditor;
DROP FUNCTION IF EXISTS hours_before_money CASCADE;
DROP FUNCTION IF EXISTS roles_apart CASCADE;
DROP FUNCTION IF EXISTS holds_role CASCADE;
DROP FUNCTION IF EXISTS rights_change_guard CASCADE;
DROP FUNCTION IF EXISTS first_rights_are_laid CASCADE;
DROP FUNCTION IF EXISTS refuse_rights_change_to_go CASCADE;
DROP FUNCTION IF EXISTS given_by_two CASCADE;
DROP FUNCTION IF EXISTS account_is_opened_by_two CASCADE;
DROP FUNCTION IF EXISTS role_is_given_by_two CASCADE;
DROP FUNCTION IF EXISTS right_is_given_by_roles CASCADE;
DROP FUNCTION IF EXISTS factor_is_its_persons CASCADE;
DROP FUNCTION IF EXISTS roles_stay_apart CASCADE;
DROP FUNCTION IF EXISTS money_waits_until CASCADE;
DROP FUNCTION IF EXISTS holds_right CASCADE;
DROP FUNCTION IF EXISTS check_decider CASCADE;
DROP FUNCTION IF EXISTS deciders_may CASCADE;
DROP FUNCTION IF EXISTS decided_by_whoever_may CASCADE;
""",
    "database/sql/auditors.sql": r"""REVOKE ALL ON core_user FROM ebike_auditor;
REVOKE ALL ON core_user_groups FROM ebike_auditor;
REVOKE ALL ON auth_group FROM ebike_auditor;
REVOKE ALL ON core_auditentry FROM ebike_auditor;
REVOKE ALL ON core_auditseal FROM ebike_auditor;
REVOKE ALL ON core_export FROM ebike_auditor;
""",
    "districts/sql/readers.sql": r"""DROP TRIGGER IF EXISTS accounts_stay_in_their_district ON core_user;
DROP POLICY IF EXISTS of_the_readers_districts ON core_user;
DROP POLICY IF EXISTS of_every_district ON core_user;
DROP POLICY IF EXISTS of_every_reader ON core_user;
ALTER TABLE core_user DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON core_rightschange;
DROP POLICY IF EXISTS of_every_district ON core_rightschange;
DROP POLICY IF EXISTS of_every_reader ON core_rightschange;
ALTER TABLE core_rightschange DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON core_auditentry;
DROP POLICY IF EXISTS of_every_district ON core_auditentry;
DROP POLICY IF EXISTS of_every_reader ON core_auditentry;
ALTER TABLE core_auditentry DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON core_export;
DROP POLICY IF EXISTS of_every_district ON core_export;
DROP POLICY IF EXISTS of_every_reader ON core_export;
ALTER TABLE core_export DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON core_savedfilter;
DROP POLICY IF EXISTS of_every_district ON core_savedfilter;
DROP POLICY IF EXISTS of_every_reader ON core_savedfilter;
ALTER TABLE core_savedfilter DISABLE ROW LEVEL SECURITY;
DROP FUNCTION IF EXISTS account_stays CASCADE;
""",
}


class Migration(migrations.Migration):
    dependencies: ClassVar = [("core", "0001_initial")]
    operations: ClassVar = [
        migrations.RunSQL([DROPPED.get(path, "") + text], [BACKWARDS[path]]) for path, text in FROZEN.items()
    ]
