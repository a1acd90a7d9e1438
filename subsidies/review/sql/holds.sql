-- What is held is not approved, not ordered, not released. Whoever handled a claim approves nothing of it: who cleared or placed
-- a hold, who had the systems asked again, who sent the record back. A hold is cleared once.

CREATE OR REPLACE FUNCTION refuse_held_claim() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM subsidies_hold WHERE claim_id = NEW.id AND cleared_at IS NULL) THEN
        RAISE EXCEPTION 'claim % is held', NEW.id USING ERRCODE = 'check_violation';
    ELSIF NEW.state = 'approved' AND EXISTS (
        SELECT FROM subsidies_hold WHERE claim_id = NEW.id AND cleared_by_id = NEW.approved_by_id
    ) THEN
        RAISE EXCEPTION 'whoever cleared a hold of claim % cannot approve it', NEW.id USING ERRCODE = 'check_violation';
    ELSIF NEW.state = 'approved' AND (
        EXISTS (SELECT FROM subsidies_hold WHERE claim_id = NEW.id AND placed_by_id = NEW.approved_by_id)
        OR EXISTS (SELECT FROM subsidies_payeechange WHERE claim_id = NEW.id AND by_id = NEW.approved_by_id)
        OR EXISTS (SELECT FROM subsidies_paperevidence
                   WHERE claim_id = NEW.id AND NEW.approved_by_id IN (proposed_by_id, decided_by_id))
        OR EXISTS (
            SELECT FROM subsidies_claimevent
            WHERE claim_id = NEW.id AND by_id = NEW.approved_by_id AND verb IN ('ask_again', 'demand_correction'))
    ) THEN
        RAISE EXCEPTION 'whoever handled claim % cannot approve it', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

-- A batch that is discarded gives its claims back as approved, held or not.
CREATE OR REPLACE TRIGGER held_claims_wait BEFORE UPDATE OF state ON subsidies_claim FOR EACH ROW
    WHEN ((NEW.state = 'approved' AND OLD.state NOT IN ('approved', 'in_payout', 'payout_unknown'))
          OR (NEW.state = 'in_payout' AND OLD.state <> 'in_payout'))
    EXECUTE FUNCTION refuse_held_claim();

CREATE OR REPLACE FUNCTION refuse_held_release() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM subsidies_payoutline l JOIN subsidies_hold h ON h.claim_id = l.claim_id
        WHERE l.batch_id = NEW.id AND h.cleared_at IS NULL
    ) THEN
        RAISE EXCEPTION 'payout batch % holds a claim that is held', NEW.request_no USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER held_claims_are_not_released BEFORE UPDATE OF state ON subsidies_payoutbatch FOR EACH ROW
    WHEN (NEW.state = 'released' AND OLD.state = 'draft') EXECUTE FUNCTION refuse_held_release();

-- Another payee waits for a person other than who changed it, from the record's first day: money may be set aside at any time.
CREATE OR REPLACE FUNCTION hold_changed_payee() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO subsidies_hold (claim_id, kind, evidence, reasons, placed_at, placed_by_id, cleared_reasons, note)
    SELECT id, 'payee', jsonb_build_object('change', NEW.id), '{}', NEW.at, NEW.by_id, '{}', ''
    FROM subsidies_claim
    WHERE id = NEW.claim_id AND (
        state NOT IN ('refused', 'cancelled', 'recovered')
        OR EXISTS (SELECT FROM subsidies_supplement
                   WHERE claim_id = NEW.claim_id AND state IN ('reserved', 'in_payout', 'failed')))
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER changed_payees_are_held AFTER INSERT ON subsidies_payeechange
    FOR EACH ROW EXECUTE FUNCTION hold_changed_payee();

CREATE OR REPLACE FUNCTION hold_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.kind = 'payee' AND (NEW.cleared_by_id = OLD.placed_by_id OR EXISTS (
        SELECT FROM subsidies_payeechange
        WHERE claim_id = OLD.claim_id AND by_id = NEW.cleared_by_id AND id >= coalesce((OLD.evidence->>'change')::bigint, 0)
    )) THEN
        RAISE EXCEPTION 'whoever changed the payee of claim % does not let it go', OLD.claim_id
            USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.cleared_at IS NOT NULL OR NEW.cleared_at IS NULL
       OR (OLD.id, OLD.claim_id, OLD.kind, OLD.evidence, OLD.reasons, OLD.placed_at, OLD.placed_by_id)
          IS DISTINCT FROM (NEW.id, NEW.claim_id, NEW.kind, NEW.evidence, NEW.reasons, NEW.placed_at, NEW.placed_by_id) THEN
        RAISE EXCEPTION 'hold % is cleared once and never changed', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    NEW.let_go := CASE OLD.kind WHEN 'payee' THEN (SELECT max(id) FROM subsidies_payeechange WHERE claim_id = OLD.claim_id) END;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER holds_are_only_cleared BEFORE UPDATE ON subsidies_hold FOR EACH ROW EXECUTE FUNCTION hold_guard();
CREATE OR REPLACE TRIGGER holds_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_hold
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- From where the sweep for signals goes on: whoever moves it leaves claims unlooked at.
SELECT processes_write('subsidies_signalsweep');
