-- Seals of books come in order, from a process of ours, when no transaction can add to them any more, and are never changed.
CREATE OR REPLACE FUNCTION seal_book(the_book text, the_no bigint, the_until timestamptz, the_entries bigint, the_digest bytea,
                                     the_hash bytea, proof text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    last subsidies_bookseal%ROWTYPE;
BEGIN
    PERFORM demand_proof('seal ' || encode(the_hash, 'hex'), proof);
    LOCK TABLE subsidies_bookseal IN EXCLUSIVE MODE;
    SELECT * INTO last FROM subsidies_bookseal WHERE book = the_book ORDER BY no DESC LIMIT 1;
    IF the_no <> coalesce(last.no, 0) + 1 OR the_until <= last.until OR the_until > audit_settled()
       OR length(the_digest) <> 32 OR length(the_hash) <> 32 THEN
        RAISE EXCEPTION 'seal % of % does not follow seal %', the_no, the_book, coalesce(last.no, 0)
            USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO subsidies_bookseal (book, no, until, entries, digest, hash)
    VALUES (the_book, the_no, the_until, the_entries, the_digest, the_hash);
END $$;
GRANT EXECUTE ON FUNCTION seal_book TO ebike_app;

CREATE OR REPLACE TRIGGER book_seals_are_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON subsidies_bookseal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
SELECT written_by_database('subsidies_bookseal');

-- A run of the proof ends once, and stays as it ended.
CREATE OR REPLACE FUNCTION verification_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.finished_at IS NOT NULL OR (OLD.begun_at, OLD.by_id) IS DISTINCT FROM (NEW.begun_at, NEW.by_id) THEN
        RAISE EXCEPTION 'verification % is never changed', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER verifications_end_once BEFORE UPDATE ON subsidies_verification
    FOR EACH ROW EXECUTE FUNCTION verification_guard();
CREATE OR REPLACE TRIGGER verifications_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_verification
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
SELECT processes_write('subsidies_verification');
