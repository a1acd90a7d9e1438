-- Shops and points lie in one district, and so does all that hangs on them.
SELECT fills_district('merchants_merchant');
SELECT of_district('merchants_merchant');
SELECT fills_district('merchants_agentpoint', 'SELECT district_id FROM merchants_merchant WHERE id = ($1).merchant_id');
SELECT same_district('merchants_agentpoint', 'merchant_id', 'merchants_merchant');
SELECT of_district('merchants_agentpoint');
SELECT of_parent('merchants_agentauthorization', 'agent_point_id', 'merchants_agentpoint');
SELECT of_parent('merchants_commitmentletter', 'merchant_id', 'merchants_merchant');
SELECT of_parent('merchants_membership', 'merchant_id', 'merchants_merchant');
SELECT of_parent('merchants_invitation', 'merchant_id', 'merchants_merchant');

SELECT fills_district('merchants_inspection', 'SELECT district_id FROM merchants_merchant WHERE id = ($1).merchant_id');
SELECT same_district('merchants_inspection', 'merchant_id', 'merchants_merchant');
SELECT of_district('merchants_inspection');
SELECT of_parent('merchants_inspectionphoto', 'inspection_id', 'merchants_inspection');
SELECT of_parent('merchants_inspectiontask', 'merchant_id', 'merchants_merchant');
SELECT fills_district('merchants_correctionorder', 'SELECT district_id FROM merchants_inspection WHERE id = ($1).inspection_id');
SELECT same_district('merchants_correctionorder', 'inspection_id', 'merchants_inspection');
SELECT of_district('merchants_correctionorder');
SELECT fills_district('merchants_enforcementcase', 'SELECT district_id FROM merchants_merchant WHERE id = ($1).merchant_id');
SELECT same_district('merchants_enforcementcase', 'merchant_id', 'merchants_merchant');
SELECT of_district('merchants_enforcementcase');

-- Plans, lots, events and publicity are of whoever writes them down.
SELECT fills_district('merchants_samplingplan');
SELECT of_district('merchants_samplingplan');
SELECT of_parent('merchants_plannedcategory', 'plan_id', 'merchants_samplingplan');
SELECT fills_district('merchants_samplinglot');
SELECT same_district('merchants_samplinglot', 'merchant_id', 'merchants_merchant');
SELECT of_district('merchants_samplinglot');
SELECT of_parent('merchants_lotreport', 'lot_id', 'merchants_samplinglot');
SELECT fills_district('merchants_publicity');
SELECT of_district('merchants_publicity');
SELECT fills_district('merchants_tradeinevent');
SELECT of_district('merchants_tradeinevent');
SELECT of_parent('merchants_tradeinevent_merchants', 'tradeinevent_id', 'merchants_tradeinevent');
SELECT fills_district('merchants_training');
SELECT of_district('merchants_training');
SELECT of_parent('merchants_training_attended_by', 'training_id', 'merchants_training');

-- Whoever joins a shop is of its district, and of no other.
CREATE OR REPLACE FUNCTION member_is_of_the_district() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE core_user u SET district_id = m.district_id FROM merchants_merchant m
    WHERE u.id = NEW.user_id AND m.id = NEW.merchant_id AND u.district_id IS DISTINCT FROM m.district_id;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER a_member_is_of_the_shops_district AFTER INSERT OR UPDATE OF merchant_id ON merchants_membership
    FOR EACH ROW EXECUTE FUNCTION member_is_of_the_district();
