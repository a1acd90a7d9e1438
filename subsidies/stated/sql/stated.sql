-- A stated figure is told by one, decided on once by another, and stands as it was told. One that is wrong is followed by another.
CREATE OR REPLACE FUNCTION stated_figure_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' THEN
            RAISE EXCEPTION 'a stated figure begins with one person' USING ERRCODE = 'check_violation';
        ELSIF NEW.as_of > (NEW.told_at AT TIME ZONE 'Asia/Shanghai')::date THEN
            RAISE EXCEPTION 'a figure is not known before its day' USING ERRCODE = 'check_violation';
        ELSIF NEW.stage_no IS NOT NULL AND NOT EXISTS (
            SELECT FROM subsidies_stage WHERE scheme_id = NEW.scheme_id AND no = NEW.stage_no
        ) THEN
            RAISE EXCEPTION 'the scheme has no stage %', NEW.stage_no USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    ELSIF told('ebikes.acting')->>'verb' = 'rotate_keys'
          AND to_jsonb(OLD) - 'proof' = to_jsonb(NEW) - 'proof' AND (OLD.proof IS NULL) = (NEW.proof IS NULL) THEN
        RETURN NEW; -- the file is sealed by another key
    ELSIF OLD.state <> 'proposed' OR NEW.state = 'proposed'
          OR to_jsonb(OLD) - '{state,decided_by_id,decided_at,decision_note}'::text[]
             <> to_jsonb(NEW) - '{state,decided_by_id,decided_at,decision_note}'::text[] THEN
        RAISE EXCEPTION 'stated figure % is decided once and stays as it was told', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER stated_figures_are_decided_once BEFORE INSERT OR UPDATE ON subsidies_statedfigure
    FOR EACH ROW EXECUTE FUNCTION stated_figure_guard();
CREATE OR REPLACE TRIGGER stated_figures_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_statedfigure
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
SELECT audit_table('subsidies_statedfigure', 'subsidies.statedfigure', sealed => '{proof}');
