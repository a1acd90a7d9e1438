-- A run is shown to others and cited: what was asked for and what was found stay. Only the work on it moves.
CREATE OR REPLACE FUNCTION refuse_change_of_run() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (OLD.scheme_id, OLD.title, OLD.note, OLD.variants, OLD.asked_by_id, OLD.asked_at)
       IS DISTINCT FROM (NEW.scheme_id, NEW.title, NEW.note, NEW.variants, NEW.asked_by_id, NEW.asked_at)
       OR (OLD.digest <> '' AND (OLD.digest, OLD.result, OLD.inputs, OLD.finished_at)
                                IS DISTINCT FROM (NEW.digest, NEW.result, NEW.inputs, NEW.finished_at)) THEN
        RAISE EXCEPTION 'laboratory run % stays as it was asked for and found', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER runs_stay_as_they_were_found BEFORE UPDATE ON subsidies_laboratoryrun
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_run();
CREATE OR REPLACE TRIGGER runs_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_laboratoryrun
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A forecast is what was said that day: scored once, and never bettered afterwards.
CREATE OR REPLACE FUNCTION refuse_better_forecast() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (OLD.scheme_id, OLD.day, OLD.made_at, OLD.funded_fen, OLD.untold, OLD.low, OLD.median, OLD.high,
        OLD.likely, OLD.earliest, OLD.latest)
       IS DISTINCT FROM (NEW.scheme_id, NEW.day, NEW.made_at, NEW.funded_fen, NEW.untold, NEW.low, NEW.median, NEW.high,
        NEW.likely, NEW.earliest, NEW.latest)
       OR (OLD.pace_scored_at IS NOT NULL
           AND (OLD.pace_scored_at, OLD.came_per_day) IS DISTINCT FROM (NEW.pace_scored_at, NEW.came_per_day))
       OR (OLD.end_scored_at IS NOT NULL
           AND (OLD.end_scored_at, OLD."end", OLD.ended_on) IS DISTINCT FROM (NEW.end_scored_at, NEW."end", NEW.ended_on)) THEN
        RAISE EXCEPTION 'the forecast of % is not changed afterwards', OLD.day USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER forecasts_stay_as_they_were_made BEFORE UPDATE ON subsidies_dailyforecast
    FOR EACH ROW EXECUTE FUNCTION refuse_better_forecast();
CREATE OR REPLACE TRIGGER forecasts_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_dailyforecast
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

SELECT audit_table('subsidies_laboratoryrun', 'subsidies.laboratoryrun',
                   ignored => '{variants,inputs,result,digest,state,progress,attempts,failure,finished_at,repeated_at,repeated_digest}');
