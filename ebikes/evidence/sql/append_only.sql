-- Evidence and accounts are only ever added to. This function refuses every other statement on their tables.

CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: its rows are only ever added', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE TRIGGER licensing_answers_are_only_added BEFORE DELETE OR TRUNCATE ON ebikes_licensinganswer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER licensing_answers_are_only_added_or_sealed_anew BEFORE UPDATE ON ebikes_licensinganswer
    FOR EACH ROW EXECUTE FUNCTION only_sealed_anew('{raw}', '{holder_index}');

-- Blind indexes are of the key in force (core/privacy/sql/sealed.sql).
SELECT index_table('ebikes_licensinganswer', 'holder_index');
SELECT index_table('ebikes_owner', 'id_index');
SELECT index_table('ebikes_owner', 'number_index');
SELECT index_table('ebikes_owner', 'name_index');
SELECT index_table('ebikes_filedbike', 'phone_index');
SELECT index_table('ebikes_tradein', 'name_index');
SELECT index_table('ebikes_tradein', 'phone_index');
SELECT index_table('ebikes_tradein', 'wallet_index');
