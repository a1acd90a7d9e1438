-- A case is somebody's: an assignment ends once and is never changed. The database ends it itself when its holder decided, and
-- when the claim waits for nobody any more. Notes and reminders are only added.

CREATE OR REPLACE FUNCTION assignment_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.ended_at IS NOT NULL THEN
            RAISE EXCEPTION 'an assignment begins open' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL
          OR to_jsonb(OLD) - '{ended_at,outcome}'::text[] IS DISTINCT FROM to_jsonb(NEW) - '{ended_at,outcome}'::text[] THEN
        RAISE EXCEPTION 'assignment % ends once and is never changed', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER assignments_only_end BEFORE INSERT OR UPDATE ON subsidies_caseassignment
    FOR EACH ROW EXECUTE FUNCTION assignment_guard();
CREATE OR REPLACE TRIGGER assignments_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_caseassignment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What a person did with cases ends their own assignment of them; what waits for nobody is nobody's.
CREATE OR REPLACE FUNCTION end_assignments(claims bigint[], actor bigint, moment timestamptz) RETURNS void LANGUAGE sql
SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE subsidies_caseassignment a
    SET ended_at = greatest(moment, a.given_at), outcome = CASE WHEN a.holder_id = actor THEN 'decided' ELSE 'settled' END
    FROM subsidies_claim c
    WHERE a.ended_at IS NULL AND a.claim_id = ANY (claims) AND c.id = a.claim_id AND (
        a.holder_id = actor
        OR c.state <> ALL ('{needs_correction,review,payout_failed}')
           AND NOT (c.live AND EXISTS (SELECT FROM subsidies_hold h WHERE h.claim_id = c.id AND h.cleared_at IS NULL)))
$$;
REVOKE ALL ON FUNCTION end_assignments FROM PUBLIC;

CREATE OR REPLACE FUNCTION moved_cases_are_done() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    acts jsonb := acting();
    actor bigint := (acts->>'by')::bigint;
    moment timestamptz := (acts->>'at')::timestamptz;
    mine bigint[];
BEGIN
    IF NOT EXISTS (SELECT FROM subsidies_caseassignment WHERE ended_at IS NULL) THEN
        RETURN NULL;
    END IF;
    IF TG_TABLE_NAME = 'subsidies_claim' THEN
        SELECT array_agg(a.claim_id) INTO mine
        FROM subsidies_caseassignment a JOIN new_rows n ON n.id = a.claim_id JOIN old_rows o ON o.id = n.id
        WHERE a.ended_at IS NULL AND n.state <> o.state;
    ELSE
        SELECT array_agg(a.claim_id), coalesce(actor, max(coalesce(n.cleared_by_id, n.placed_by_id))),
               coalesce(moment, max(coalesce(n.cleared_at, n.placed_at)))
        INTO mine, actor, moment
        FROM subsidies_caseassignment a JOIN new_rows n ON n.claim_id = a.claim_id WHERE a.ended_at IS NULL;
    END IF;
    IF mine IS NOT NULL THEN
        PERFORM end_assignments(mine, actor, coalesce(moment, now()));
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER moved_cases_are_done AFTER UPDATE ON subsidies_claim
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION moved_cases_are_done();
CREATE OR REPLACE TRIGGER held_cases_are_done AFTER INSERT ON subsidies_hold
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION moved_cases_are_done();
CREATE OR REPLACE TRIGGER cleared_cases_are_done AFTER UPDATE ON subsidies_hold
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION moved_cases_are_done();

CREATE OR REPLACE TRIGGER case_notes_are_only_added BEFORE DELETE OR TRUNCATE ON subsidies_casenote
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER case_notes_are_only_added_or_sealed_anew BEFORE UPDATE ON subsidies_casenote
    FOR EACH ROW EXECUTE FUNCTION only_sealed_anew('{text}', '{}');
CREATE OR REPLACE TRIGGER work_reminders_are_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON subsidies_workreminder
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

SELECT audit_table('subsidies_caseassignment', 'subsidies.caseassignment', part_of => 'subsidies.claim', of_column => 'claim_id');
SELECT audit_table('subsidies_casenote', 'subsidies.casenote', sealed => '{text}', part_of => 'subsidies.claim', of_column => 'claim_id');
SELECT auditors_read('subsidies_caseassignment', but => '{note}');
SELECT auditors_read('subsidies_casenote');
