-- What the register said stands: positions and epochs only rise, a key keeps its claim, and entries are only added.

CREATE OR REPLACE FUNCTION lock_register_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.position < OLD.position OR NEW.generation < OLD.generation THEN
        RAISE EXCEPTION 'the lock register does not go back' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER lock_register_goes_on BEFORE UPDATE ON subsidies_lockregister
    FOR EACH ROW EXECUTE FUNCTION lock_register_guard();

CREATE OR REPLACE FUNCTION lock_cell_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.code <> OLD.code OR (NEW.epoch, NEW.seen) < (OLD.epoch, OLD.seen) THEN
        RAISE EXCEPTION 'the epoch of cell % does not go back', OLD.code USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER lock_cells_go_on BEFORE UPDATE ON subsidies_lockcell
    FOR EACH ROW EXECUTE FUNCTION lock_cell_guard();

CREATE OR REPLACE FUNCTION lock_holder_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.cell_id, NEW.claim) <> (OLD.cell_id, OLD.claim) OR (NEW.epoch, NEW.number) < (OLD.epoch, OLD.number) THEN
        RAISE EXCEPTION 'claim % was asked about in a newer epoch', OLD.claim USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER lock_holders_go_on BEFORE UPDATE ON subsidies_lockholder
    FOR EACH ROW EXECUTE FUNCTION lock_holder_guard();

CREATE OR REPLACE FUNCTION lock_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.holder_id, NEW.cell_id, NEW.kind, NEW.index)
                            IS DISTINCT FROM (OLD.holder_id, OLD.cell_id, OLD.kind, OLD.index) THEN
        RAISE EXCEPTION 'a lock stays with its claim' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.cell_id <> (SELECT cell_id FROM subsidies_lockholder WHERE id = NEW.holder_id) THEN
        RAISE EXCEPTION 'a lock is of the cell of its claim' USING ERRCODE = 'check_violation';
    END IF;
    -- A person: the claims of other cells leave room. How many of its own come to money, each cell sees to.
    IF NEW.kind = 'person' AND NEW.state <> 'released' AND (TG_OP = 'INSERT' OR OLD.state = 'released') AND NEW.most <= (
        SELECT count(*) FROM subsidies_lock
        WHERE kind = 'person' AND index = NEW.index AND state IN ('reserved', 'kept') AND cell_id <> NEW.cell_id
    ) THEN
        RAISE EXCEPTION 'this person holds as many subsidies as there may be' USING ERRCODE = 'unique_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER locks_stay_with_their_claims BEFORE INSERT OR UPDATE ON subsidies_lock
    FOR EACH ROW EXECUTE FUNCTION lock_guard();

CREATE OR REPLACE TRIGGER lock_entries_are_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON subsidies_lockentry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER locks_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_lock
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER lock_holders_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_lockholder
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A process of the register's alone writes here, whoever has its login (core/audit/sql/told.sql).
SELECT processes_write('subsidies_lockregister');
SELECT processes_write('subsidies_lockcell');
SELECT processes_write('subsidies_lockholder');
SELECT processes_write('subsidies_lock');
SELECT processes_write('subsidies_lockentry');
