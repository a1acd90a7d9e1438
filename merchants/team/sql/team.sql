-- Whoever decides about money belongs to no shop, and a shop's people decide about none.
CREATE OR REPLACE FUNCTION staff_belong_to_no_shop() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    who bigint := CASE WHEN TG_TABLE_NAME = 'core_user' THEN (to_jsonb(NEW)->>'id')::bigint
                       ELSE (to_jsonb(NEW)->>'user_id')::bigint END;
BEGIN
    -- One after the other: of the two at once the second sees the first.
    PERFORM FROM core_user WHERE id = who FOR NO KEY UPDATE;
    IF EXISTS (SELECT FROM core_user WHERE id = who AND is_staff)
       AND EXISTS (SELECT FROM merchants_membership WHERE user_id = who) THEN
        RAISE EXCEPTION 'person % cannot be staff and belong to a shop', who USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER members_are_no_staff AFTER INSERT OR UPDATE OF user_id ON merchants_membership
    FOR EACH ROW EXECUTE FUNCTION staff_belong_to_no_shop();
CREATE OR REPLACE TRIGGER staff_are_no_members AFTER UPDATE OF is_staff ON core_user FOR EACH ROW
    WHEN (NEW.is_staff AND NOT OLD.is_staff) EXECUTE FUNCTION staff_belong_to_no_shop();
SELECT processes_write('merchants_membership', 'user_id, merchant_id, role');

-- What one of the staff invites to, another has confirmed before somebody comes in.
CREATE OR REPLACE FUNCTION invitation_takes_two() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.accepted_at IS NOT NULL AND NEW.confirmed_at IS NULL
       AND EXISTS (SELECT FROM core_user WHERE id = NEW.invited_by_id AND is_staff) THEN
        RAISE EXCEPTION 'invitation % waits for a second person', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER invitations_take_two BEFORE INSERT OR UPDATE ON merchants_invitation
    FOR EACH ROW EXECUTE FUNCTION invitation_takes_two();
SELECT decided_by_whoever_may('merchants_invitation', 'confirmed_by_id', '{merchants.add_invitation}');
SELECT processes_write('merchants_invitation');
SELECT processes_write('merchants_merchant', 'trade_in_enabled_on, earlier_on, earlier_by_id', inserts => false);

-- That a shop took part earlier, on a day that has passed, two people say: one after the other, or by a file.
CREATE OR REPLACE FUNCTION earlier_takes_two() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    origin record;
BEGIN
    SELECT * INTO origin FROM audit_origin();
    IF NEW.earlier_on IS NOT NULL AND (NEW.earlier_on, NEW.earlier_by_id) IS DISTINCT FROM (OLD.earlier_on, OLD.earlier_by_id)
       AND NEW.earlier_by_id IS DISTINCT FROM origin.by_id THEN
        RAISE EXCEPTION 'a day for merchant % is said in one''s own name', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.trade_in_enabled_on < (now() AT TIME ZONE 'Asia/Shanghai')::date
       AND (OLD.trade_in_enabled_on IS NULL OR NEW.trade_in_enabled_on < OLD.trade_in_enabled_on)
       AND origin.verb <> 'confirm_import'
       AND (OLD.earlier_on = NEW.trade_in_enabled_on AND OLD.earlier_by_id <> origin.by_id) IS NOT TRUE THEN
        RAISE EXCEPTION 'that merchant % took part before today takes two people', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER earlier_days_take_two BEFORE UPDATE OF trade_in_enabled_on, earlier_on, earlier_by_id ON merchants_merchant
    FOR EACH ROW EXECUTE FUNCTION earlier_takes_two();
