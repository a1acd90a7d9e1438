-- A claim asks the province's lock register in the transaction in which it comes, moves or ends. Where this installation is no
-- cell, each of these looks at one empty table and returns.

-- What is asked for a claim in this state. From its approval on its keys are kept: nothing is ordered before.
CREATE OR REPLACE FUNCTION lock_ask(state text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN state IN ('refused', 'cancelled', 'recovered') THEN 'release'
        WHEN state IN ('approved', 'in_payout', 'paid', 'payout_failed', 'payout_unknown', 'recovering', 'written_off')
            THEN 'keep'
        ELSE 'reserve' END
$$;

CREATE OR REPLACE FUNCTION ask_for_locks(claims bigint[], moment timestamptz) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE subsidies_lockquestion SET in_force = false, next_ask_at = NULL WHERE claim_id = ANY (claims) AND in_force;
    INSERT INTO subsidies_lockquestion (claim_id, ask, in_force, asked_from, next_ask_at)
    SELECT id, lock_ask(state), true, moment, moment FROM subsidies_claim WHERE id = ANY (claims) ORDER BY id;
END $$;

CREATE OR REPLACE FUNCTION new_claims_ask() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM subsidies_cell) THEN
        PERFORM ask_for_locks(array_agg(id), coalesce((acting()->>'at')::timestamptz, min(received_at))) FROM new_rows WHERE live;
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER new_claims_ask_the_register AFTER INSERT ON subsidies_claim
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION new_claims_ask();

CREATE OR REPLACE FUNCTION moved_claims_ask() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET enable_nestloop = off AS $$
DECLARE
    wrong bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM subsidies_cell) THEN
        RETURN NULL;
    END IF;
    SELECT n.id INTO wrong FROM old_rows o JOIN new_rows n USING (id)
    LEFT JOIN subsidies_lockquestion q ON q.claim_id = n.id AND q.in_force
    WHERE o.state <> n.state AND (
        n.state = 'eligible' AND q.word IS DISTINCT FROM 'reserved' OR n.state = 'in_payout' AND q.word IS DISTINCT FROM 'kept')
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the lock register has not let claim % go on', wrong USING ERRCODE = 'check_violation';
    END IF;
    PERFORM ask_for_locks(array_agg(n.id), coalesce((acting()->>'at')::timestamptz, now()))
    FROM old_rows o JOIN new_rows n USING (id)
    WHERE lock_ask(o.state) <> lock_ask(n.state)
       OR n.live AND (o.filing_plate_no, o.vehicle_code) <> (n.filing_plate_no, n.vehicle_code);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER moved_claims_ask_the_register AFTER UPDATE ON subsidies_claim
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION moved_claims_ask();

-- A city that joins asks for all that is live there, in the order in which it came.
CREATE OR REPLACE FUNCTION cell_joins() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM ask_for_locks(array_agg(id ORDER BY id), now()) FROM subsidies_claim WHERE live;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER a_cell_joins_with_its_claims AFTER INSERT ON subsidies_cell
    FOR EACH ROW EXECUTE FUNCTION cell_joins();

-- An epoch begins where two people let a restored database go on, and never ends by itself. All is asked anew in it.
CREATE OR REPLACE FUNCTION restored_cell_begins_anew() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE subsidies_cell SET epoch = greatest(epoch, heard_epoch) + 1, stop_id = NEW.id;
    IF FOUND THEN
        UPDATE subsidies_lockquestion q
        SET word = '', next_ask_at = now(), tries = 0, until = NULL, cell = '', record_no = '', kind = ''
        WHERE q.in_force AND q.ask <> 'release';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER an_epoch_begins_when_a_stop_ends AFTER UPDATE OF state ON subsidies_payoutstop FOR EACH ROW
    WHEN (OLD.state = 'open' AND NEW.state = 'ended' AND NEW.why = 'behind') EXECUTE FUNCTION restored_cell_begins_anew();

CREATE OR REPLACE FUNCTION cell_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.code <> OLD.code OR NEW.epoch < OLD.epoch
       OR NEW.epoch > OLD.epoch AND (NEW.stop_id IS NOT DISTINCT FROM OLD.stop_id OR NOT EXISTS (
              SELECT FROM subsidies_payoutstop WHERE id = NEW.stop_id AND state = 'ended' AND why = 'behind')) THEN
        RAISE EXCEPTION 'an epoch begins where two people let a restored database go on' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER epochs_begin_by_two BEFORE UPDATE ON subsidies_cell FOR EACH ROW EXECUTE FUNCTION cell_guard();

CREATE OR REPLACE FUNCTION lock_question_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (OLD.id, OLD.claim_id, OLD.ask, OLD.asked_from) <> (NEW.id, NEW.claim_id, NEW.ask, NEW.asked_from)
       OR NOT OLD.in_force THEN
        RAISE EXCEPTION 'question % to the register stays as it was', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER lock_questions_stay BEFORE UPDATE ON subsidies_lockquestion
    FOR EACH ROW EXECUTE FUNCTION lock_question_guard();
CREATE OR REPLACE TRIGGER lock_questions_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_lockquestion
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
SELECT processes_write('subsidies_cell');
SELECT processes_write('subsidies_lockquestion');
