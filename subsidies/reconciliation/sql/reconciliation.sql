-- The statement is kept as it was read, differences are closed by two people, and while one is open nothing new leaves.

CREATE OR REPLACE FUNCTION statement_reading_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF (NEW.source, NEW.state) NOT IN (('operator', 'taken'), ('file', 'proposed')) THEN
            RAISE EXCEPTION 'a file of a statement is taken in by another person' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF OLD.state <> 'proposed' OR NEW.state = 'proposed'
          OR (OLD.source, OLD.first_day, OLD.last_day, OLD.read_at, OLD.read_by_id, OLD.payments, OLD.paid_fen, OLD.returned,
              OLD.file_id, OLD.layout_id)
             IS DISTINCT FROM
             (NEW.source, NEW.first_day, NEW.last_day, NEW.read_at, NEW.read_by_id, NEW.payments, NEW.paid_fen, NEW.returned,
              NEW.file_id, NEW.layout_id) THEN
        RAISE EXCEPTION 'statement % is decided once and never changed', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER statements_are_kept_as_read BEFORE INSERT OR UPDATE ON subsidies_statementreading
    FOR EACH ROW EXECUTE FUNCTION statement_reading_guard();
CREATE OR REPLACE TRIGGER statements_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_statementreading
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A payment follows the newest reading in which it stands, and changes by none but a reading that was taken in.
CREATE OR REPLACE FUNCTION statement_entry_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (
        (OLD.number, OLD.first_reading_id) IS DISTINCT FROM (NEW.number, NEW.first_reading_id)
        OR NEW.last_reading_id < OLD.last_reading_id
        OR ((OLD.amount_fen, OLD.paid_at, OLD.day, OLD.times, OLD.returned)
            IS DISTINCT FROM (NEW.amount_fen, NEW.paid_at, NEW.day, NEW.times, NEW.returned)
            AND NEW.before IS NOT DISTINCT FROM OLD.before)
    ) THEN
        RAISE EXCEPTION 'payment % stands in the statement as it was read', OLD.number USING ERRCODE = 'restrict_violation';
    ELSIF EXISTS (SELECT FROM subsidies_statementreading WHERE id = NEW.last_reading_id AND state <> 'taken') THEN
        RAISE EXCEPTION 'a statement counts when it was taken in' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER statement_entries_are_kept_as_read BEFORE INSERT OR UPDATE ON subsidies_statemententry
    FOR EACH ROW EXECUTE FUNCTION statement_entry_guard();
CREATE OR REPLACE TRIGGER statement_entries_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_statemententry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

SELECT processes_write('subsidies_statemententry');

CREATE OR REPLACE TRIGGER statement_files_are_kept BEFORE DELETE OR TRUNCATE ON subsidies_statementfile
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER statement_files_are_kept_or_sealed_anew BEFORE UPDATE ON subsidies_statementfile
    FOR EACH ROW EXECUTE FUNCTION only_sealed_anew('{content}', '{}');

CREATE OR REPLACE FUNCTION difference_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'open' THEN
            RAISE EXCEPTION 'a difference begins open' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF OLD.state IN ('signed', 'agreed')
          OR (OLD.number, OLD.kind, OLD.day, OLD.found_at) IS DISTINCT FROM (NEW.number, NEW.kind, NEW.day, NEW.found_at) THEN
        RAISE EXCEPTION 'difference % is never changed', OLD.id USING ERRCODE = 'restrict_violation';
    ELSIF NEW.state = 'signed' AND (OLD.state <> 'proposed'
          OR (OLD.resolution, OLD.note, OLD.proposed_by_id, OLD.ours, OLD.theirs)
             IS DISTINCT FROM (NEW.resolution, NEW.note, NEW.proposed_by_id, NEW.ours, NEW.theirs)) THEN
        RAISE EXCEPTION 'difference % is signed as it was proposed', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER differences_are_closed_once BEFORE INSERT OR UPDATE ON subsidies_difference
    FOR EACH ROW EXECUTE FUNCTION difference_guard();
CREATE OR REPLACE TRIGGER differences_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_difference
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The gate: while the books differ, no order leaves that has not left before.
CREATE OR REPLACE FUNCTION gate_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM subsidies_difference WHERE state IN ('open', 'proposed')) THEN
        RAISE EXCEPTION 'the books differ: no new order leaves' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER the_gate AFTER UPDATE OF state ON subsidies_payoutline FOR EACH ROW
    WHEN (OLD.state = 'ready' AND NEW.state = 'unknown') EXECUTE FUNCTION gate_guard();
