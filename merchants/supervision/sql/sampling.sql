-- A laboratory's report stands as it was sent.

CREATE OR REPLACE FUNCTION report_stands() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'a report is only added' USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE TRIGGER reports_are_only_added BEFORE UPDATE OR DELETE ON merchants_lotreport
    FOR EACH ROW EXECUTE FUNCTION report_stands();
