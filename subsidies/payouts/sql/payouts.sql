-- Approver, maker and releaser are three people, and what was ordered stays as ordered.

-- The blind index of what a claim is paid to: the newest change of its payee, else the record; a wallet before a phone.
CREATE OR REPLACE FUNCTION payee_of(the_claim bigint, the_record bigint) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT coalesce(wallet_index, phone_index) FROM (
        (SELECT wallet_index, phone_index FROM subsidies_payeechange WHERE claim_id = the_claim ORDER BY id DESC LIMIT 1)
        UNION ALL
        (SELECT wallet_index, phone_index FROM ebikes_tradein WHERE id = the_record)
    ) payee LIMIT 1
$$;
GRANT EXECUTE ON FUNCTION payee_of TO ebike_app;

CREATE OR REPLACE FUNCTION payout_line_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    the_claim subsidies_claim%ROWTYPE;
    the_batch subsidies_payoutbatch%ROWTYPE;
    besides subsidies_supplement%ROWTYPE;
    over bigint;
BEGIN
    SELECT * INTO the_batch FROM subsidies_payoutbatch WHERE id = NEW.batch_id;
    IF TG_OP = 'INSERT' THEN
        SELECT * INTO the_claim FROM subsidies_claim WHERE id = NEW.claim_id;
        IF the_batch.state <> 'draft' OR NEW.state <> 'ready' THEN
            RAISE EXCEPTION 'lines are only added to a draft batch' USING ERRCODE = 'check_violation';
        ELSIF NEW.supplement_id IS NOT NULL THEN
            SELECT * INTO besides FROM subsidies_supplement WHERE id = NEW.supplement_id;
            IF (besides.claim_id, besides.amount_fen, the_claim.scheme_id)
               IS DISTINCT FROM (NEW.claim_id, NEW.amount_fen, the_batch.scheme_id) THEN
                RAISE EXCEPTION 'a line pays its supplement''s own amount from its own scheme' USING ERRCODE = 'check_violation';
            ELSIF besides.state <> 'reserved' OR the_claim.state <> 'paid' THEN
                RAISE EXCEPTION 'supplement % is % and its claim %', besides.id, besides.state, the_claim.state
                    USING ERRCODE = 'check_violation';
            ELSIF the_batch.made_by_id IN (besides.proposed_by_id, besides.decided_by_id) THEN
                RAISE EXCEPTION 'whoever decided on supplement % cannot make its payout', besides.id
                    USING ERRCODE = 'check_violation';
            ELSIF EXISTS (SELECT FROM subsidies_hold WHERE claim_id = NEW.claim_id AND cleared_at IS NULL) THEN
                RAISE EXCEPTION 'claim % is held', NEW.claim_id USING ERRCODE = 'check_violation';
            END IF;
        ELSIF the_claim.scheme_id <> the_batch.scheme_id OR the_claim.amount_fen <> NEW.amount_fen THEN
            RAISE EXCEPTION 'a line pays its claim''s own amount from its own scheme' USING ERRCODE = 'check_violation';
        ELSIF the_claim.state <> 'approved' THEN
            RAISE EXCEPTION 'claim % is % and not approved', the_claim.id, the_claim.state
                USING ERRCODE = 'check_violation';
        ELSIF the_claim.approved_by_id = the_batch.made_by_id THEN
            RAISE EXCEPTION 'whoever approved claim % cannot make its payout', the_claim.id
                USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.payee_index IS DISTINCT FROM payee_of(the_claim.id, the_claim.trade_in_id) THEN
            RAISE EXCEPTION 'claim % is paid to its newest payee', the_claim.id USING ERRCODE = 'check_violation';
        END IF;
        -- What failed for the payee's sake is not sent to the same payee again.
        IF EXISTS (
            SELECT FROM subsidies_payoutline l
            WHERE l.claim_id = NEW.claim_id AND l.supplement_id IS NOT DISTINCT FROM NEW.supplement_id
              AND l.state IN ('failed', 'returned') AND l.fail_reason IN (
                'NO_WALLET', 'NAME_MISMATCH', 'PHONE_MISMATCH', 'WALLET_CLOSED', 'OPERATOR_MISMATCH', 'RETURNED')
              AND NOT EXISTS (
                SELECT FROM subsidies_payeechange p WHERE p.claim_id = l.claim_id AND p.at >= coalesce(l.returned_at, l.finished_at))
        ) THEN
            RAISE EXCEPTION 'the payment of claim % failed for its payee, which is the same', the_claim.id
                USING ERRCODE = 'check_violation';
        END IF;
        -- A next attempt exists only after the operator said for good that the last one failed or came back.
        SELECT count(*) INTO over FROM subsidies_payoutline
        WHERE claim_id = NEW.claim_id AND supplement_id IS NOT DISTINCT FROM NEW.supplement_id
          AND state IN ('failed', 'returned');
        IF NEW.attempt <> over + 1 THEN
            RAISE EXCEPTION 'claim % has % payments behind it, so this is not attempt %', the_claim.id, over, NEW.attempt
                USING ERRCODE = 'check_violation';
        END IF;
    ELSIF (OLD.batch_id, OLD.claim_id, OLD.supplement_id, OLD.request_no, OLD.attempt, OLD.amount_fen,
           OLD.payee_operator)
          IS DISTINCT FROM (NEW.batch_id, NEW.claim_id, NEW.supplement_id, NEW.request_no, NEW.attempt, NEW.amount_fen,
           NEW.payee_operator) THEN
        RAISE EXCEPTION 'payout line % is an order and cannot be rewritten', OLD.request_no
            USING ERRCODE = 'restrict_violation';
    ELSIF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('ready', 'unknown'), ('ready', 'discarded'), ('unknown', 'success'), ('unknown', 'failed'),
        ('unknown', 'discarded'), ('success', 'returned'), ('failed', 'success')
    ) THEN
        RAISE EXCEPTION 'payout line % may not move from % to %', OLD.request_no, OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    ELSIF OLD.state = 'ready' AND (NEW.state, the_batch.state) NOT IN (
        ('ready', 'draft'), ('ready', 'released'), ('unknown', 'released'), ('discarded', 'draft')
    ) THEN
        RAISE EXCEPTION 'payout line % of a % batch may not become %', OLD.request_no, the_batch.state, NEW.state
            USING ERRCODE = 'check_violation';
    ELSIF OLD.state = 'ready' AND NEW.state = 'unknown' AND EXISTS (SELECT FROM subsidies_payoutstop WHERE state = 'open') THEN
        RAISE EXCEPTION 'payouts are stopped: nothing leaves' USING ERRCODE = 'check_violation';
    ELSIF OLD.state = 'unknown' AND NEW.state IN ('success', 'failed') AND OLD.doubt IN ('contradiction', 'known', 'altered', 'unproved')
          AND NOT EXISTS (
              SELECT FROM subsidies_lineevidence
              WHERE line_id = NEW.id AND state = 'approved' AND outcome = NEW.state
          ) THEN
        RAISE EXCEPTION 'what became of payout line % takes evidence that two people accept', OLD.request_no
            USING ERRCODE = 'check_violation';
    ELSIF OLD.state = 'unknown' AND NEW.state IN ('success', 'failed') AND NOT EXISTS (
              SELECT FROM subsidies_operatoranswer WHERE batch_id = NEW.batch_id AND asked = 'queried' AND problem = ''
          ) AND NOT EXISTS (
              SELECT FROM subsidies_lineevidence
              WHERE line_id = NEW.id AND state = 'approved' AND outcome = NEW.state
          ) AND NOT EXISTS (SELECT FROM subsidies_operatorpayment WHERE number = NEW.request_no AND NEW.state = 'success') THEN
        -- That an answer is the operator's own its signature shows, which this database cannot read (`outcomes.py`).
        RAISE EXCEPTION 'what became of payout line % nobody has said', OLD.request_no USING ERRCODE = 'check_violation';
    ELSIF (OLD.state, NEW.state) = ('failed', 'success') AND NOT EXISTS (
              SELECT FROM subsidies_difference
              WHERE number = NEW.request_no AND state = 'signed' AND resolution = 'paid'
          ) THEN
        RAISE EXCEPTION 'payout line % failed: that it was paid after all takes two people', OLD.request_no
            USING ERRCODE = 'check_violation';
    ELSIF (OLD.state, NEW.state) = ('unknown', 'discarded') AND (the_batch.state <> 'rejected' OR OLD.doubt <> '') THEN
        RAISE EXCEPTION 'payout line % was sent: only what the operator declined is taken back', OLD.request_no
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER payout_lines_are_orders BEFORE INSERT OR UPDATE ON subsidies_payoutline
    FOR EACH ROW EXECUTE FUNCTION payout_line_guard();

