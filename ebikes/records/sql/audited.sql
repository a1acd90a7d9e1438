-- What changes in the registers and records after they came in. New rows are explained by the batch that brought them.

SELECT audit_table('ebikes_owner', 'ebikes.owner', inserts => false);
SELECT audit_table('ebikes_filedbike', 'ebikes.filedbike', ignored => '{content_index}', inserts => false);
SELECT audit_table('ebikes_tradein', 'ebikes.tradein', ignored => '{content_index}', inserts => false);
SELECT audit_table('ebikes_importbatch', 'ebikes.importbatch',
                   ignored => '{progress,rows_accepted,rows_duplicate,rows_refused,file_sha256}');
SELECT audit_table('ebikes_rememberedcolumns', 'ebikes.rememberedcolumns');

-- What money touched stays. Most of it is held by foreign keys; a filed bike and an import's verdicts are only named.
CREATE OR REPLACE FUNCTION refuse_bike_with_records() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM ebikes_tradein WHERE filing_plate_no = OLD.filing_plate_no) THEN
        RAISE EXCEPTION 'filed bike % was traded in and is kept', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE OR REPLACE TRIGGER bikes_with_records_are_kept BEFORE DELETE ON ebikes_filedbike
    FOR EACH ROW EXECUTE FUNCTION refuse_bike_with_records();

CREATE OR REPLACE FUNCTION refuse_batch_deletion() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'import batch % is history and is kept', OLD.id USING ERRCODE = 'restrict_violation';
END $$;
CREATE OR REPLACE TRIGGER imports_are_kept BEFORE DELETE ON ebikes_importbatch
    FOR EACH ROW EXECUTE FUNCTION refuse_batch_deletion();

CREATE OR REPLACE FUNCTION refuse_verdict_deletion() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET enable_nestloop = off AS $$
DECLARE
    kept bigint;
BEGIN
    SELECT b.id INTO kept FROM (SELECT DISTINCT batch_id FROM old_rows) gone JOIN ebikes_importbatch b ON b.id = gone.batch_id
    WHERE b.state IN ('confirmed', 'taken_back') LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the verdicts of import batch % are history and are kept', kept USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER verdicts_are_kept AFTER DELETE ON ebikes_importrow REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_verdict_deletion();
CREATE OR REPLACE TRIGGER verdicts_are_never_truncated BEFORE TRUNCATE ON ebikes_importrow
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();

-- By the register it is decided whether a bike was on file, for how long, and whose it was.
SELECT processes_write('ebikes_filedbike', 'filing_plate_no, filed_on, owner_id');
