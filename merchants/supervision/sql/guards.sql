-- A concluded inspection stands as it is: putting right and notes are added, nothing that was found is changed or lost.

CREATE OR REPLACE FUNCTION inspection_stands() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'inspection % is concluded: it is kept', OLD.id USING ERRCODE = 'restrict_violation';
    ELSIF told('ebikes.acting')->>'verb' = 'rotate_keys'
          AND to_jsonb(OLD) - '{inspectors,faulty}'::text[] = to_jsonb(NEW) - '{inspectors,faulty}'::text[] THEN
        RETURN NEW; -- who inspected is sealed by another key
    ELSIF (OLD.id, OLD.merchant_id, OLD.inspected_on, OLD.inspectors, OLD.uncertified, OLD.beyond_scope, OLD.modified,
           OLD.trademark, OLD.price_marking, OLD.price_gouging, OLD.conclusion, OLD.rectify_by)
          IS DISTINCT FROM
          (NEW.id, NEW.merchant_id, NEW.inspected_on, NEW.inspectors, NEW.uncertified, NEW.beyond_scope, NEW.modified,
           NEW.trademark, NEW.price_marking, NEW.price_gouging, NEW.conclusion, NEW.rectify_by) THEN
        RAISE EXCEPTION 'inspection % is concluded: what was found stands', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER concluded_inspections_stand BEFORE UPDATE OR DELETE ON merchants_inspection FOR EACH ROW
    WHEN (OLD.conclusion <> '') EXECUTE FUNCTION inspection_stands();

-- An authorisation that was withdrawn is history: neither an import nor anybody else opens it again.
CREATE OR REPLACE FUNCTION withdrawal_stands() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'authorisation % was withdrawn: it stands as it is', OLD.id USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE TRIGGER withdrawn_authorisations_stand BEFORE UPDATE OR DELETE ON merchants_agentauthorization FOR EACH ROW
    WHEN (OLD.withdrawn_at IS NOT NULL) EXECUTE FUNCTION withdrawal_stands();
