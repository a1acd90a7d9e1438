-- A shop answers what is asked and still open, about its own record; what it said stands.

CREATE OR REPLACE FUNCTION shop_answers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM subsidies_hold h JOIN subsidies_claim c ON c.id = h.claim_id
        JOIN ebikes_tradein t ON t.id = c.trade_in_id
        JOIN merchants_membership m ON m.merchant_id = t.merchant_id AND m.user_id = NEW.by_id
        WHERE h.id = NEW.hold_id AND h.kind = 'inquiry' AND h.cleared_at IS NULL
    ) THEN
        RAISE EXCEPTION 'nothing is asked of % by hold %', NEW.by_id, NEW.hold_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER shops_answer_what_is_asked BEFORE INSERT ON subsidies_shopanswer
    FOR EACH ROW EXECUTE FUNCTION shop_answers();
CREATE OR REPLACE TRIGGER shop_answers_are_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON subsidies_shopanswer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
