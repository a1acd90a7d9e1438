-- Money is demanded back by two people, under numbers without a gap; what was confirmed stays; every end has its proof.

-- What the ledger says that a claim has been paid and has not given back.
CREATE OR REPLACE FUNCTION kept_by_claim(the_claim bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT coalesce(sum(paid_by(kind, amount_fen)), 0)
            FROM subsidies_ledgerentry WHERE claim_id = the_claim);
END $$;

GRANT EXECUTE ON FUNCTION kept_by_claim TO ebike_app;

CREATE OR REPLACE FUNCTION received_of_case(the_case bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT coalesce(sum(amount_fen), 0) FROM subsidies_recoveryreceipt
            WHERE case_id = the_case AND state = 'confirmed');
END $$;

CREATE OR REPLACE FUNCTION recovery_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    received bigint;
    planned bigint;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' OR NEW.plan_no <> 0 OR NEW.planned_from_fen <> 0 OR NEW.handed_over_at IS NOT NULL THEN
            RAISE EXCEPTION 'a recovery begins as a proposal' USING ERRCODE = 'check_violation';
        ELSIF NOT EXISTS (SELECT FROM subsidies_claim WHERE id = NEW.claim_id AND state IN ('paid', 'written_off')) THEN
            RAISE EXCEPTION 'claim % is not paid, so nothing is demanded back', NEW.claim_id USING ERRCODE = 'check_violation';
        END IF;
    ELSIF (OLD.state, NEW.state) NOT IN (
        ('proposed', 'proposed'), ('proposed', 'declined'), ('proposed', 'open'), ('open', 'open'), ('open', 'recovered'),
        ('open', 'written_off'), ('open', 'dropped'), ('open', 'returned')
    ) AND NOT (OLD.state = NEW.state AND OLD.surplus_fen > 0) THEN
        RAISE EXCEPTION 'recovery % has ended as %', OLD.id, OLD.state USING ERRCODE = 'restrict_violation';
    ELSIF OLD.claim_id <> NEW.claim_id OR OLD.state <> 'proposed' AND (
        (OLD.number, OLD.year, OLD.serial, OLD.reason, OLD.basis, OLD.note, OLD.amount_fen, OLD.proposed_by_id,
         OLD.proposed_at, OLD.decided_by_id, OLD.decided_at)
        IS DISTINCT FROM
        (NEW.number, NEW.year, NEW.serial, NEW.reason, NEW.basis, NEW.note, NEW.amount_fen, NEW.proposed_by_id,
         NEW.proposed_at, NEW.decided_by_id, NEW.decided_at)
    ) THEN
        RAISE EXCEPTION 'recovery % was confirmed and is not rewritten', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state IN ('proposed', 'open') AND (TG_OP = 'INSERT' OR OLD.state = 'proposed')
       AND NEW.amount_fen > kept_by_claim(NEW.claim_id) THEN
        RAISE EXCEPTION 'claim % has not kept so much', NEW.claim_id USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        RETURN NEW;
    END IF;
    received := received_of_case(NEW.id);
    -- The first plan at its confirmation, a later one when two people have made it: it says when the rest is due.
    IF NEW.state = 'open' AND (OLD.state = 'proposed' OR OLD.plan_no <> NEW.plan_no) THEN
        SELECT coalesce(sum(amount_fen), 0) INTO planned FROM subsidies_recoveryinstalment
        WHERE case_id = NEW.id AND plan_no = NEW.plan_no;
        IF NEW.planned_from_fen <> received OR planned + received <> NEW.amount_fen THEN
            RAISE EXCEPTION 'the instalments of recovery % add up to % and not to what is open', NEW.id, planned
                USING ERRCODE = 'check_violation';
        END IF;
    ELSIF OLD.planned_from_fen <> NEW.planned_from_fen THEN
        RAISE EXCEPTION 'recovery % keeps its plan', NEW.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state = 'proposed' AND NEW.state = 'open' THEN
        PERFORM pg_advisory_xact_lock(hashtext('subsidies_recoverycase'), NEW.year);
        IF NEW.serial <> 1 + (SELECT coalesce(max(serial), 0) FROM subsidies_recoverycase WHERE year = NEW.year) THEN
            RAISE EXCEPTION 'recoveries of % are numbered without a gap', NEW.year USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    IF NEW.state = 'recovered' AND received <> NEW.amount_fen
       OR NEW.state = 'dropped' AND OLD.state = 'open' AND EXISTS (
            SELECT FROM subsidies_recoveryreceipt WHERE case_id = NEW.id AND state <> 'declined')
       OR NEW.state = 'written_off' AND OLD.state = 'open' AND EXISTS (
            SELECT FROM subsidies_recoveryreceipt WHERE case_id = NEW.id AND state = 'taken')
       OR NEW.state = 'returned' AND OLD.state = 'open' AND NOT EXISTS (
            SELECT FROM subsidies_payoutline WHERE claim_id = NEW.claim_id AND state = 'returned')
    THEN
        RAISE EXCEPTION 'recovery % may not end as %', NEW.id, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    -- What two people have to decide first, by the step that says so.
    IF EXISTS (
        SELECT FROM (VALUES
            (OLD.plan_no <> NEW.plan_no, 'replan'),
            (OLD.handed_over_at IS DISTINCT FROM NEW.handed_over_at, 'hand_over'),
            (OLD.state = 'open' AND NEW.state = 'written_off', 'write_off'),
            (OLD.state = 'open' AND NEW.state = 'dropped', 'drop'),
            (NEW.surplus_fen < OLD.surplus_fen, 'refund')
        ) needed (is_needed, by_step)
        WHERE is_needed AND NOT EXISTS (
            SELECT FROM subsidies_recoverystep s
            WHERE s.case_id = NEW.id AND s.state = 'approved' AND s.kind = by_step
              AND (by_step <> 'replan' OR s.plan_no = NEW.plan_no))
    ) THEN
        RAISE EXCEPTION 'recovery % takes two people for this', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER recoveries_go_step_by_step BEFORE INSERT OR UPDATE ON subsidies_recoverycase
    FOR EACH ROW EXECUTE FUNCTION recovery_guard();
