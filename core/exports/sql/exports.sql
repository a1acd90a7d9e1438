-- Who took away what, when and why is history: a row is never deleted, and what was asked for never changes.

CREATE OR REPLACE FUNCTION refuse_change_of_export() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: exports are history', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE TRIGGER exports_are_never_deleted
    BEFORE DELETE OR TRUNCATE ON core_export
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_export();

CREATE OR REPLACE TRIGGER what_was_asked_for_stays
    BEFORE UPDATE OF model_label, file_format, sample, personal, note, file_name, asked_by_id, asked_at ON core_export
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_export();
