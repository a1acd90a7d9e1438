-- The chain of the audit trail. Its hashes are SM3, which this database cannot compute: core/audit/seals.py does, and whoever
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
