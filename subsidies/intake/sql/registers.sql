-- Who owns a bike decides who may claim for it. While a claim on the bike is live, its owner is changed by a file that two
-- people put in, or that is taken back, and by nothing else: the row that remembers it as it was is open then.

CREATE OR REPLACE FUNCTION refuse_quiet_change_of_owner() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM subsidies_claim WHERE filing_plate_no = OLD.filing_plate_no AND live)
       AND NOT EXISTS (
           SELECT FROM ebikes_writtenrow w JOIN ebikes_importbatch b ON b.id = w.batch_id
           WHERE w.row_id = OLD.id AND w.target = 'ebikes_filedbike' AND w.written IS NULL
             AND b.second_person AND b.state = 'confirmed')
    THEN
        RAISE EXCEPTION 'bike % has a live claim: two people change its owner', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER owners_of_claimed_bikes_change_by_two BEFORE UPDATE OF owner_id ON ebikes_filedbike
    FOR EACH ROW WHEN (OLD.owner_id IS DISTINCT FROM NEW.owner_id) EXECUTE FUNCTION refuse_quiet_change_of_owner();
