-- A visit that was asked for stands as it was asked, and ends once.

CREATE OR REPLACE FUNCTION task_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'open' THEN
            RAISE EXCEPTION 'an inspection is asked for before it is made' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF OLD.state <> 'open'
          OR (OLD.merchant_id, OLD.why, OLD.due_on, OLD.asked_by_id, OLD.asked_at)
             IS DISTINCT FROM (NEW.merchant_id, NEW.why, NEW.due_on, NEW.asked_by_id, NEW.asked_at) THEN
        RAISE EXCEPTION 'task % stands as it was asked, and ends once', OLD.id USING ERRCODE = 'restrict_violation';
    ELSIF NEW.state = 'done' AND NOT EXISTS (
        SELECT FROM merchants_inspection WHERE id = NEW.inspection_id AND merchant_id = NEW.merchant_id AND conclusion <> ''
    ) THEN
        RAISE EXCEPTION 'task % is done by a concluded inspection of its shop', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER tasks_end_once BEFORE INSERT OR UPDATE ON merchants_inspectiontask
    FOR EACH ROW EXECUTE FUNCTION task_guard();