CREATE OR REPLACE FUNCTION payout_batch_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (OLD.scheme_id, OLD.number, OLD.request_no, OLD.made_by_id, OLD.payer_wallet, OLD.payer_name)
       IS DISTINCT FROM (NEW.scheme_id, NEW.number, NEW.request_no, NEW.made_by_id, NEW.payer_wallet, NEW.payer_name)
       OR (OLD.released_by_id IS NOT NULL AND (OLD.released_by_id, OLD.seen) IS DISTINCT FROM (NEW.released_by_id, NEW.seen)) THEN
        RAISE EXCEPTION 'payout batch % is an order and cannot be rewritten', OLD.request_no
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('draft', 'released'), ('draft', 'discarded'), ('released', 'finished'), ('released', 'rejected'),
        ('rejected', 'discarded'), ('rejected', 'finished'), ('rejected', 'released')
    ) THEN
        RAISE EXCEPTION 'payout batch % may not move from % to %', OLD.request_no, OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state = 'released' AND OLD.state = 'draft' AND EXISTS (
        SELECT FROM subsidies_payoutline l
        JOIN subsidies_claim c ON c.id = l.claim_id
        LEFT JOIN subsidies_supplement s ON s.id = l.supplement_id
        WHERE l.batch_id = NEW.id AND NEW.released_by_id IN (c.approved_by_id, s.proposed_by_id, s.decided_by_id)
    ) THEN
        RAISE EXCEPTION 'whoever approved a claim cannot release its payout' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER payout_batches_are_orders BEFORE UPDATE ON subsidies_payoutbatch
    FOR EACH ROW EXECUTE FUNCTION payout_batch_guard();
