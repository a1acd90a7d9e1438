-- The audit trail: what changes in the tables that people manage, whatever SQL changed it, by whom and from where.
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
