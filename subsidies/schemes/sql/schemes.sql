-- A scheme's stages say what its newest policy version says; a version follows the one before it; a proposal is decided once.

CREATE OR REPLACE FUNCTION stage_terms(s subsidies_stage) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('no', s.no, 'starts_on', s.starts_on, 'ends_on', s.ends_on,
                              'amount_fen', s.amount_fen, 'cap_fen', s.cap_fen)
$$;

-- The scheme of a district that a completion on this local day belongs to, of those that two people opened: whose stage covers the
-- day; in a gap or after the last of them the one that had begun last; before the first of them that one. NULL where none is open.
CREATE OR REPLACE FUNCTION scheme_on(district int, day date) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT scheme_id FROM (
        SELECT s.scheme_id, min(s.starts_on) AS first, bool_or(day BETWEEN s.starts_on AND s.ends_on) AS covers
        FROM subsidies_stage s JOIN subsidies_scheme o ON o.id = s.scheme_id
        WHERE o.state <> 'draft' AND o.district_id = district
        GROUP BY s.scheme_id
    ) opened
    ORDER BY covers DESC, first <= day DESC, CASE WHEN first <= day THEN first END DESC, first, scheme_id LIMIT 1
$$;
GRANT EXECUTE ON FUNCTION scheme_on TO ebike_app;

-- No day belongs to two open schemes of a district. One at a time comes to this, so that of two approvals at once the second is refused.
CREATE OR REPLACE FUNCTION schemes_stand_apart() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.state <> 'approved' THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock(330108);
    IF EXISTS (
        SELECT FROM subsidies_stage mine JOIN subsidies_stage other
          ON other.scheme_id <> mine.scheme_id AND (mine.starts_on, mine.ends_on + 1) OVERLAPS (other.starts_on, other.ends_on + 1)
        JOIN subsidies_scheme o ON o.id = other.scheme_id
        JOIN subsidies_scheme m ON m.id = mine.scheme_id AND m.district_id = o.district_id
        WHERE mine.scheme_id = NEW.scheme_id AND o.state <> 'draft'
    ) THEN
        RAISE EXCEPTION 'scheme % shares days with another that is open', NEW.scheme_id USING ERRCODE = 'exclusion_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER open_schemes_share_no_day AFTER INSERT OR UPDATE OF state ON subsidies_schemechange
    FOR EACH ROW EXECUTE FUNCTION schemes_stand_apart();

CREATE OR REPLACE FUNCTION stage_follows_version() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
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

CREATE OR REPLACE TRIGGER stages_come_and_go_by_version AFTER INSERT OR DELETE ON subsidies_stage
    FOR EACH ROW EXECUTE FUNCTION stage_follows_version();
CREATE OR REPLACE TRIGGER stages_change_by_version AFTER UPDATE ON subsidies_stage FOR EACH ROW
    WHEN ((OLD.starts_on, OLD.ends_on, OLD.amount_fen, OLD.cap_fen)
          IS DISTINCT FROM (NEW.starts_on, NEW.ends_on, NEW.amount_fen, NEW.cap_fen))
    EXECUTE FUNCTION stage_follows_version();

CREATE OR REPLACE FUNCTION version_follows_version() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.version <> 1 + (
        SELECT count(*) FROM subsidies_policyversion WHERE scheme_id = NEW.scheme_id AND version <> NEW.version
    ) THEN
        RAISE EXCEPTION 'policy version % does not follow the one before it', NEW.version
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER policy_versions_follow_each_other AFTER INSERT ON subsidies_policyversion
    FOR EACH ROW EXECUTE FUNCTION version_follows_version();

-- At the end of its transaction the newest version is in force: the stages are its own, no more and no less.
CREATE OR REPLACE FUNCTION version_is_in_force() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
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

DROP TRIGGER IF EXISTS policy_versions_are_put_in_force ON subsidies_policyversion;
CREATE CONSTRAINT TRIGGER policy_versions_are_put_in_force AFTER INSERT ON subsidies_policyversion
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION version_is_in_force();

CREATE OR REPLACE FUNCTION scheme_change_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
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

CREATE OR REPLACE TRIGGER scheme_changes_are_decided_once BEFORE INSERT OR UPDATE ON subsidies_schemechange
    FOR EACH ROW EXECUTE FUNCTION scheme_change_guard();
CREATE OR REPLACE TRIGGER scheme_changes_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_schemechange
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
