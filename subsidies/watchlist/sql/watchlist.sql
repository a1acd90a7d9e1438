-- An entry is proposed by one and confirmed by another, and so it is taken off again. What it says stands.

CREATE OR REPLACE FUNCTION watch_entry_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' THEN
            RAISE EXCEPTION 'an entry begins as a proposal' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF (OLD.id, OLD.kind, OLD.value_print, OLD.merchant_id, OLD.reason, OLD.note, OLD.expires_on, OLD.proposed_by_id,
           OLD.proposed_at)
          IS DISTINCT FROM
          (NEW.id, NEW.kind, NEW.value_print, NEW.merchant_id, NEW.reason, NEW.note, NEW.expires_on, NEW.proposed_by_id,
           NEW.proposed_at)
          OR OLD.state <> 'proposed' AND (OLD.decided_by_id, OLD.decided_at) IS DISTINCT FROM (NEW.decided_by_id, NEW.decided_at)
          OR OLD.state IN ('declined', 'lifted') AND OLD.state <> NEW.state
          OR OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
             ('proposed', 'confirmed'), ('proposed', 'declined'), ('confirmed', 'lifting'), ('lifting', 'confirmed'),
             ('lifting', 'lifted')) THEN
        RAISE EXCEPTION 'entry % is decided by two people and says what it said', OLD.id USING ERRCODE = 'restrict_violation';
    ELSIF OLD.state = 'lifting' AND NEW.state = 'lifted'
          AND (OLD.lift_by_id, OLD.lift_note) IS DISTINCT FROM (NEW.lift_by_id, NEW.lift_note) THEN
        RAISE EXCEPTION 'entry % is lifted as it was proposed', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER entries_go_step_by_step BEFORE INSERT OR UPDATE ON subsidies_watchentry
    FOR EACH ROW EXECUTE FUNCTION watch_entry_guard();
CREATE OR REPLACE TRIGGER entries_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_watchentry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
SELECT index_table('subsidies_watchentry', 'value_index');
