-- A scheme's stages say what its newest policy version says; a version follows the one before it; a proposal is decided once.

CREATE FUNCTION stage_terms(s subsidies_stage) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('no', s.no, 'starts_on', s.starts_on, 'ends_on', s.ends_on,
                              'amount_fen', s.amount_fen, 'cap_fen', s.cap_fen)
$$;

CREATE FUNCTION stage_follows_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    the_scheme bigint := CASE TG_OP WHEN 'DELETE' THEN OLD.scheme_id ELSE NEW.scheme_id END;
    newest subsidies_policyversion%ROWTYPE;
BEGIN
    SELECT * INTO newest FROM subsidies_policyversion WHERE scheme_id = the_scheme ORDER BY version DESC LIMIT 1;
    IF NOT FOUND THEN
        RETURN NULL;  -- the scheme is being set up: its first version comes after its stages
    END IF;
    IF TG_OP <> 'DELETE' THEN
        IF NOT newest.stages @> jsonb_build_array(stage_terms(NEW)) THEN
            RAISE EXCEPTION 'stage % is not what policy version % says', NEW.no, newest.version
                USING ERRCODE = 'restrict_violation';
        END IF;
    ELSIF newest.stages @> jsonb_build_array(jsonb_build_object('no', OLD.no)) THEN
        RAISE EXCEPTION 'policy version % has stage %', newest.version, OLD.no USING ERRCODE = 'restrict_violation';
    ELSIF EXISTS (
        SELECT FROM subsidies_claim c JOIN subsidies_policyversion p ON p.id = c.policy_id
        WHERE c.scheme_id = the_scheme AND c.live
          AND c.state IN ('received', 'checking', 'needs_correction', 'review', 'eligible', 'waitlisted')
          AND p.stages @> jsonb_build_array(jsonb_build_object('no', OLD.no))
    ) THEN
        RAISE EXCEPTION 'open claims may still come to stage %', OLD.no USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER stages_come_and_go_by_version AFTER INSERT OR DELETE ON subsidies_stage
    FOR EACH ROW EXECUTE FUNCTION stage_follows_version();
CREATE TRIGGER stages_change_by_version AFTER UPDATE ON subsidies_stage FOR EACH ROW
    WHEN ((OLD.starts_on, OLD.ends_on, OLD.amount_fen, OLD.cap_fen)
          IS DISTINCT FROM (NEW.starts_on, NEW.ends_on, NEW.amount_fen, NEW.cap_fen))
    EXECUTE FUNCTION stage_follows_version();

CREATE FUNCTION version_follows_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.version <> 1 + (
        SELECT count(*) FROM subsidies_policyversion WHERE scheme_id = NEW.scheme_id AND version <> NEW.version
    ) THEN
        RAISE EXCEPTION 'policy version % does not follow the one before it', NEW.version
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER policy_versions_follow_each_other AFTER INSERT ON subsidies_policyversion
    FOR EACH ROW EXECUTE FUNCTION version_follows_version();

-- At the end of its transaction the newest version is in force: the stages are its own, no more and no less.
CREATE FUNCTION version_is_in_force() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM subsidies_policyversion WHERE scheme_id = NEW.scheme_id AND version > NEW.version
    ) AND NEW.stages IS DISTINCT FROM (
        SELECT coalesce(jsonb_agg(stage_terms(s) ORDER BY s.no), '[]') FROM subsidies_stage s
        WHERE s.scheme_id = NEW.scheme_id
    ) THEN
        RAISE EXCEPTION 'the stages are not those of policy version %', NEW.version
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER policy_versions_are_put_in_force AFTER INSERT ON subsidies_policyversion
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION version_is_in_force();

CREATE FUNCTION scheme_change_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' THEN
            RAISE EXCEPTION 'a scheme change begins as a proposal' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF OLD.state <> 'proposed' OR NEW.state = 'proposed' THEN
        RAISE EXCEPTION 'scheme change % is decided once', OLD.id USING ERRCODE = 'restrict_violation';
    ELSIF (OLD.scheme_id, OLD.based_on, OLD.terms, OLD.budget_fen, OLD.ref, OLD.note, OLD.proposed_at, OLD.proposed_by_id)
          IS DISTINCT FROM (NEW.scheme_id, NEW.based_on, NEW.terms, NEW.budget_fen, NEW.ref, NEW.note,
                            NEW.proposed_at, NEW.proposed_by_id) THEN
        RAISE EXCEPTION 'scheme change % stays as it was proposed', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER scheme_changes_are_decided_once BEFORE INSERT OR UPDATE ON subsidies_schemechange
    FOR EACH ROW EXECUTE FUNCTION scheme_change_guard();
