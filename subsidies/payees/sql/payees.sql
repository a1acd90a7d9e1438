-- A wallet that is not the owner's waits for a person; and of a payee that was changed the owner hears.

CREATE OR REPLACE FUNCTION hold_unmatched_payee() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO subsidies_hold (claim_id, kind, evidence, reasons, placed_at, cleared_reasons, note)
    VALUES (NEW.claim_id, 'name', jsonb_build_object('result', NEW.result), '{}', NEW.at, '{}', '')
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER unmatched_payees_are_held AFTER INSERT ON subsidies_payeecheck FOR EACH ROW
    WHEN (NEW.result <> 'match') EXECUTE FUNCTION hold_unmatched_payee();
CREATE OR REPLACE TRIGGER payee_checks_are_only_added BEFORE DELETE OR TRUNCATE ON subsidies_payeecheck
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER payee_checks_are_only_added_or_sealed_anew BEFORE UPDATE ON subsidies_payeecheck
    FOR EACH ROW EXECUTE FUNCTION only_sealed_anew('{}', '{payee_index}');

CREATE OR REPLACE FUNCTION owner_is_to_be_told() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO subsidies_ownernotice (claim_id, at, next_try_at) VALUES (NEW.claim_id, NEW.placed_at, NEW.placed_at);
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER owners_are_told_of_another_payee AFTER INSERT ON subsidies_hold FOR EACH ROW
    WHEN (NEW.kind = 'payee') EXECUTE FUNCTION owner_is_to_be_told();
CREATE OR REPLACE TRIGGER owner_notices_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_ownernotice
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Blind indexes are of the key in force (core/privacy/sql/sealed.sql).
SELECT index_table('subsidies_payeecheck', 'payee_index');
