-- A scheme stands where two people put it: its first approved change opens it, confirmed steps do the rest.

-- Where a step leads from a state; NULL where it does not begin there. Repeats subsidies/schemes/states.py; a test holds the
-- two together.
CREATE OR REPLACE FUNCTION state_after_step(step text, stands text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT leads FROM (VALUES
        ('suspend', 'open', 'suspended'), ('resume', 'suspended', 'open'),
        ('close', 'open', 'closed'), ('close', 'suspended', 'closed'), ('reopen', 'closed', 'suspended'),
        ('archive', 'closed', 'archived'), ('restore', 'archived', 'closed')
    ) moves (kind, begins, leads) WHERE (kind, begins) = (step, stands)
$$;
GRANT EXECUTE ON FUNCTION state_after_step TO ebike_app;

CREATE OR REPLACE FUNCTION scheme_state_by_papers(the_scheme bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (SELECT state_after_step(kind, from_state) FROM subsidies_schemestep
         WHERE scheme_id = the_scheme AND state = 'confirmed' ORDER BY id DESC LIMIT 1),
        (SELECT 'open' FROM subsidies_schemechange WHERE scheme_id = the_scheme AND state = 'approved' LIMIT 1),
        'draft')
$$;

CREATE OR REPLACE FUNCTION scheme_state_is_decided() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.state IS DISTINCT FROM scheme_state_by_papers(NEW.id) THEN
        RAISE EXCEPTION 'scheme % is not %: two people decide that', NEW.code, NEW.state USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER scheme_state_follows_its_papers BEFORE INSERT OR UPDATE OF state ON subsidies_scheme
    FOR EACH ROW EXECUTE FUNCTION scheme_state_is_decided();

-- The first approved change opens a draft. What is closed keeps its rules, what is archived keeps everything.
CREATE OR REPLACE FUNCTION scheme_takes_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    stands text;
BEGIN
    SELECT state INTO stands FROM subsidies_scheme WHERE id = NEW.scheme_id;
    IF stands = 'archived' OR stands = 'closed' AND NEW.version_id IS NOT NULL THEN
        RAISE EXCEPTION 'scheme % is % and does not change', NEW.scheme_id, stands USING ERRCODE = 'restrict_violation';
    END IF;
    UPDATE subsidies_scheme SET state = 'open' WHERE id = NEW.scheme_id AND state = 'draft';
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER scheme_opens_with_its_first_change AFTER INSERT OR UPDATE OF state ON subsidies_schemechange
    FOR EACH ROW WHEN (NEW.state = 'approved') EXECUTE FUNCTION scheme_takes_change();

-- A step is proposed for the state in which the scheme stands, and decided once. A scheme closes after its last day, and what
-- is open then was named by whoever proposed it; it is archived when nothing is open.
CREATE OR REPLACE FUNCTION scheme_step_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    stands subsidies_scheme%ROWTYPE;
    asking boolean;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' THEN
            RAISE EXCEPTION 'a scheme step begins as a proposal' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF OLD.state <> 'proposed' OR NEW.state = 'proposed' THEN
        RAISE EXCEPTION 'scheme step % is decided once', OLD.id USING ERRCODE = 'restrict_violation';
    ELSIF (OLD.scheme_id, OLD.kind, OLD.from_state, OLD.note, OLD.named, OLD.proposed_at, OLD.proposed_by_id)
          IS DISTINCT FROM
          (NEW.scheme_id, NEW.kind, NEW.from_state, NEW.note, NEW.named, NEW.proposed_at, NEW.proposed_by_id) THEN
        RAISE EXCEPTION 'scheme step % stays as it was proposed', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state NOT IN ('proposed', 'confirmed') THEN
        RETURN NEW;
    END IF;
    IF NEW.state = 'confirmed' THEN
        PERFORM pg_advisory_xact_lock(330108);  -- nobody goes by the scheme's state meanwhile (schemes/calendar.py)
    END IF;
    SELECT * INTO STRICT stands FROM subsidies_scheme WHERE id = NEW.scheme_id FOR NO KEY UPDATE;
    IF NEW.from_state <> stands.state OR state_after_step(NEW.kind, NEW.from_state) IS NULL THEN
        RAISE EXCEPTION 'scheme % is %: no % from there', stands.code, stands.state, NEW.kind USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state = 'confirmed' AND NEW.kind IN ('close', 'archive') THEN
        IF (NEW.decided_at AT TIME ZONE 'Asia/Shanghai')::date <= (
            SELECT max(ends_on) FROM subsidies_stage WHERE scheme_id = NEW.scheme_id) THEN
            RAISE EXCEPTION 'scheme % has days to come', stands.code USING ERRCODE = 'check_violation';
        END IF;
        asking := EXISTS (
            SELECT FROM subsidies_claim WHERE scheme_id = NEW.scheme_id
            AND state IN ('received', 'checking', 'needs_correction', 'review', 'eligible', 'waitlisted'));
        IF NEW.kind = 'archive' AND (asking OR stands.reserved_fen > 0 OR NEW.open_points <> '[]') THEN
            RAISE EXCEPTION 'scheme % is not done', stands.code USING ERRCODE = 'check_violation';
        ELSIF asking AND NOT NEW.named ? 'claims' OR stands.reserved_fen > 0 AND NOT NEW.named ? 'reserved'
              OR EXISTS (SELECT FROM jsonb_array_elements(NEW.open_points) o WHERE NOT NEW.named ? (o->>'code')) THEN
            RAISE EXCEPTION 'scheme % has open points that nobody named', stands.code USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER scheme_steps_are_decided_once BEFORE INSERT OR UPDATE ON subsidies_schemestep
    FOR EACH ROW EXECUTE FUNCTION scheme_step_guard();
CREATE OR REPLACE TRIGGER scheme_steps_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_schemestep
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE OR REPLACE FUNCTION scheme_takes_step() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE subsidies_scheme SET state = state_after_step(NEW.kind, NEW.from_state) WHERE id = NEW.scheme_id;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER scheme_stands_where_its_steps_lead AFTER UPDATE OF state ON subsidies_schemestep
    FOR EACH ROW WHEN (NEW.state = 'confirmed') EXECUTE FUNCTION scheme_takes_step();

-- Only a scheme that is open takes claims. Whoever brings them and whoever suspends it meet at the calendar's lock.
CREATE OR REPLACE FUNCTION claims_come_to_open_schemes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    shut record;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(330108);
    SELECT code, state INTO shut FROM subsidies_scheme
    WHERE id IN (SELECT DISTINCT scheme_id FROM new_rows) AND state <> 'open' LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'scheme % is % and takes no claims', shut.code, shut.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER claims_come_to_open_schemes AFTER INSERT ON subsidies_claim
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION claims_come_to_open_schemes();

-- Nothing more is asked of anybody, nor owed to anybody, out of the archive.
CREATE OR REPLACE FUNCTION nothing_begins_in_the_archive() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM subsidies_claim c JOIN subsidies_scheme s ON s.id = c.scheme_id
               WHERE c.id = NEW.claim_id AND s.state = 'archived') THEN
        RAISE EXCEPTION 'the scheme of claim % is archived', NEW.claim_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER no_recovery_begins_in_the_archive BEFORE INSERT ON subsidies_recoverycase
    FOR EACH ROW EXECUTE FUNCTION nothing_begins_in_the_archive();
CREATE OR REPLACE TRIGGER no_supplement_begins_in_the_archive BEFORE INSERT ON subsidies_supplement
    FOR EACH ROW EXECUTE FUNCTION nothing_begins_in_the_archive();
