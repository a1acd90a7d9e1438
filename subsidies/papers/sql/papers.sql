-- A paper is proposed by one, decided by another, and says what it said. A refused claim is looked at again for one alone.

CREATE OR REPLACE FUNCTION paper_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' OR NEW.decided_by_id IS NOT NULL OR NEW.answer_id IS NOT NULL THEN
            RAISE EXCEPTION 'a paper begins as a proposal' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF (OLD.id, OLD.claim_id, OLD.subject, OLD.facts, OLD.other_print, OLD.title, OLD.scans, OLD.digests, OLD.expires_on,
           OLD.note, OLD.proposed_by_id, OLD.proposed_at)
          IS DISTINCT FROM
          (NEW.id, NEW.claim_id, NEW.subject, NEW.facts, NEW.other_print, NEW.title, NEW.scans, NEW.digests, NEW.expires_on,
           NEW.note, NEW.proposed_by_id, NEW.proposed_at)
          OR OLD.state <> 'proposed' AND (OLD.decided_by_id, OLD.decided_at, OLD.decision_note, OLD.answer_id)
             IS DISTINCT FROM (NEW.decided_by_id, NEW.decided_at, NEW.decision_note, NEW.answer_id)
          OR OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
             ('proposed', 'confirmed'), ('proposed', 'declined'), ('confirmed', 'expired')) THEN
        RAISE EXCEPTION 'paper % is decided once and says what it said', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER papers_go_step_by_step BEFORE INSERT OR UPDATE ON subsidies_paperevidence
    FOR EACH ROW EXECUTE FUNCTION paper_guard();
CREATE OR REPLACE TRIGGER papers_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_paperevidence
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE OR REPLACE FUNCTION reopened_on_paper() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.refusals && '{untrue_record,not_corrected,person_cap,bike_already_claimed,vehicle_already_claimed,claimed_elsewhere}'
       OR NOT EXISTS (SELECT FROM subsidies_paperevidence WHERE claim_id = NEW.id AND state = 'confirmed') THEN
        RAISE EXCEPTION 'claim % was refused: only a confirmed paper reopens it', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER refused_claims_reopen_on_paper BEFORE UPDATE OF state ON subsidies_claim FOR EACH ROW
    WHEN (OLD.state = 'refused' AND NEW.state = 'checking') EXECUTE FUNCTION reopened_on_paper();
