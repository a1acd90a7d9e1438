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
SELECT audit_table('merchants_samplinglot', 'merchants.samplinglot');
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
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'inspection % is concluded: it is kept', OLD.id USING ERRCODE = 'restrict_violation';
    ELSIF told('ebikes.acting')->>'verb' = 'rotate_keys'
          AND to_jsonb(OLD) - '{inspectors,faulty}'::text[] = to_jsonb(NEW) - '{inspectors,faulty}'::text[] THEN
        RETURN NEW; -- who inspected is sealed by another key
    ELSIF (OLD.id, OLD.merchant_id, OLD.inspected_on, OLD.inspectors, OLD.uncertified, OLD.beyond_scope, OLD.modified,
           OLD.trademark, OLD.price_marking, OLD.price_gouging, OLD.conclusion, OLD.rectify_by)
          IS DISTINCT FROM
          (NEW.id, NEW.merchant_id, NEW.inspected_on, NEW.inspectors, NEW.uncertified, NEW.beyond_scope, NEW.modified,
           NEW.trademark, NEW.price_marking, NEW.price_gouging, NEW.conclusion, NEW.rectify_by) THEN
        RAISE EXCEPTION 'inspection % is concluded: what was found stands', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER concluded_inspections_stand BEFORE UPDATE OR DELETE ON merchants_inspection FOR EACH ROW
    WHEN (OLD.conclusion <> '') EXECUTE FUNCTION inspection_stands();

-- An authorisation that was withdrawn is history: neither an import nor anybody else opens it again.
CREATE OR REPLACE FUNCTION withdrawal_stands() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'authorisation % was withdrawn: it stands as it is', OLD.id USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE TRIGGER withdrawn_authorisations_stand BEFORE UPDATE OR DELETE ON merchants_agentauthorization FOR EACH ROW
    WHEN (OLD.withdrawn_at IS NOT NULL) EXECUTE FUNCTION withdrawal_stands();
""",
    "sql/deleted.sql": r"""-- What the application deletes from: what a register's file made and is taken back, and who took part in what.
SELECT application_deletes('merchants_merchant');
SELECT application_deletes('merchants_agentpoint');
SELECT application_deletes('merchants_agentauthorization');
SELECT application_deletes('merchants_training_attended_by');
SELECT application_deletes('merchants_tradeinevent_merchants');
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
SELECT processes_write('merchants_merchant', 'trade_in_enabled_on', inserts => false);
""",
    "sql/auditors.sql": r"""-- What the auditor's own login reads of shops: businesses, and what was found in them.

SELECT auditors_read('merchants_merchant');
SELECT auditors_read('merchants_agentpoint');
SELECT auditors_read('merchants_agentauthorization');
SELECT auditors_read('merchants_inspection');
SELECT auditors_read('merchants_publicity', but => '{note}');
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
DROP TRIGGER IF EXISTS audited_insert ON merchants_samplinglot;
DROP TRIGGER IF EXISTS audited_update ON merchants_samplinglot;
DROP TRIGGER IF EXISTS audited_delete ON merchants_samplinglot;
DROP TRIGGER IF EXISTS truncate_is_refused ON merchants_samplinglot;
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
DROP TRIGGER IF EXISTS withdrawn_authorisations_stand ON merchants_agentauthorization;
DROP FUNCTION IF EXISTS inspection_stands CASCADE;
DROP FUNCTION IF EXISTS withdrawal_stands CASCADE;
""",
    "sql/deleted.sql": r"""REVOKE DELETE ON merchants_merchant FROM ebike_app;
REVOKE DELETE ON merchants_agentpoint FROM ebike_app;
REVOKE DELETE ON merchants_agentauthorization FROM ebike_app;
REVOKE DELETE ON merchants_training_attended_by FROM ebike_app;
REVOKE DELETE ON merchants_tradeinevent_merchants FROM ebike_app;
""",
    "team/sql/team.sql": r"""DROP TRIGGER IF EXISTS members_are_no_staff ON merchants_membership;
DROP TRIGGER IF EXISTS staff_are_no_members ON core_user;
DROP TRIGGER IF EXISTS invitations_take_two ON merchants_invitation;
DROP TRIGGER IF EXISTS confirmed_by_id_may ON merchants_invitation;
DROP TRIGGER IF EXISTS confirmed_by_id_may_now ON merchants_invitation;
DROP FUNCTION IF EXISTS staff_belong_to_no_shop CASCADE;
DROP FUNCTION IF EXISTS invitation_takes_two CASCADE;
""",
    "sql/auditors.sql": r"""REVOKE ALL ON merchants_merchant FROM ebike_auditor;
REVOKE ALL ON merchants_agentpoint FROM ebike_auditor;
REVOKE ALL ON merchants_agentauthorization FROM ebike_auditor;
REVOKE ALL ON merchants_inspection FROM ebike_auditor;
REVOKE ALL ON merchants_publicity FROM ebike_auditor;
""",
}


class Migration(migrations.Migration):
    dependencies: ClassVar = [("merchants", "0001_initial"), ("core", "0002_guards")]
    operations: ClassVar = [
        migrations.RunSQL([DROPPED.get(path, "") + text], [BACKWARDS[path]]) for path, text in FROZEN.items()
    ]