CREATE OR REPLACE TRIGGER payout_batches_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_payoutbatch
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER payees_of_lines_are_only_sealed_anew BEFORE UPDATE ON subsidies_payoutline FOR EACH ROW
    WHEN ((OLD.payee_name, OLD.payee_wallet, OLD.payee_phone, OLD.payee_index)
          IS DISTINCT FROM (NEW.payee_name, NEW.payee_wallet, NEW.payee_phone, NEW.payee_index))
    EXECUTE FUNCTION only_sealed_anew('{payee_name,payee_wallet,payee_phone}', '{payee_index}');
CREATE OR REPLACE TRIGGER payout_lines_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_payoutline
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE OR REPLACE TRIGGER answers_of_the_operator_are_only_added BEFORE DELETE OR TRUNCATE ON subsidies_operatoranswer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER answers_of_the_operator_are_only_added_or_sealed_anew BEFORE UPDATE ON subsidies_operatoranswer
    FOR EACH ROW EXECUTE FUNCTION only_sealed_anew('{raw}', '{}');

CREATE OR REPLACE TRIGGER passes_are_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON subsidies_gatepass
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What was written down before this is seen by whoever reads now: a quarter of an hour is longer than any step of ours.
CREATE OR REPLACE FUNCTION seen_by_now() RETURNS timestamptz LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT greatest(audit_settled(), clock_timestamp() - interval '15 minutes')
$$;
GRANT EXECUTE ON FUNCTION seen_by_now TO ebike_app;

