-- A concluded inspection stands as it is: putting right and notes are added, nothing that was found is changed or lost.

CREATE OR REPLACE FUNCTION inspection_stands() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    free text[] := '{rectified_on,note,faulty}'; -- `faulty` is reckoned afterwards
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'inspection % is concluded: it is kept', OLD.id USING ERRCODE = 'restrict_violation';
    ELSIF told('ebikes.acting')->>'verb' = 'rotate_keys' THEN
        free := '{inspectors,signer,faulty}'; -- who inspected and who signed is sealed by another key
    END IF;
    IF to_jsonb(OLD) - free <> to_jsonb(NEW) - free THEN
        RAISE EXCEPTION 'inspection % is concluded: what was found stands', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER concluded_inspections_stand BEFORE UPDATE OR DELETE ON merchants_inspection FOR EACH ROW
    WHEN (OLD.conclusion <> '') EXECUTE FUNCTION inspection_stands();

-- A visit stays one of its shop, begun by whom and when it was; another look is one at faults of the same shop.
CREATE OR REPLACE FUNCTION visit_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.way, OLD.recheck_of_id, OLD.begun_at, OLD.begun_by_id)
       IS DISTINCT FROM (NEW.way, NEW.recheck_of_id, NEW.begun_at, NEW.begun_by_id)
       OR TG_OP = 'UPDATE' AND OLD.way = 'shop' AND OLD.merchant_id <> NEW.merchant_id THEN
        RAISE EXCEPTION 'inspection % stays as it was begun', OLD.id USING ERRCODE = 'restrict_violation';
    ELSIF TG_OP = 'INSERT' AND NEW.recheck_of_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM merchants_inspection
        WHERE id = NEW.recheck_of_id AND merchant_id = NEW.merchant_id AND faulty AND conclusion <> ''
    ) THEN
        RAISE EXCEPTION 'what is looked at again are faults that were found in the same shop' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER visits_stay_as_begun BEFORE INSERT OR UPDATE ON merchants_inspection
    FOR EACH ROW EXECUTE FUNCTION visit_guard();

-- Whoever changes what the shop signed, or refused to sign, takes that off: the shop signs what is written.
CREATE OR REPLACE FUNCTION signed_visit_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    free text[] := '{signed_at,signer,signature,refusal,latitude,longitude,accuracy_m,located_at,conclusion,concluded_at,'
                   'concluded_by_id,rectify_by,rectified_on,faulty}'; -- `faulty` is reckoned afterwards
BEGIN
    IF told('ebikes.acting')->>'verb' = 'rotate_keys' THEN
        free := free || '{inspectors}'::text[];
    END IF;
    IF to_jsonb(OLD) - free <> to_jsonb(NEW) - free THEN
        RAISE EXCEPTION 'inspection % is signed: what was signed stands under the signature', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER what_was_signed_stands BEFORE UPDATE ON merchants_inspection FOR EACH ROW
    WHEN (OLD.conclusion = '' AND OLD.signed_at IS NOT NULL AND NEW.signed_at = OLD.signed_at)
    EXECUTE FUNCTION signed_visit_guard();

-- Photos are added, or taken away again, while the visit goes on; never after.
CREATE OR REPLACE FUNCTION visit_photo_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    visit bigint := CASE TG_OP WHEN 'DELETE' THEN OLD.inspection_id ELSE NEW.inspection_id END;
BEGIN
    IF TG_OP = 'UPDATE' OR EXISTS (SELECT FROM merchants_inspection WHERE id = visit AND conclusion <> '') THEN
        RAISE EXCEPTION 'the photos of inspection % stand', visit USING ERRCODE = 'restrict_violation';
    ELSIF TG_OP = 'DELETE' AND EXISTS (SELECT FROM merchants_inspection WHERE id = visit AND signed_at >= OLD.added_at) THEN
        RAISE EXCEPTION 'the shop has signed inspection % with this photo', visit USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE OR REPLACE TRIGGER visit_photos_stand BEFORE INSERT OR UPDATE OR DELETE ON merchants_inspectionphoto
    FOR EACH ROW EXECUTE FUNCTION visit_photo_guard();

-- An authorisation that was withdrawn is history: neither an import nor anybody else opens it again.
CREATE OR REPLACE FUNCTION withdrawal_stands() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'authorisation % was withdrawn: it stands as it is', OLD.id USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE TRIGGER withdrawn_authorisations_stand BEFORE UPDATE OR DELETE ON merchants_agentauthorization FOR EACH ROW
    WHEN (OLD.withdrawn_at IS NOT NULL) EXECUTE FUNCTION withdrawal_stands();