CREATE OR REPLACE TRIGGER recoveries_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_recoverycase
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A plan is written before it is decided on, and not after.
CREATE OR REPLACE FUNCTION instalment_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    the_case bigint := CASE TG_OP WHEN 'DELETE' THEN OLD.case_id ELSE NEW.case_id END;
    the_plan int := CASE TG_OP WHEN 'DELETE' THEN OLD.plan_no ELSE NEW.plan_no END;
BEGIN
    IF TG_OP = 'UPDATE' OR NOT (
        the_plan = 0 AND EXISTS (SELECT FROM subsidies_recoverycase WHERE id = the_case AND state = 'proposed')
        OR TG_OP = 'INSERT' AND EXISTS (
            SELECT FROM subsidies_recoverystep WHERE case_id = the_case AND state = 'proposed' AND plan_no = the_plan)
    ) THEN
        RAISE EXCEPTION 'the plan of recovery % is changed by two people, by a new plan', the_case
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE OR REPLACE TRIGGER plans_are_not_rewritten BEFORE INSERT OR UPDATE OR DELETE ON subsidies_recoveryinstalment
    FOR EACH ROW EXECUTE FUNCTION instalment_guard();
CREATE OR REPLACE TRIGGER plans_are_not_emptied BEFORE TRUNCATE ON subsidies_recoveryinstalment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A receipt is taken down for a case that is open, numbered on, never beyond the demand; decided once, as it was taken down.
CREATE OR REPLACE FUNCTION receipt_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    the_case subsidies_recoverycase%ROWTYPE;
BEGIN
    SELECT * INTO the_case FROM subsidies_recoverycase WHERE id = NEW.case_id FOR NO KEY UPDATE;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'taken' OR the_case.state <> 'open' THEN
            RAISE EXCEPTION 'recovery % is % and takes no receipt', NEW.case_id, the_case.state USING ERRCODE = 'check_violation';
        ELSIF NEW.no <> 1 + (SELECT coalesce(max(no), 0) FROM subsidies_recoveryreceipt WHERE case_id = NEW.case_id)
              OR NEW.number <> the_case.number || '-' || NEW.no THEN
            RAISE EXCEPTION 'receipts of recovery % are numbered without a gap', NEW.case_id USING ERRCODE = 'check_violation';
        ELSIF NEW.amount_fen + (
            SELECT coalesce(sum(amount_fen), 0) FROM subsidies_recoveryreceipt
            WHERE case_id = NEW.case_id AND state <> 'declined'
        ) > the_case.amount_fen THEN
            RAISE EXCEPTION 'recovery % does not demand so much', NEW.case_id USING ERRCODE = 'check_violation';
        ELSIF NEW.set_off_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM subsidies_claim other JOIN subsidies_claim own ON own.id = the_case.claim_id
            WHERE other.id = NEW.set_off_id AND other.owner_id = own.owner_id AND other.scheme_id = own.scheme_id
              AND other.state = 'approved' AND other.amount_fen = NEW.amount_fen AND other.approved_by_id <> NEW.taken_by_id
        ) THEN
            RAISE EXCEPTION 'what is set off is an approved claim of the same owner, whole' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF OLD.state <> 'taken' OR NEW.state = 'taken'
          OR (OLD.case_id, OLD.no, OLD.number, OLD.way, OLD.amount_fen, OLD.received_on, OLD.voucher, OLD.note, OLD.set_off_id,
              OLD.taken_by_id, OLD.taken_at)
             IS DISTINCT FROM
             (NEW.case_id, NEW.no, NEW.number, NEW.way, NEW.amount_fen, NEW.received_on, NEW.voucher, NEW.note, NEW.set_off_id,
              NEW.taken_by_id, NEW.taken_at) THEN
        RAISE EXCEPTION 'receipt % is decided once and never changed', OLD.number USING ERRCODE = 'restrict_violation';
    ELSIF NEW.state = 'confirmed' AND the_case.state <> 'open' THEN
        RAISE EXCEPTION 'recovery % is % and takes no receipt', NEW.case_id, the_case.state USING ERRCODE = 'check_violation';
    ELSIF NEW.state = 'confirmed' AND EXISTS (
        SELECT FROM subsidies_claim WHERE id = NEW.set_off_id AND approved_by_id = NEW.decided_by_id
    ) THEN
        RAISE EXCEPTION 'whoever approved a claim does not confirm that it is set off' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER receipts_are_decided_once BEFORE INSERT OR UPDATE ON subsidies_recoveryreceipt
    FOR EACH ROW EXECUTE FUNCTION receipt_guard();
