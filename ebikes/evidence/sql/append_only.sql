-- Evidence and accounts are only ever added to. This function refuses every other statement on their tables.

CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: its rows are only ever added', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE TRIGGER licensing_answers_are_only_added
    BEFORE UPDATE OR DELETE OR TRUNCATE ON ebikes_licensinganswer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
