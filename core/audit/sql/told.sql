-- What a process of ours tells of itself bears a proof (core/audit/proof.py); what anybody else sets is not heard.
REVOKE ALL ON core_processkey FROM ebike_app, ebike_auditor;

CREATE OR REPLACE FUNCTION proved(told text, proof text) RETURNS boolean LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce((SELECT proof = encode(sha256(key || sha256(key || convert_to(pg_backend_pid() || '|' || told, 'UTF8'))), 'hex')
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
