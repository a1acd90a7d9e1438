-- What binds a shop takes two people who may; a signed letter has a number without a gap and stands; it ends by another look.

CREATE OR REPLACE FUNCTION order_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    was merchants_inspection%ROWTYPE;
    again merchants_inspection%ROWTYPE;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'order % is kept', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    SELECT * INTO was FROM merchants_inspection WHERE id = NEW.inspection_id;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' OR was.conclusion <> 'rectify' OR was.rectified_on IS NOT NULL THEN
            RAISE EXCEPTION 'an order begins as a proposal, for faults that are to be put right' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    ELSIF (OLD.state, NEW.state) NOT IN (
        ('proposed', 'declined'), ('proposed', 'issued'), ('issued', 'issued'), ('issued', 'closed'), ('issued', 'escalated')
    ) THEN
        RAISE EXCEPTION 'order % is %', OLD.id, OLD.state USING ERRCODE = 'restrict_violation';
    ELSIF (OLD.inspection_id, OLD.demands, OLD.basis, OLD.due_on, OLD.proposed_by_id, OLD.proposed_at)
          IS DISTINCT FROM
          (NEW.inspection_id, NEW.demands, NEW.basis, NEW.due_on, NEW.proposed_by_id, NEW.proposed_at)
          OR OLD.state = 'issued' AND
          ((OLD.number, OLD.year, OLD.serial, OLD.decided_by_id, OLD.decided_at)
           IS DISTINCT FROM (NEW.number, NEW.year, NEW.serial, NEW.decided_by_id, NEW.decided_at)
           OR OLD.served_on IS NOT NULL AND (OLD.served_on, OLD.served_how) IS DISTINCT FROM (NEW.served_on, NEW.served_how)) THEN
        RAISE EXCEPTION 'order % stands as it was proposed and signed', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state = 'proposed' AND NEW.state = 'issued' THEN
        PERFORM pg_advisory_xact_lock(hashtext('merchants_correctionorder'), NEW.year);
        IF NEW.serial <> 1 + (SELECT coalesce(max(serial), 0) FROM merchants_correctionorder WHERE year = NEW.year) THEN
            RAISE EXCEPTION 'orders of % are numbered without a gap', NEW.year USING ERRCODE = 'check_violation';
        END IF;
    ELSIF NEW.state = 'closed' THEN
        SELECT * INTO again FROM merchants_inspection WHERE id = NEW.recheck_id;
        IF again.recheck_of_id IS DISTINCT FROM NEW.inspection_id OR again.conclusion IN ('', 'unseen')
           OR was.uncertified = 'fault' AND again.uncertified <> 'ok' OR was.beyond_scope = 'fault' AND again.beyond_scope <> 'ok'
           OR was.modified = 'fault' AND again.modified <> 'ok' OR was.trademark = 'fault' AND again.trademark <> 'ok'
           OR was.price_marking = 'fault' AND again.price_marking <> 'ok'
           OR was.price_gouging = 'fault' AND again.price_gouging <> 'ok' THEN
            RAISE EXCEPTION 'order % is closed by another look that finds everything put right', OLD.id
                USING ERRCODE = 'check_violation';
        END IF;
    ELSIF NEW.state = 'escalated' AND NOT EXISTS (
        SELECT FROM merchants_enforcementcase WHERE order_id = NEW.id AND state = 'open'
    ) THEN
        RAISE EXCEPTION 'order % is escalated by a case that was handed over', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER orders_go_step_by_step BEFORE INSERT OR UPDATE OR DELETE ON merchants_correctionorder
    FOR EACH ROW EXECUTE FUNCTION order_guard();

-- While a letter waits to be followed, nobody writes by hand that everything was put right.
CREATE OR REPLACE FUNCTION put_right_by_another_look() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM merchants_correctionorder WHERE inspection_id = NEW.id AND state = 'issued') THEN
        RAISE EXCEPTION 'inspection % was followed by an order: it is put right by another look', NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER orders_are_followed BEFORE UPDATE OF rectified_on ON merchants_inspection FOR EACH ROW
    WHEN (OLD.rectified_on IS DISTINCT FROM NEW.rectified_on) EXECUTE FUNCTION put_right_by_another_look();

CREATE OR REPLACE FUNCTION enforcement_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'case % is kept', OLD.id USING ERRCODE = 'restrict_violation';
    ELSIF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' OR NOT EXISTS (
            SELECT FROM merchants_inspection i WHERE i.id = NEW.inspection_id AND i.merchant_id = NEW.merchant_id
              AND i.faulty AND i.conclusion <> ''
            UNION ALL
            SELECT FROM merchants_samplinglot l WHERE l.id = NEW.lot_id AND l.merchant_id = NEW.merchant_id AND l.result = 'failed'
        ) OR NEW.order_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM merchants_correctionorder WHERE id = NEW.order_id AND inspection_id = NEW.inspection_id AND state = 'issued'
        ) THEN
            RAISE EXCEPTION 'a case begins as a proposal, with what was found in that shop' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    ELSIF (OLD.state, NEW.state) NOT IN (
        ('proposed', 'declined'), ('proposed', 'open'), ('open', 'outcome'), ('outcome', 'open'), ('outcome', 'closed')
    ) OR (OLD.merchant_id, OLD.inspection_id, OLD.order_id, OLD.lot_id, OLD.facts, OLD.handed_to, OLD.proposed_by_id,
          OLD.proposed_at)
         IS DISTINCT FROM
         (NEW.merchant_id, NEW.inspection_id, NEW.order_id, NEW.lot_id, NEW.facts, NEW.handed_to, NEW.proposed_by_id,
          NEW.proposed_at)
      OR OLD.state <> 'proposed' AND (OLD.number, OLD.decided_by_id, OLD.decided_at)
         IS DISTINCT FROM (NEW.number, NEW.decided_by_id, NEW.decided_at)
      OR NEW.state = 'closed' AND (OLD.outcome, OLD.fine_fen, OLD.forfeited_fen, OLD.goods, OLD.decision_no, OLD.decided_on,
                                   OLD.outcome_by_id)
         IS DISTINCT FROM (NEW.outcome, NEW.fine_fen, NEW.forfeited_fen, NEW.goods, NEW.decision_no, NEW.decided_on,
                           NEW.outcome_by_id) THEN
        RAISE EXCEPTION 'case % is %, and stands as it was written down', OLD.id, OLD.state USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER cases_go_step_by_step BEFORE INSERT OR UPDATE OR DELETE ON merchants_enforcementcase
    FOR EACH ROW EXECUTE FUNCTION enforcement_guard();

SELECT decided_by_whoever_may('merchants_correctionorder', 'proposed_by_id', '{merchants.add_correctionorder}');
SELECT decided_by_whoever_may('merchants_correctionorder', 'decided_by_id', '{merchants.change_correctionorder}', 'proposed_by_id');
SELECT decided_by_whoever_may('merchants_enforcementcase', 'proposed_by_id', '{merchants.add_enforcementcase}');
SELECT decided_by_whoever_may('merchants_enforcementcase', 'decided_by_id', '{merchants.change_enforcementcase}', 'proposed_by_id');
SELECT decided_by_whoever_may('merchants_enforcementcase', 'outcome_by_id', '{merchants.add_enforcementcase}');
SELECT decided_by_whoever_may('merchants_enforcementcase', 'closed_by_id', '{merchants.change_enforcementcase}');
