"""What the database itself refuses and writes down, as it was when this was made. Written by `makeguards`."""

from typing import ClassVar

from django.db import migrations

# The files as they were: the next migration of this kind begins here.
FROZEN = {
    "sql/audited.sql": r"""-- Which tables of shops and their people are audited: one line each.

SELECT audit_table('merchants_membership', 'merchants.membership', ignored => '{seen_event_id}',
                   part_of => 'core.user', of_column => 'user_id');
SELECT audit_table('merchants_invitation', 'merchants.invitation', ignored => '{token_hash}');
SELECT audit_table('merchants_merchant', 'merchants.merchant', ignored => '{content_index}');
SELECT audit_table('merchants_agentpoint', 'merchants.agentpoint');
SELECT audit_table('merchants_agentauthorization', 'merchants.agentauthorization', ignored => '{content_index}',
                   part_of => 'merchants.agentpoint', of_column => 'agent_point_id');
SELECT audit_table('merchants_commitmentletter', 'merchants.commitmentletter',
                   part_of => 'merchants.merchant', of_column => 'merchant_id');
SELECT audit_table('merchants_training', 'merchants.training');
SELECT audit_table('merchants_training_attended_by', 'merchants.training_attended_by',
                   part_of => 'merchants.training', of_column => 'training_id');
SELECT audit_table('merchants_inspection', 'merchants.inspection');
SELECT audit_table('merchants_inspectionphoto', 'merchants.inspectionphoto',
                   part_of => 'merchants.inspection', of_column => 'inspection_id');
SELECT audit_table('merchants_inspectiontask', 'merchants.inspectiontask',
                   part_of => 'merchants.merchant', of_column => 'merchant_id');
SELECT audit_table('merchants_samplinglot', 'merchants.samplinglot');
SELECT audit_table('merchants_lotreport', 'merchants.lotreport',
                   part_of => 'merchants.samplinglot', of_column => 'lot_id');
SELECT audit_table('merchants_samplingplan', 'merchants.samplingplan');
SELECT audit_table('merchants_plannedcategory', 'merchants.plannedcategory',
                   part_of => 'merchants.samplingplan', of_column => 'plan_id');
SELECT audit_table('merchants_correctionorder', 'merchants.correctionorder');
SELECT audit_table('merchants_enforcementcase', 'merchants.enforcementcase');
SELECT audit_table('merchants_tradeinevent', 'merchants.tradeinevent');
SELECT audit_table('merchants_tradeinevent_merchants', 'merchants.tradeinevent_merchants',
                   part_of => 'merchants.tradeinevent', of_column => 'tradeinevent_id');
SELECT audit_table('merchants_publicity', 'merchants.publicity', sealed => '{proof}');
""",
    "sql/sessions.sql": r"""-- A place in a shop that is given, changed or taken ends its person's sessions, as a role of the staff does.
CREATE OR REPLACE TRIGGER place_ends_sessions AFTER INSERT OR DELETE OR UPDATE OF user_id, merchant_id, role
    ON merchants_membership FOR EACH ROW EXECUTE FUNCTION end_sessions_of_holder();
""",
    "supervision/sql/guards.sql": r"""-- A concluded inspection stands as it is: putting right and notes are added, nothing that was found is changed or lost.

CREATE OR REPLACE FUNCTION inspection_stands() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    free text[] := '{rectified_on,note,faulty}'; -- `faulty` is reckoned afterwards
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'inspection % is concluded: it is kept', OLD.id USING ERRCODE = 'restrict_violation';
    ELSIF told('ebikes.acting')->>'verb' = 'rotate_keys' THEN
        free := '{inspectors,signer,faulty}'; -- who inspected and who signed is sealed by another key
    END IF;
    IF to_jsonb(OLD) - free <> to_jsonb(NEW) - free THEN
        RAISE EXCEPTION 'inspection % is concluded: what was found stands', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER concluded_inspections_stand BEFORE UPDATE OR DELETE ON merchants_inspection FOR EACH ROW
    WHEN (OLD.conclusion <> '') EXECUTE FUNCTION inspection_stands();

-- A visit stays one of its shop, begun by whom and when it was; another look is one at faults of the same shop.
CREATE OR REPLACE FUNCTION visit_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.way, OLD.recheck_of_id, OLD.begun_at, OLD.begun_by_id)
       IS DISTINCT FROM (NEW.way, NEW.recheck_of_id, NEW.begun_at, NEW.begun_by_id)
       OR TG_OP = 'UPDATE' AND OLD.way = 'shop' AND OLD.merchant_id <> NEW.merchant_id THEN
        RAISE EXCEPTION 'inspection % stays as it was begun', OLD.id USING ERRCODE = 'restrict_violation';
    ELSIF TG_OP = 'INSERT' AND NEW.recheck_of_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM merchants_inspection
        WHERE id = NEW.recheck_of_id AND merchant_id = NEW.merchant_id AND faulty AND conclusion <> ''
    ) THEN
        RAISE EXCEPTION 'what is looked at again are faults that were found in the same shop' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER visits_stay_as_begun BEFORE INSERT OR UPDATE ON merchants_inspection
    FOR EACH ROW EXECUTE FUNCTION visit_guard();

-- Whoever changes what the shop signed, or refused to sign, takes that off: the shop signs what is written.
CREATE OR REPLACE FUNCTION signed_visit_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    free text[] := '{signed_at,signer,signature,refusal,latitude,longitude,accuracy_m,located_at,conclusion,concluded_at,'
                   'concluded_by_id,rectify_by,rectified_on,faulty}'; -- `faulty` is reckoned afterwards
BEGIN
    IF told('ebikes.acting')->>'verb' = 'rotate_keys' THEN
        free := free || '{inspectors}'::text[];
    END IF;
    IF to_jsonb(OLD) - free <> to_jsonb(NEW) - free THEN
        RAISE EXCEPTION 'inspection % is signed: what was signed stands under the signature', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER what_was_signed_stands BEFORE UPDATE ON merchants_inspection FOR EACH ROW
    WHEN (OLD.conclusion = '' AND OLD.signed_at IS NOT NULL AND NEW.signed_at = OLD.signed_at)
    EXECUTE FUNCTION signed_visit_guard();

-- Photos are added, or taken away again, while the visit goes on; never after.
CREATE OR REPLACE FUNCTION visit_photo_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    visit bigint := CASE TG_OP WHEN 'DELETE' THEN OLD.inspection_id ELSE NEW.inspection_id END;
BEGIN
    IF TG_OP = 'UPDATE' OR EXISTS (SELECT FROM merchants_inspection WHERE id = visit AND conclusion <> '') THEN
        RAISE EXCEPTION 'the photos of inspection % stand', visit USING ERRCODE = 'restrict_violation';
    ELSIF TG_OP = 'DELETE' AND EXISTS (SELECT FROM merchants_inspection WHERE id = visit AND signed_at >= OLD.added_at) THEN
        RAISE EXCEPTION 'the shop has signed inspection % with this photo', visit USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE OR REPLACE TRIGGER visit_photos_stand BEFORE INSERT OR UPDATE OR DELETE ON merchants_inspectionphoto
    FOR EACH ROW EXECUTE FUNCTION visit_photo_guard();

-- An authorisation that was withdrawn is history: neither an import nor anybody else opens it again.
CREATE OR REPLACE FUNCTION withdrawal_stands() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'authorisation % was withdrawn: it stands as it is', OLD.id USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE TRIGGER withdrawn_authorisations_stand BEFORE UPDATE OR DELETE ON merchants_agentauthorization FOR EACH ROW
    WHEN (OLD.withdrawn_at IS NOT NULL) EXECUTE FUNCTION withdrawal_stands();
""",
    "supervision/sql/tasks.sql": r"""-- A visit that was asked for stands as it was asked, and ends once.

CREATE OR REPLACE FUNCTION task_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'open' THEN
            RAISE EXCEPTION 'an inspection is asked for before it is made' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF OLD.state <> 'open'
          OR (OLD.merchant_id, OLD.why, OLD.due_on, OLD.asked_by_id, OLD.asked_at)
             IS DISTINCT FROM (NEW.merchant_id, NEW.why, NEW.due_on, NEW.asked_by_id, NEW.asked_at) THEN
        RAISE EXCEPTION 'task % stands as it was asked, and ends once', OLD.id USING ERRCODE = 'restrict_violation';
    ELSIF NEW.state = 'done' AND NOT EXISTS (
        SELECT FROM merchants_inspection WHERE id = NEW.inspection_id AND merchant_id = NEW.merchant_id AND conclusion <> ''
    ) THEN
        RAISE EXCEPTION 'task % is done by a concluded inspection of its shop', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER tasks_end_once BEFORE INSERT OR UPDATE ON merchants_inspectiontask
    FOR EACH ROW EXECUTE FUNCTION task_guard();
""",
    "supervision/sql/sampling.sql": r"""-- A laboratory's report stands as it was sent.

CREATE OR REPLACE FUNCTION report_stands() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'a report is only added' USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE TRIGGER reports_are_only_added BEFORE UPDATE OR DELETE ON merchants_lotreport
    FOR EACH ROW EXECUTE FUNCTION report_stands();
""",
    "enforcement/sql/enforcement.sql": r"""-- What binds a shop takes two people who may; a signed letter has a number without a gap and stands; it ends by another look.

CREATE OR REPLACE FUNCTION order_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    was merchants_inspection%ROWTYPE;
    again merchants_inspection%ROWTYPE;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'order % is kept', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    SELECT * INTO was FROM merchants_inspection WHERE id = NEW.inspection_id;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' OR was.conclusion <> 'rectify' OR was.rectified_on IS NOT NULL THEN
            RAISE EXCEPTION 'an order begins as a proposal, for faults that are to be put right' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    ELSIF (OLD.state, NEW.state) NOT IN (
        ('proposed', 'declined'), ('proposed', 'issued'), ('issued', 'issued'), ('issued', 'closed'), ('issued', 'escalated')
    ) THEN
        RAISE EXCEPTION 'order % is %', OLD.id, OLD.state USING ERRCODE = 'restrict_violation';
    ELSIF (OLD.inspection_id, OLD.demands, OLD.basis, OLD.due_on, OLD.proposed_by_id, OLD.proposed_at)
          IS DISTINCT FROM
          (NEW.inspection_id, NEW.demands, NEW.basis, NEW.due_on, NEW.proposed_by_id, NEW.proposed_at)
          OR OLD.state = 'issued' AND
          ((OLD.number, OLD.year, OLD.serial, OLD.decided_by_id, OLD.decided_at)
           IS DISTINCT FROM (NEW.number, NEW.year, NEW.serial, NEW.decided_by_id, NEW.decided_at)
           OR OLD.served_on IS NOT NULL AND (OLD.served_on, OLD.served_how) IS DISTINCT FROM (NEW.served_on, NEW.served_how)) THEN
        RAISE EXCEPTION 'order % stands as it was proposed and signed', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state = 'proposed' AND NEW.state = 'issued' THEN
        PERFORM pg_advisory_xact_lock(hashtext('merchants_correctionorder'), NEW.year);
        IF NEW.serial <> 1 + (SELECT coalesce(max(serial), 0) FROM merchants_correctionorder WHERE year = NEW.year) THEN
            RAISE EXCEPTION 'orders of % are numbered without a gap', NEW.year USING ERRCODE = 'check_violation';
        END IF;
    ELSIF NEW.state = 'closed' THEN
        SELECT * INTO again FROM merchants_inspection WHERE id = NEW.recheck_id;
        IF again.recheck_of_id IS DISTINCT FROM NEW.inspection_id OR again.conclusion IN ('', 'unseen')
           OR was.uncertified = 'fault' AND again.uncertified <> 'ok' OR was.beyond_scope = 'fault' AND again.beyond_scope <> 'ok'
           OR was.modified = 'fault' AND again.modified <> 'ok' OR was.trademark = 'fault' AND again.trademark <> 'ok'
           OR was.price_marking = 'fault' AND again.price_marking <> 'ok'
           OR was.price_gouging = 'fault' AND again.price_gouging <> 'ok' THEN
            RAISE EXCEPTION 'order % is closed by another look that finds everything put right', OLD.id
                USING ERRCODE = 'check_violation';
        END IF;
    ELSIF NEW.state = 'escalated' AND NOT EXISTS (
        SELECT FROM merchants_enforcementcase WHERE order_id = NEW.id AND state = 'open'
    ) THEN
        RAISE EXCEPTION 'order % is escalated by a case that was handed over', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER orders_go_step_by_step BEFORE INSERT OR UPDATE OR DELETE ON merchants_correctionorder
    FOR EACH ROW EXECUTE FUNCTION order_guard();

-- While a letter waits to be followed, nobody writes by hand that everything was put right.
CREATE OR REPLACE FUNCTION put_right_by_another_look() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM merchants_correctionorder WHERE inspection_id = NEW.id AND state = 'issued') THEN
        RAISE EXCEPTION 'inspection % was followed by an order: it is put right by another look', NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER orders_are_followed BEFORE UPDATE OF rectified_on ON merchants_inspection FOR EACH ROW
    WHEN (OLD.rectified_on IS DISTINCT FROM NEW.rectified_on) EXECUTE FUNCTION put_right_by_another_look();

CREATE OR REPLACE FUNCTION enforcement_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'case % is kept', OLD.id USING ERRCODE = 'restrict_violation';
    ELSIF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' OR NOT EXISTS (
            SELECT FROM merchants_inspection i WHERE i.id = NEW.inspection_id AND i.merchant_id = NEW.merchant_id
              AND i.faulty AND i.conclusion <> ''
            UNION ALL
            SELECT FROM merchants_samplinglot l WHERE l.id = NEW.lot_id AND l.merchant_id = NEW.merchant_id AND l.result = 'failed'
        ) OR NEW.order_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM merchants_correctionorder WHERE id = NEW.order_id AND inspection_id = NEW.inspection_id AND state = 'issued'
        ) THEN
            RAISE EXCEPTION 'a case begins as a proposal, with what was found in that shop' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    ELSIF (OLD.state, NEW.state) NOT IN (
        ('proposed', 'declined'), ('proposed', 'open'), ('open', 'outcome'), ('outcome', 'open'), ('outcome', 'closed')
    ) OR (OLD.merchant_id, OLD.inspection_id, OLD.order_id, OLD.lot_id, OLD.facts, OLD.handed_to, OLD.proposed_by_id,
          OLD.proposed_at)
         IS DISTINCT FROM
         (NEW.merchant_id, NEW.inspection_id, NEW.order_id, NEW.lot_id, NEW.facts, NEW.handed_to, NEW.proposed_by_id,
          NEW.proposed_at)
      OR OLD.state <> 'proposed' AND (OLD.number, OLD.decided_by_id, OLD.decided_at)
         IS DISTINCT FROM (NEW.number, NEW.decided_by_id, NEW.decided_at)
      OR NEW.state = 'closed' AND (OLD.outcome, OLD.fine_fen, OLD.forfeited_fen, OLD.goods, OLD.decision_no, OLD.decided_on,
                                   OLD.outcome_by_id)
         IS DISTINCT FROM (NEW.outcome, NEW.fine_fen, NEW.forfeited_fen, NEW.goods, NEW.decision_no, NEW.decided_on,
                           NEW.outcome_by_id) THEN
        RAISE EXCEPTION 'case % is %, and stands as it was written down', OLD.id, OLD.state USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER cases_go_step_by_step BEFORE INSERT OR UPDATE OR DELETE ON merchants_enforcementcase
    FOR EACH ROW EXECUTE FUNCTION enforcement_guard();

SELECT decided_by_whoever_may('merchants_correctionorder', 'proposed_by_id', '{merchants.add_correctionorder}');
SELECT decided_by_whoever_may('merchants_correctionorder', 'decided_by_id', '{merchants.change_correctionorder}', 'proposed_by_id');
SELECT decided_by_whoever_may('merchants_enforcementcase', 'proposed_by_id', '{merchants.add_enforcementcase}');
SELECT decided_by_whoever_may('merchants_enforcementcase', 'decided_by_id', '{merchants.change_enforcementcase}', 'proposed_by_id');
SELECT decided_by_whoever_may('merchants_enforcementcase', 'outcome_by_id', '{merchants.add_enforcementcase}');
SELECT decided_by_whoever_may('merchants_enforcementcase', 'closed_by_id', '{merchants.change_enforcementcase}');
""",
    "sql/deleted.sql": r"""-- What the application deletes from: what a register's file made and is taken back, who took part in what, and photos of
-- a visit that say nothing.
SELECT application_deletes('merchants_merchant');
SELECT application_deletes('merchants_agentpoint');
SELECT application_deletes('merchants_agentauthorization');
SELECT application_deletes('merchants_training_attended_by');
SELECT application_deletes('merchants_tradeinevent_merchants');
SELECT application_deletes('merchants_inspectionphoto');
""",
    "team/sql/team.sql": r"""-- Whoever decides about money belongs to no shop, and a shop's people decide about none.
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
""",
    "sql/auditors.sql": r"""-- What the auditor's own login reads of shops: businesses, and what was found in them.

SELECT auditors_read('merchants_merchant');
SELECT auditors_read('merchants_agentpoint');
SELECT auditors_read('merchants_agentauthorization');
SELECT auditors_read('merchants_inspection');
SELECT auditors_read('merchants_inspectiontask');
SELECT auditors_read('merchants_correctionorder');
SELECT auditors_read('merchants_enforcementcase', but => '{facts}');
SELECT auditors_read('merchants_publicity', but => '{note}');
""",
    "sql/districts.sql": r"""-- Shops and points lie in one district, and so does all that hangs on them.
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
""",
}
# What they do not make any more.
DROPPED = {}
BACKWARDS = {
    "sql/audited.sql": r"""DROP TRIGGER IF EXISTS audited_insert ON merchants_membership;
DROP TRIGGER IF EXISTS audited_update ON merchants_membership;
DROP TRIGGER IF EXISTS audited_delete ON merchants_membership;
DROP TRIGGER IF EXISTS truncate_is_refused ON merchants_membership;
DROP TRIGGER IF EXISTS audited_insert ON merchants_invitation;
DROP TRIGGER IF EXISTS audited_update ON merchants_invitation;
DROP TRIGGER IF EXISTS audited_delete ON merchants_invitation;
DROP TRIGGER IF EXISTS truncate_is_refused ON merchants_invitation;
DROP TRIGGER IF EXISTS audited_insert ON merchants_merchant;
DROP TRIGGER IF EXISTS audited_update ON merchants_merchant;
DROP TRIGGER IF EXISTS audited_delete ON merchants_merchant;
DROP TRIGGER IF EXISTS truncate_is_refused ON merchants_merchant;
DROP TRIGGER IF EXISTS audited_insert ON merchants_agentpoint;
DROP TRIGGER IF EXISTS audited_update ON merchants_agentpoint;
DROP TRIGGER IF EXISTS audited_delete ON merchants_agentpoint;
DROP TRIGGER IF EXISTS truncate_is_refused ON merchants_agentpoint;
DROP TRIGGER IF EXISTS audited_insert ON merchants_agentauthorization;
DROP TRIGGER IF EXISTS audited_update ON merchants_agentauthorization;
DROP TRIGGER IF EXISTS audited_delete ON merchants_agentauthorization;
DROP TRIGGER IF EXISTS truncate_is_refused ON merchants_agentauthorization;
DROP TRIGGER IF EXISTS audited_insert ON merchants_commitmentletter;
DROP TRIGGER IF EXISTS audited_update ON merchants_commitmentletter;
DROP TRIGGER IF EXISTS audited_delete ON merchants_commitmentletter;
DROP TRIGGER IF EXISTS truncate_is_refused ON merchants_commitmentletter;
DROP TRIGGER IF EXISTS audited_insert ON merchants_training;
DROP TRIGGER IF EXISTS audited_update ON merchants_training;
DROP TRIGGER IF EXISTS audited_delete ON merchants_training;
DROP TRIGGER IF EXISTS truncate_is_refused ON merchants_training;
DROP TRIGGER IF EXISTS audited_insert ON merchants_training_attended_by;
DROP TRIGGER IF EXISTS audited_update ON merchants_training_attended_by;
DROP TRIGGER IF EXISTS audited_delete ON merchants_training_attended_by;
DROP TRIGGER IF EXISTS truncate_is_refused ON merchants_training_attended_by;
DROP TRIGGER IF EXISTS audited_insert ON merchants_inspection;
DROP TRIGGER IF EXISTS audited_update ON merchants_inspection;
DROP TRIGGER IF EXISTS audited_delete ON merchants_inspection;
DROP TRIGGER IF EXISTS truncate_is_refused ON merchants_inspection;
DROP TRIGGER IF EXISTS audited_insert ON merchants_inspectionphoto;
DROP TRIGGER IF EXISTS audited_update ON merchants_inspectionphoto;
DROP TRIGGER IF EXISTS audited_delete ON merchants_inspectionphoto;
DROP TRIGGER IF EXISTS truncate_is_refused ON merchants_inspectionphoto;
DROP TRIGGER IF EXISTS audited_insert ON merchants_inspectiontask;
DROP TRIGGER IF EXISTS audited_update ON merchants_inspectiontask;
DROP TRIGGER IF EXISTS audited_delete ON merchants_inspectiontask;
DROP TRIGGER IF EXISTS truncate_is_refused ON merchants_inspectiontask;
DROP TRIGGER IF EXISTS audited_insert ON merchants_samplinglot;
DROP TRIGGER IF EXISTS audited_update ON merchants_samplinglot;
DROP TRIGGER IF EXISTS audited_delete ON merchants_samplinglot;
DROP TRIGGER IF EXISTS truncate_is_refused ON merchants_samplinglot;
DROP TRIGGER IF EXISTS audited_insert ON merchants_lotreport;
DROP TRIGGER IF EXISTS audited_update ON merchants_lotreport;
DROP TRIGGER IF EXISTS audited_delete ON merchants_lotreport;
DROP TRIGGER IF EXISTS truncate_is_refused ON merchants_lotreport;
DROP TRIGGER IF EXISTS audited_insert ON merchants_samplingplan;
DROP TRIGGER IF EXISTS audited_update ON merchants_samplingplan;
DROP TRIGGER IF EXISTS audited_delete ON merchants_samplingplan;
DROP TRIGGER IF EXISTS truncate_is_refused ON merchants_samplingplan;
DROP TRIGGER IF EXISTS audited_insert ON merchants_plannedcategory;
DROP TRIGGER IF EXISTS audited_update ON merchants_plannedcategory;
DROP TRIGGER IF EXISTS audited_delete ON merchants_plannedcategory;
DROP TRIGGER IF EXISTS truncate_is_refused ON merchants_plannedcategory;
DROP TRIGGER IF EXISTS audited_insert ON merchants_correctionorder;
DROP TRIGGER IF EXISTS audited_update ON merchants_correctionorder;
DROP TRIGGER IF EXISTS audited_delete ON merchants_correctionorder;
DROP TRIGGER IF EXISTS truncate_is_refused ON merchants_correctionorder;
DROP TRIGGER IF EXISTS audited_insert ON merchants_enforcementcase;
DROP TRIGGER IF EXISTS audited_update ON merchants_enforcementcase;
DROP TRIGGER IF EXISTS audited_delete ON merchants_enforcementcase;
DROP TRIGGER IF EXISTS truncate_is_refused ON merchants_enforcementcase;
DROP TRIGGER IF EXISTS audited_insert ON merchants_tradeinevent;
DROP TRIGGER IF EXISTS audited_update ON merchants_tradeinevent;
DROP TRIGGER IF EXISTS audited_delete ON merchants_tradeinevent;
DROP TRIGGER IF EXISTS truncate_is_refused ON merchants_tradeinevent;
DROP TRIGGER IF EXISTS audited_insert ON merchants_tradeinevent_merchants;
DROP TRIGGER IF EXISTS audited_update ON merchants_tradeinevent_merchants;
DROP TRIGGER IF EXISTS audited_delete ON merchants_tradeinevent_merchants;
DROP TRIGGER IF EXISTS truncate_is_refused ON merchants_tradeinevent_merchants;
DROP TRIGGER IF EXISTS audited_insert ON merchants_publicity;
DROP TRIGGER IF EXISTS audited_update ON merchants_publicity;
DROP TRIGGER IF EXISTS audited_delete ON merchants_publicity;
DROP TRIGGER IF EXISTS truncate_is_refused ON merchants_publicity;
""",
    "sql/sessions.sql": r"""DROP TRIGGER IF EXISTS place_ends_sessions ON merchants_membership;
""",
    "supervision/sql/guards.sql": r"""DROP TRIGGER IF EXISTS concluded_inspections_stand ON merchants_inspection;
DROP TRIGGER IF EXISTS visits_stay_as_begun ON merchants_inspection;
DROP TRIGGER IF EXISTS what_was_signed_stands ON merchants_inspection;
DROP TRIGGER IF EXISTS visit_photos_stand ON merchants_inspectionphoto;
DROP TRIGGER IF EXISTS withdrawn_authorisations_stand ON merchants_agentauthorization;
DROP FUNCTION IF EXISTS inspection_stands CASCADE;
DROP FUNCTION IF EXISTS visit_guard CASCADE;
DROP FUNCTION IF EXISTS signed_visit_guard CASCADE;
DROP FUNCTION IF EXISTS visit_photo_guard CASCADE;
DROP FUNCTION IF EXISTS withdrawal_stands CASCADE;
""",
    "supervision/sql/tasks.sql": r"""DROP TRIGGER IF EXISTS tasks_end_once ON merchants_inspectiontask;
DROP FUNCTION IF EXISTS task_guard CASCADE;
""",
    "supervision/sql/sampling.sql": r"""DROP TRIGGER IF EXISTS reports_are_only_added ON merchants_lotreport;
DROP FUNCTION IF EXISTS report_stands CASCADE;
""",
    "enforcement/sql/enforcement.sql": r"""DROP TRIGGER IF EXISTS orders_go_step_by_step ON merchants_correctionorder;
DROP TRIGGER IF EXISTS orders_are_followed ON merchants_inspection;
DROP TRIGGER IF EXISTS cases_go_step_by_step ON merchants_enforcementcase;
DROP TRIGGER IF EXISTS proposed_by_id_may ON merchants_correctionorder;
DROP TRIGGER IF EXISTS proposed_by_id_may_now ON merchants_correctionorder;
DROP TRIGGER IF EXISTS decided_by_id_may ON merchants_correctionorder;
DROP TRIGGER IF EXISTS decided_by_id_may_now ON merchants_correctionorder;
DROP TRIGGER IF EXISTS proposed_by_id_may ON merchants_enforcementcase;
DROP TRIGGER IF EXISTS proposed_by_id_may_now ON merchants_enforcementcase;
DROP TRIGGER IF EXISTS decided_by_id_may ON merchants_enforcementcase;
DROP TRIGGER IF EXISTS decided_by_id_may_now ON merchants_enforcementcase;
DROP TRIGGER IF EXISTS outcome_by_id_may ON merchants_enforcementcase;
DROP TRIGGER IF EXISTS outcome_by_id_may_now ON merchants_enforcementcase;
DROP TRIGGER IF EXISTS closed_by_id_may ON merchants_enforcementcase;
DROP TRIGGER IF EXISTS closed_by_id_may_now ON merchants_enforcementcase;
DROP FUNCTION IF EXISTS order_guard CASCADE;
DROP FUNCTION IF EXISTS put_right_by_another_look CASCADE;
DROP FUNCTION IF EXISTS enforcement_guard CASCADE;
""",
    "sql/deleted.sql": r"""REVOKE DELETE ON merchants_merchant FROM ebike_app;
REVOKE DELETE ON merchants_agentpoint FROM ebike_app;
REVOKE DELETE ON merchants_agentauthorization FROM ebike_app;
REVOKE DELETE ON merchants_training_attended_by FROM ebike_app;
REVOKE DELETE ON merchants_tradeinevent_merchants FROM ebike_app;
REVOKE DELETE ON merchants_inspectionphoto FROM ebike_app;
""",
    "team/sql/team.sql": r"""DROP TRIGGER IF EXISTS members_are_no_staff ON merchants_membership;
DROP TRIGGER IF EXISTS staff_are_no_members ON core_user;
DROP TRIGGER IF EXISTS invitations_take_two ON merchants_invitation;
DROP TRIGGER IF EXISTS earlier_days_take_two ON merchants_merchant;
DROP TRIGGER IF EXISTS confirmed_by_id_may ON merchants_invitation;
DROP TRIGGER IF EXISTS confirmed_by_id_may_now ON merchants_invitation;
DROP FUNCTION IF EXISTS staff_belong_to_no_shop CASCADE;
DROP FUNCTION IF EXISTS invitation_takes_two CASCADE;
DROP FUNCTION IF EXISTS earlier_takes_two CASCADE;
""",
    "sql/auditors.sql": r"""REVOKE ALL ON merchants_merchant FROM ebike_auditor;
REVOKE ALL ON merchants_agentpoint FROM ebike_auditor;
REVOKE ALL ON merchants_agentauthorization FROM ebike_auditor;
REVOKE ALL ON merchants_inspection FROM ebike_auditor;
REVOKE ALL ON merchants_inspectiontask FROM ebike_auditor;
REVOKE ALL ON merchants_correctionorder FROM ebike_auditor;
REVOKE ALL ON merchants_enforcementcase FROM ebike_auditor;
REVOKE ALL ON merchants_publicity FROM ebike_auditor;
""",
    "sql/districts.sql": r"""DROP TRIGGER IF EXISTS a_member_is_of_the_shops_district ON merchants_membership;
DROP POLICY IF EXISTS of_the_readers_districts ON merchants_merchant;
DROP POLICY IF EXISTS of_every_district ON merchants_merchant;
DROP POLICY IF EXISTS of_every_reader ON merchants_merchant;
ALTER TABLE merchants_merchant DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON merchants_agentpoint;
DROP POLICY IF EXISTS of_every_district ON merchants_agentpoint;
DROP POLICY IF EXISTS of_every_reader ON merchants_agentpoint;
ALTER TABLE merchants_agentpoint DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON merchants_agentauthorization;
DROP POLICY IF EXISTS of_every_district ON merchants_agentauthorization;
DROP POLICY IF EXISTS of_every_reader ON merchants_agentauthorization;
ALTER TABLE merchants_agentauthorization DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON merchants_commitmentletter;
DROP POLICY IF EXISTS of_every_district ON merchants_commitmentletter;
DROP POLICY IF EXISTS of_every_reader ON merchants_commitmentletter;
ALTER TABLE merchants_commitmentletter DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON merchants_membership;
DROP POLICY IF EXISTS of_every_district ON merchants_membership;
DROP POLICY IF EXISTS of_every_reader ON merchants_membership;
ALTER TABLE merchants_membership DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON merchants_invitation;
DROP POLICY IF EXISTS of_every_district ON merchants_invitation;
DROP POLICY IF EXISTS of_every_reader ON merchants_invitation;
ALTER TABLE merchants_invitation DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON merchants_inspection;
DROP POLICY IF EXISTS of_every_district ON merchants_inspection;
DROP POLICY IF EXISTS of_every_reader ON merchants_inspection;
ALTER TABLE merchants_inspection DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON merchants_inspectionphoto;
DROP POLICY IF EXISTS of_every_district ON merchants_inspectionphoto;
DROP POLICY IF EXISTS of_every_reader ON merchants_inspectionphoto;
ALTER TABLE merchants_inspectionphoto DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON merchants_inspectiontask;
DROP POLICY IF EXISTS of_every_district ON merchants_inspectiontask;
DROP POLICY IF EXISTS of_every_reader ON merchants_inspectiontask;
ALTER TABLE merchants_inspectiontask DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON merchants_correctionorder;
DROP POLICY IF EXISTS of_every_district ON merchants_correctionorder;
DROP POLICY IF EXISTS of_every_reader ON merchants_correctionorder;
ALTER TABLE merchants_correctionorder DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON merchants_enforcementcase;
DROP POLICY IF EXISTS of_every_district ON merchants_enforcementcase;
DROP POLICY IF EXISTS of_every_reader ON merchants_enforcementcase;
ALTER TABLE merchants_enforcementcase DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON merchants_samplingplan;
DROP POLICY IF EXISTS of_every_district ON merchants_samplingplan;
DROP POLICY IF EXISTS of_every_reader ON merchants_samplingplan;
ALTER TABLE merchants_samplingplan DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON merchants_plannedcategory;
DROP POLICY IF EXISTS of_every_district ON merchants_plannedcategory;
DROP POLICY IF EXISTS of_every_reader ON merchants_plannedcategory;
ALTER TABLE merchants_plannedcategory DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON merchants_samplinglot;
DROP POLICY IF EXISTS of_every_district ON merchants_samplinglot;
DROP POLICY IF EXISTS of_every_reader ON merchants_samplinglot;
ALTER TABLE merchants_samplinglot DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON merchants_lotreport;
DROP POLICY IF EXISTS of_every_district ON merchants_lotreport;
DROP POLICY IF EXISTS of_every_reader ON merchants_lotreport;
ALTER TABLE merchants_lotreport DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON merchants_publicity;
DROP POLICY IF EXISTS of_every_district ON merchants_publicity;
DROP POLICY IF EXISTS of_every_reader ON merchants_publicity;
ALTER TABLE merchants_publicity DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON merchants_tradeinevent;
DROP POLICY IF EXISTS of_every_district ON merchants_tradeinevent;
DROP POLICY IF EXISTS of_every_reader ON merchants_tradeinevent;
ALTER TABLE merchants_tradeinevent DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON merchants_tradeinevent_merchants;
DROP POLICY IF EXISTS of_every_district ON merchants_tradeinevent_merchants;
DROP POLICY IF EXISTS of_every_reader ON merchants_tradeinevent_merchants;
ALTER TABLE merchants_tradeinevent_merchants DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON merchants_training;
DROP POLICY IF EXISTS of_every_district ON merchants_training;
DROP POLICY IF EXISTS of_every_reader ON merchants_training;
ALTER TABLE merchants_training DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON merchants_training_attended_by;
DROP POLICY IF EXISTS of_every_district ON merchants_training_attended_by;
DROP POLICY IF EXISTS of_every_reader ON merchants_training_attended_by;
ALTER TABLE merchants_training_attended_by DISABLE ROW LEVEL SECURITY;
DROP TRIGGER IF EXISTS a_district_is_filled_in ON merchants_merchant;
DROP TRIGGER IF EXISTS a_district_stays ON merchants_merchant;
DROP TRIGGER IF EXISTS a_district_is_filled_in ON merchants_agentpoint;
DROP TRIGGER IF EXISTS a_district_stays ON merchants_agentpoint;
DROP TRIGGER IF EXISTS a_district_is_filled_in ON merchants_inspection;
DROP TRIGGER IF EXISTS a_district_stays ON merchants_inspection;
DROP TRIGGER IF EXISTS a_district_is_filled_in ON merchants_correctionorder;
DROP TRIGGER IF EXISTS a_district_stays ON merchants_correctionorder;
DROP TRIGGER IF EXISTS a_district_is_filled_in ON merchants_enforcementcase;
DROP TRIGGER IF EXISTS a_district_stays ON merchants_enforcementcase;
DROP TRIGGER IF EXISTS a_district_is_filled_in ON merchants_samplingplan;
DROP TRIGGER IF EXISTS a_district_stays ON merchants_samplingplan;
DROP TRIGGER IF EXISTS a_district_is_filled_in ON merchants_samplinglot;
DROP TRIGGER IF EXISTS a_district_stays ON merchants_samplinglot;
DROP TRIGGER IF EXISTS a_district_is_filled_in ON merchants_publicity;
DROP TRIGGER IF EXISTS a_district_stays ON merchants_publicity;
DROP TRIGGER IF EXISTS a_district_is_filled_in ON merchants_tradeinevent;
DROP TRIGGER IF EXISTS a_district_stays ON merchants_tradeinevent;
DROP TRIGGER IF EXISTS a_district_is_filled_in ON merchants_training;
DROP TRIGGER IF EXISTS a_district_stays ON merchants_training;
DROP TRIGGER IF EXISTS merchant_id_is_of_the_district ON merchants_agentpoint;
DROP TRIGGER IF EXISTS merchant_id_is_of_the_district_when_made ON merchants_agentpoint;
DROP TRIGGER IF EXISTS merchant_id_is_of_the_district ON merchants_inspection;
DROP TRIGGER IF EXISTS merchant_id_is_of_the_district_when_made ON merchants_inspection;
DROP TRIGGER IF EXISTS inspection_id_is_of_the_district ON merchants_correctionorder;
DROP TRIGGER IF EXISTS inspection_id_is_of_the_district_when_made ON merchants_correctionorder;
DROP TRIGGER IF EXISTS merchant_id_is_of_the_district ON merchants_enforcementcase;
DROP TRIGGER IF EXISTS merchant_id_is_of_the_district_when_made ON merchants_enforcementcase;
DROP TRIGGER IF EXISTS merchant_id_is_of_the_district ON merchants_samplinglot;
DROP TRIGGER IF EXISTS merchant_id_is_of_the_district_when_made ON merchants_samplinglot;
DROP FUNCTION IF EXISTS member_is_of_the_district CASCADE;
""",
}


class Migration(migrations.Migration):
    dependencies: ClassVar = [("merchants", "0001_initial"), ("core", "0002_guards")]
    operations: ClassVar = [
        migrations.RunSQL([DROPPED.get(path, "") + text], [BACKWARDS[path]]) for path, text in FROZEN.items()
    ]
