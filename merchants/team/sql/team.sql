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
SELECT processes_write('merchants_merchant', 'trade_in_enabled_on', inserts => false);
