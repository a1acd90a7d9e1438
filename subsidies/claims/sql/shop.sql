-- From the moment that money is set aside for a claim, the shop's owner (负责人) withdraws it or has it paid elsewhere: no clerk does.
CREATE OR REPLACE FUNCTION refuse_clerk() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    who bigint := CASE TG_TABLE_NAME WHEN 'subsidies_payeechange' THEN (to_jsonb(NEW)->>'by_id')::bigint
                       ELSE (SELECT by_id FROM audit_origin()) END;
    which bigint := CASE TG_TABLE_NAME WHEN 'subsidies_payeechange' THEN (to_jsonb(NEW)->>'claim_id')::bigint ELSE NEW.id END;
BEGIN
    IF EXISTS (SELECT FROM merchants_membership WHERE user_id = who AND role = 'clerk')
       AND EXISTS (SELECT FROM subsidies_claim WHERE id = which AND state IN
           ('settled', 'on_notice', 'objected', 'approved', 'in_payout', 'payout_failed', 'payout_unknown')) THEN
        RAISE EXCEPTION 'money is set aside for claim %: that is for the owner of the shop', which USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER owners_withdraw BEFORE UPDATE OF state ON subsidies_claim FOR EACH ROW
    WHEN (NEW.state = 'cancelled' AND OLD.state <> 'cancelled') EXECUTE FUNCTION refuse_clerk();
CREATE OR REPLACE TRIGGER owners_have_it_paid_elsewhere BEFORE INSERT ON subsidies_payeechange
    FOR EACH ROW EXECUTE FUNCTION refuse_clerk();
-- A shop's people say why they withdraw something; a correction says what takes its place.
CREATE OR REPLACE FUNCTION refuse_unexplained() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF coalesce(told('ebikes.acting')->>'note', '') !~ '\S'
       AND EXISTS (SELECT FROM merchants_membership WHERE user_id = (SELECT by_id FROM audit_origin())) THEN
        RAISE EXCEPTION 'claim % is withdrawn by its shop without a reason', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER shops_say_why BEFORE UPDATE OF state ON subsidies_claim FOR EACH ROW
    WHEN (NEW.state = 'cancelled' AND OLD.state <> 'cancelled') EXECUTE FUNCTION refuse_unexplained();
