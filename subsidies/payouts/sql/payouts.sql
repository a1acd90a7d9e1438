-- Approver, maker and releaser are three people, and what was ordered stays as ordered.

CREATE OR REPLACE FUNCTION payout_line_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    the_claim subsidies_claim%ROWTYPE;
    the_batch subsidies_payoutbatch%ROWTYPE;
BEGIN
    SELECT * INTO the_batch FROM subsidies_payoutbatch WHERE id = NEW.batch_id;
    IF TG_OP = 'INSERT' THEN
        SELECT * INTO the_claim FROM subsidies_claim WHERE id = NEW.claim_id;
        IF the_batch.state <> 'draft' OR NEW.state <> 'ready' THEN
            RAISE EXCEPTION 'lines are only added to a draft batch' USING ERRCODE = 'check_violation';
        ELSIF the_claim.scheme_id <> the_batch.scheme_id OR the_claim.amount_fen <> NEW.amount_fen THEN
            RAISE EXCEPTION 'a line pays its claim''s own amount from its own scheme' USING ERRCODE = 'check_violation';
        ELSIF the_claim.state <> 'approved' THEN
            RAISE EXCEPTION 'claim % is % and not approved', the_claim.id, the_claim.state
                USING ERRCODE = 'check_violation';
        ELSIF the_claim.approved_by_id = the_batch.made_by_id THEN
            RAISE EXCEPTION 'whoever approved claim % cannot make its payout', the_claim.id
                USING ERRCODE = 'check_violation';
        END IF;
    ELSIF (OLD.batch_id, OLD.claim_id, OLD.request_no, OLD.amount_fen, OLD.payee_name, OLD.payee_wallet,
           OLD.payee_phone, OLD.payee_operator)
          IS DISTINCT FROM (NEW.batch_id, NEW.claim_id, NEW.request_no, NEW.amount_fen, NEW.payee_name,
           NEW.payee_wallet, NEW.payee_phone, NEW.payee_operator) THEN
        RAISE EXCEPTION 'payout line % is an order and cannot be rewritten', OLD.request_no
            USING ERRCODE = 'restrict_violation';
    ELSIF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('ready', 'unknown'), ('ready', 'discarded'), ('unknown', 'success'), ('unknown', 'failed')
    ) THEN
        RAISE EXCEPTION 'payout line % may not move from % to %', OLD.request_no, OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    ELSIF OLD.state = 'ready' AND (NEW.state, the_batch.state) NOT IN (
        ('ready', 'draft'), ('ready', 'released'), ('unknown', 'released'), ('discarded', 'draft')
    ) THEN
        RAISE EXCEPTION 'payout line % of a % batch may not become %', OLD.request_no, the_batch.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER payout_lines_are_orders BEFORE INSERT OR UPDATE ON subsidies_payoutline
    FOR EACH ROW EXECUTE FUNCTION payout_line_guard();

CREATE OR REPLACE FUNCTION payout_batch_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.scheme_id, OLD.request_no, OLD.made_by_id) IS DISTINCT FROM (NEW.scheme_id, NEW.request_no, NEW.made_by_id)
       OR (OLD.released_by_id IS NOT NULL AND OLD.released_by_id IS DISTINCT FROM NEW.released_by_id) THEN
        RAISE EXCEPTION 'payout batch % is an order and cannot be rewritten', OLD.request_no
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('draft', 'released'), ('draft', 'discarded'), ('released', 'finished')
    ) THEN
        RAISE EXCEPTION 'payout batch % may not move from % to %', OLD.request_no, OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state = 'released' AND OLD.state = 'draft' AND EXISTS (
        SELECT FROM subsidies_payoutline l JOIN subsidies_claim c ON c.id = l.claim_id
        WHERE l.batch_id = NEW.id AND c.approved_by_id = NEW.released_by_id
    ) THEN
        RAISE EXCEPTION 'whoever approved a claim cannot release its payout' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER payout_batches_are_orders BEFORE UPDATE ON subsidies_payoutbatch
    FOR EACH ROW EXECUTE FUNCTION payout_batch_guard();
CREATE OR REPLACE TRIGGER payout_batches_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_payoutbatch
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER payout_lines_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_payoutline
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE OR REPLACE TRIGGER payee_changes_are_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON subsidies_payeechange
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
