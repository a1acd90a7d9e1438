-- What is owed besides: to a paid claim, by two people, never beyond the highest amount of its scheme.

CREATE OR REPLACE FUNCTION supplement_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    the_claim subsidies_claim%ROWTYPE;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT * INTO the_claim FROM subsidies_claim WHERE id = NEW.claim_id;
        IF NEW.state <> 'proposed' OR NEW.decided_by_id IS NOT NULL THEN
            RAISE EXCEPTION 'a supplement begins as a proposal' USING ERRCODE = 'check_violation';
        ELSIF NEW.ref <> 'S' || 1 + (SELECT count(*) FROM subsidies_supplement WHERE claim_id = NEW.claim_id) THEN
            RAISE EXCEPTION 'supplements of claim % are numbered without a gap', NEW.claim_id USING ERRCODE = 'check_violation';
        ELSIF the_claim.state <> 'paid' OR EXISTS (
            SELECT FROM subsidies_recoverycase WHERE claim_id = NEW.claim_id AND state IN ('proposed', 'open')
        ) THEN
            RAISE EXCEPTION 'claim % is not simply paid, so it is owed nothing besides', NEW.claim_id
                USING ERRCODE = 'check_violation';
        END IF;
    ELSIF (OLD.claim_id, OLD.ref, OLD.amount_fen, OLD.reason, OLD.note, OLD.proposed_by_id, OLD.proposed_at)
          IS DISTINCT FROM
          (NEW.claim_id, NEW.ref, NEW.amount_fen, NEW.reason, NEW.note, NEW.proposed_by_id, NEW.proposed_at)
          OR (OLD.state, NEW.state) NOT IN (('proposed', 'reserved'), ('failed', 'reserved'))
             AND OLD.decided_by_id IS DISTINCT FROM NEW.decided_by_id AND NEW.state <> 'declined' THEN
        RAISE EXCEPTION 'supplement % is not rewritten', OLD.id USING ERRCODE = 'restrict_violation';
    ELSIF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('proposed', 'declined'), ('proposed', 'reserved'), ('reserved', 'in_payout'), ('reserved', 'cancelled'),
        ('in_payout', 'paid'), ('in_payout', 'failed'), ('in_payout', 'reserved'), ('failed', 'reserved'),
        ('failed', 'cancelled'), ('paid', 'failed')
    ) THEN
        RAISE EXCEPTION 'supplement % may not move from % to %', OLD.id, OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state IN ('proposed', 'reserved') AND (
        SELECT c.amount_fen + NEW.amount_fen + coalesce((
            SELECT sum(s.amount_fen) FROM subsidies_supplement s
            WHERE s.claim_id = c.id AND s.id <> NEW.id AND s.state NOT IN ('declined', 'cancelled')), 0)
            > (SELECT max(st.amount_fen) FROM subsidies_stage st WHERE st.scheme_id = c.scheme_id)
        FROM subsidies_claim c WHERE c.id = NEW.claim_id
    ) THEN
        RAISE EXCEPTION 'claim % would be paid more than its scheme''s highest amount', NEW.claim_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER supplements_go_step_by_step BEFORE INSERT OR UPDATE ON subsidies_supplement
    FOR EACH ROW EXECUTE FUNCTION supplement_guard();
CREATE OR REPLACE TRIGGER supplements_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_supplement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Nothing is demanded back of a claim whose supplement is on its way.
CREATE OR REPLACE FUNCTION refuse_recovery_beside_supplement() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM subsidies_supplement
        WHERE claim_id = NEW.claim_id AND state IN ('proposed', 'reserved', 'in_payout', 'failed')
    ) THEN
        RAISE EXCEPTION 'claim % has a supplement on its way', NEW.claim_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER supplements_end_before_a_recovery BEFORE INSERT ON subsidies_recoverycase
    FOR EACH ROW EXECUTE FUNCTION refuse_recovery_beside_supplement();

SELECT audit_table('subsidies_supplement', 'subsidies.supplement', part_of => 'subsidies.claim', of_column => 'claim_id');
