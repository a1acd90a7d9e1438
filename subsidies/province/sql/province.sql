-- A statement of heads stays as it came; what a cell told of an earlier day stays, too.
CREATE OR REPLACE TRIGGER cell_heads_are_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON subsidies_cellhead
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE OR REPLACE FUNCTION cell_sum_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.cell, NEW.scheme, NEW.day) <> (OLD.cell, OLD.scheme, OLD.day) OR NEW.told_at < OLD.told_at
       OR EXISTS (SELECT FROM subsidies_cellsum
                  WHERE (cell, scheme) = (NEW.cell, NEW.scheme) AND day > NEW.day) THEN
        RAISE EXCEPTION 'what cell % told of % stays', OLD.cell, OLD.day USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER earlier_days_of_cells_stay BEFORE UPDATE ON subsidies_cellsum
    FOR EACH ROW EXECUTE FUNCTION cell_sum_guard();
CREATE OR REPLACE TRIGGER sums_of_cells_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_cellsum
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
SELECT processes_write('subsidies_cellsum');
SELECT processes_write('subsidies_cellhead');