CREATE TRIGGER scheme_changes_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_schemechange
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- As in ledger.sql, and with `cut`: money that is taken out of the budget before anybody was promised it.
-- It looks up the new rows' claims by index, however its caller lets the planner join.
CREATE OR REPLACE FUNCTION ledger_appended() RETURNS trigger LANGUAGE plpgsql SET enable_nestloop = on AS $$
DECLARE
    the_scheme subsidies_scheme%ROWTYPE;
    added record;
BEGIN
    FOR added IN
        SELECT scheme_id, min(seq) AS first, max(seq) AS last, count(*) AS n,
               coalesce(sum(CASE kind WHEN 'fund' THEN amount_fen WHEN 'cut' THEN -amount_fen ELSE 0 END), 0) AS funded,
               coalesce(sum(CASE kind WHEN 'reserve' THEN amount_fen WHEN 'release' THEN -amount_fen
                                      WHEN 'pay' THEN -amount_fen ELSE 0 END), 0) AS reserved,
               coalesce(sum(CASE kind WHEN 'pay' THEN amount_fen WHEN 'return' THEN -amount_fen ELSE 0 END), 0) AS paid
        FROM new_rows GROUP BY scheme_id ORDER BY scheme_id
    LOOP
        SELECT * INTO STRICT the_scheme FROM subsidies_scheme WHERE id = added.scheme_id FOR NO KEY UPDATE;
        IF added.first <> the_scheme.ledger_seq + 1 OR added.n <> added.last - added.first + 1 THEN
            RAISE EXCEPTION 'ledger rows %..% do not follow row %', added.first, added.last, the_scheme.ledger_seq
                USING ERRCODE = 'check_violation';
        END IF;
        IF EXISTS (
            SELECT FROM (
                SELECT e.*, s.no AS stage_no, lag(e.hash, 1, the_scheme.ledger_head) OVER (ORDER BY e.seq) AS expected
                FROM new_rows e LEFT JOIN subsidies_stage s ON s.id = e.stage_id WHERE e.scheme_id = added.scheme_id
            ) c
            WHERE prev_hash <> expected OR hash <> sha256(prev_hash || convert_to(ledger_payload(
                the_scheme.code, seq, kind, stage_no, claim_id, amount_fen, at, by_id, ref), 'UTF8'))
        ) THEN
            RAISE EXCEPTION 'ledger rows %..% break the chain', added.first, added.last
                USING ERRCODE = 'check_violation';
        END IF;
        UPDATE subsidies_scheme
        SET funded_fen = funded_fen + added.funded, reserved_fen = reserved_fen + added.reserved,
            paid_fen = paid_fen + added.paid, ledger_seq = added.last,
            ledger_head = (SELECT hash FROM new_rows WHERE scheme_id = added.scheme_id AND seq = added.last)
        WHERE id = added.scheme_id;
    END LOOP;
    UPDATE subsidies_stage s
    SET reserved_fen = s.reserved_fen + d.reserved, paid_fen = s.paid_fen + d.paid
    FROM (
        SELECT stage_id,
               sum(CASE kind WHEN 'reserve' THEN amount_fen WHEN 'release' THEN -amount_fen
                             WHEN 'pay' THEN -amount_fen ELSE 0 END) AS reserved,
               sum(CASE kind WHEN 'pay' THEN amount_fen WHEN 'return' THEN -amount_fen ELSE 0 END) AS paid
        FROM new_rows WHERE stage_id IS NOT NULL GROUP BY stage_id
    ) d
    WHERE s.id = d.stage_id;

    -- A claim's money moves whole and once: reserved, then released or paid, then perhaps returned (that no step is taken
    -- twice is a unique index). Releasing what was never reserved would make room for an oversell that no sum can see.
    -- That the claim exists, in this scheme and stage, is seen here for all rows at once, in place of foreign keys.
    SELECT n.claim_id AS id INTO added
    FROM new_rows n LEFT JOIN subsidies_claim c ON c.id = n.claim_id
    WHERE n.kind NOT IN ('fund', 'cut') AND (
        (c.scheme_id, c.stage_id, c.amount_fen) IS DISTINCT FROM (n.scheme_id, n.stage_id, n.amount_fen)
        OR n.kind NOT IN ('reserve', 'release', 'pay', 'return')
        OR (n.kind <> 'reserve' AND NOT EXISTS (
                SELECT FROM subsidies_ledgerentry before WHERE before.claim_id = n.claim_id AND before.seq < n.seq
                AND before.kind = CASE n.kind WHEN 'return' THEN 'pay' ELSE 'reserve' END))
        OR (n.kind IN ('release', 'pay') AND EXISTS (
                SELECT FROM subsidies_ledgerentry other WHERE other.claim_id = n.claim_id
                AND other.kind IN ('release', 'pay') AND other.kind <> n.kind)))
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger rows of claim % are not its own money', added.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
