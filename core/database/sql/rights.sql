-- Who may do what with a table. Everything that a migration makes belongs to the owner; the application reads, adds and
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