-- A stop begins open, is confirmed by one person and ended by another, each in a step of their own, on one reading of the book.
CREATE OR REPLACE FUNCTION stop_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'open' OR NEW.book_read_at IS NOT NULL OR NEW.first_by_id IS NOT NULL THEN
            RAISE EXCEPTION 'a stop begins open' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF OLD.state <> 'open' OR (OLD.why, OLD.begun_at, OLD.begun_by_id) IS DISTINCT FROM (NEW.why, NEW.begun_at, NEW.begun_by_id) THEN
        RAISE EXCEPTION 'stop % is never changed', OLD.id USING ERRCODE = 'restrict_violation';
    ELSIF (NEW.state = 'ended' OR NEW.first_by_id IS NOT NULL)
          AND (OLD.book_read_at IS NULL OR OLD.book_read_at IS DISTINCT FROM NEW.book_read_at)
       OR NEW.state = 'ended' AND (OLD.first_by_id IS NULL OR OLD.first_by_id IS DISTINCT FROM NEW.first_by_id) THEN
        RAISE EXCEPTION 'stop % is confirmed step by step, on one reading of the book', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER stops_go_step_by_step BEFORE INSERT OR UPDATE ON subsidies_payoutstop
    FOR EACH ROW EXECUTE FUNCTION stop_guard();
CREATE OR REPLACE TRIGGER payments_read_back_are_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON subsidies_operatorpayment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER stops_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_payoutstop
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Evidence is decided once, as it was proposed; an outcome that it does not carry is the operator's.
CREATE OR REPLACE FUNCTION evidence_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.state <> 'proposed' OR NEW.state = 'proposed'
       OR (OLD.line_id, OLD.outcome, OLD.statement_no, OLD.paid_at, OLD.fail_reason, OLD.note, OLD.proposed_by_id, OLD.proposed_at)
          IS DISTINCT FROM
          (NEW.line_id, NEW.outcome, NEW.statement_no, NEW.paid_at, NEW.fail_reason, NEW.note, NEW.proposed_by_id, NEW.proposed_at)
    THEN
        RAISE EXCEPTION 'evidence % is decided once and never changed', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION evidence_begins() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.state <> 'proposed' OR NOT EXISTS (
        SELECT FROM subsidies_payoutline WHERE id = NEW.line_id AND state = 'unknown'
    ) THEN
        RAISE EXCEPTION 'evidence is proposed for a payment whose outcome is unknown' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER evidence_is_proposed_first BEFORE INSERT ON subsidies_lineevidence
    FOR EACH ROW EXECUTE FUNCTION evidence_begins();
CREATE OR REPLACE TRIGGER evidence_is_only_decided BEFORE UPDATE ON subsidies_lineevidence
    FOR EACH ROW EXECUTE FUNCTION evidence_guard();
CREATE OR REPLACE TRIGGER evidence_is_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_lineevidence
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE OR REPLACE TRIGGER payee_changes_are_only_added BEFORE DELETE OR TRUNCATE ON subsidies_payeechange
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER payee_changes_are_only_added_or_sealed_anew BEFORE UPDATE ON subsidies_payeechange
    FOR EACH ROW EXECUTE FUNCTION only_sealed_anew('{phone,wallet_no}', '{phone_index,wallet_index}');

-- Blind indexes are of the key in force (core/privacy/sql/sealed.sql).
SELECT index_table('subsidies_payoutline', 'payee_index');
SELECT index_table('subsidies_payeechange', 'phone_index');
SELECT index_table('subsidies_payeechange', 'wallet_index');
