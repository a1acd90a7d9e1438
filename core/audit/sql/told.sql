-- What a process of ours tells of itself bears a proof (core/audit/proof.py); what anybody else sets is not heard.
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