CREATE OR REPLACE TRIGGER receipts_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_recoveryreceipt
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE OR REPLACE FUNCTION recovery_step_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' OR NOT EXISTS (
            SELECT FROM subsidies_recoverycase
            WHERE id = NEW.case_id AND CASE NEW.kind WHEN 'refund' THEN surplus_fen > 0 ELSE state = 'open' END
        ) THEN
            RAISE EXCEPTION 'a step is proposed in a recovery that goes on' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF OLD.state <> 'proposed' OR NEW.state = 'proposed'
          OR (OLD.case_id, OLD.kind, OLD.plan_no, OLD.reference, OLD.note, OLD.proposed_by_id, OLD.proposed_at)
             IS DISTINCT FROM
             (NEW.case_id, NEW.kind, NEW.plan_no, NEW.reference, NEW.note, NEW.proposed_by_id, NEW.proposed_at) THEN
        RAISE EXCEPTION 'step % is decided once and never changed', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER steps_are_decided_once BEFORE INSERT OR UPDATE ON subsidies_recoverystep
    FOR EACH ROW EXECUTE FUNCTION recovery_step_guard();
CREATE OR REPLACE TRIGGER steps_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_recoverystep
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER reminders_are_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON subsidies_recoveryreminder
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A claim is being recovered, and is not any more, by its case alone.
CREATE OR REPLACE FUNCTION claim_follows_recovery() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM (SELECT state FROM subsidies_recoverycase WHERE claim_id = NEW.id ORDER BY id DESC LIMIT 1) latest
        WHERE (latest.state, NEW.state) IN (
            ('open', 'recovering'), ('recovered', 'recovered'), ('recovered', 'paid'), ('returned', 'recovered'),
            ('returned', 'paid'), ('dropped', 'paid'), ('written_off', 'written_off'))
    ) THEN
        RAISE EXCEPTION 'claim % becomes % by its recovery alone', NEW.id, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER recovered_claims_have_a_case BEFORE UPDATE OF state ON subsidies_claim FOR EACH ROW
    WHEN ((NEW.state = 'recovering' AND OLD.state IN ('paid', 'written_off'))
          OR (OLD.state = 'recovering' AND NEW.state = ANY ('{recovered,paid,written_off}')))
    EXECUTE FUNCTION claim_follows_recovery();
