-- Nobody alone: a right comes to an account by a change that two administrators made, in the transaction that made it so, or
-- from the owner of the tables (the first two administrators; a local district). Whatever SQL tries otherwise is refused.

-- For how many hours money waits: the setting HOURS_BEFORE_MONEY, which every migration writes here (core/rights/waiting.py).
CREATE OR REPLACE FUNCTION hours_before_money() RETURNS int LANGUAGE sql STABLE AS 'SELECT 24';
-- Pairs of roles that nobody holds together: APART in core/accounts/roles.py, written here likewise.
CREATE OR REPLACE FUNCTION roles_apart() RETURNS TABLE (one text, other text) LANGUAGE sql STABLE
AS 'SELECT NULL::text, NULL::text WHERE false';

CREATE OR REPLACE FUNCTION holds_role(who bigint, role text) RETURNS boolean LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM core_user u JOIN core_user_groups ug ON ug.user_id = u.id JOIN auth_group g ON g.id = ug.group_id
        WHERE u.id = who AND u.is_active AND g.name = role)
$$;

CREATE OR REPLACE FUNCTION rights_change_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    acts bigint;
    way text;
BEGIN
    SELECT by_id, verb INTO acts, way FROM audit_origin();
    IF TG_OP = 'INSERT' AND NEW.kind = 'first' THEN
        RETURN NEW; -- the owner's, see below
    ELSIF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' OR NOT holds_role(NEW.proposed_by_id, 'sysadmin') OR NEW.proposed_by_id IS DISTINCT FROM acts THEN
            RAISE EXCEPTION 'a change of rights is proposed by a system administrator who acts' USING ERRCODE = 'check_violation';
        ELSIF (NEW.kind = 'new_account') <> (NEW.person_id IS NULL) THEN
            RAISE EXCEPTION 'a change of rights is about somebody' USING ERRCODE = 'check_violation';
        ELSIF NEW.person_id IS NOT NULL AND NEW.username <> (SELECT username FROM core_user WHERE id = NEW.person_id) THEN
            RAISE EXCEPTION 'a change of rights names its person' USING ERRCODE = 'check_violation';
        END IF;
        NEW.proposed_at := now();
        RETURN NEW;
    ELSIF way = 'rotate_keys' AND to_jsonb(OLD) - '{half,full_name}'::text[] = to_jsonb(NEW) - '{half,full_name}'::text[]
          AND (OLD.half IS NULL, OLD.full_name IS NULL) = (NEW.half IS NULL, NEW.full_name IS NULL) THEN
        RETURN NEW;
    END IF;
    IF (OLD.id, OLD.kind, OLD.username, OLD.full_name, OLD.roles, OLD.roles_before, OLD.note, OLD.proposed_by_id, OLD.proposed_at)
       IS DISTINCT FROM
       (NEW.id, NEW.kind, NEW.username, NEW.full_name, NEW.roles, NEW.roles_before, NEW.note, NEW.proposed_by_id, NEW.proposed_at)
    THEN
        RAISE EXCEPTION 'what change of rights % proposes is not rewritten', OLD.id USING ERRCODE = 'restrict_violation';
    ELSIF OLD.state = 'proposed' THEN
        IF NEW.state = 'proposed' OR NEW.person_id IS DISTINCT FROM OLD.person_id THEN
            RAISE EXCEPTION 'change of rights % is decided on, and nothing else', OLD.id USING ERRCODE = 'restrict_violation';
        ELSIF NEW.decided_by_id IS DISTINCT FROM acts OR (CASE NEW.state
                WHEN 'withdrawn' THEN NEW.decided_by_id <> NEW.proposed_by_id
                ELSE NOT holds_role(NEW.decided_by_id, 'security') END) THEN
            RAISE EXCEPTION 'a change of rights is decided on by a security administrator who acts' USING ERRCODE = 'check_violation';
        END IF;
        NEW.decided_at := now();
    ELSIF OLD.kind = 'new_account' AND OLD.state = 'confirmed' AND OLD.decided_at = now() AND OLD.person_id IS NULL
          AND NEW.state = OLD.state AND NEW.decided_at = OLD.decided_at AND NEW.decided_by_id = OLD.decided_by_id
          AND NEW.username = (SELECT username FROM core_user WHERE id = NEW.person_id) THEN
        RETURN NEW;
    ELSE
        RAISE EXCEPTION 'change of rights % is decided on', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER rights_change_is_made_by_two BEFORE INSERT OR UPDATE ON core_rightschange
    FOR EACH ROW EXECUTE FUNCTION rights_change_guard();

-- What came first is laid by the owner of the tables. It asks who its caller is, so it runs as its caller.
CREATE OR REPLACE FUNCTION first_rights_are_laid() RETURNS trigger LANGUAGE plpgsql SECURITY INVOKER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT acts_as_owner_of(TG_RELID) THEN
        RAISE EXCEPTION 'the first rights come from the owner of the tables' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER the_first_rights_are_laid BEFORE INSERT ON core_rightschange
    FOR EACH ROW WHEN (NEW.kind = 'first') EXECUTE FUNCTION first_rights_are_laid();

CREATE OR REPLACE FUNCTION refuse_rights_change_to_go() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'a change of rights is kept' USING ERRCODE = 'restrict_violation';
END $$;
CREATE OR REPLACE TRIGGER rights_changes_are_kept BEFORE DELETE ON core_rightschange
    FOR EACH ROW EXECUTE FUNCTION refuse_rights_change_to_go();

-- Whether the change that this transaction confirmed (`ebikes.rights` names it) gives that.
CREATE OR REPLACE FUNCTION given_by_two(who bigint, name text, kinds text[], role text) RETURNS boolean LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM core_rightschange c
        WHERE c.id = nullif(current_setting('ebikes.rights', true), '')::bigint
          AND c.state = 'confirmed' AND c.decided_at = now() AND c.kind = ANY (kinds)
          AND (c.person_id = who OR (c.person_id IS NULL AND c.username = name))
          AND (role IS NULL OR role = ANY (c.roles)))
$$;
GRANT EXECUTE ON FUNCTION given_by_two, hours_before_money, audit_origin, active_person TO ebike_app; -- by triggers that run as it

-- These ask who their caller is, so they run as their caller.
CREATE OR REPLACE FUNCTION account_is_opened_by_two() RETURNS trigger LANGUAGE plpgsql SECURITY INVOKER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    owns boolean := acts_as_owner_of(TG_RELID);
    fresh boolean := TG_OP = 'INSERT';
BEGIN
    IF owns THEN
        RETURN NEW;
    ELSIF NEW.is_superuser AND (fresh OR NOT OLD.is_superuser) THEN
        RAISE EXCEPTION 'nobody may do everything' USING ERRCODE = 'restrict_violation';
    ELSIF (CASE WHEN fresh THEN NEW.is_staff ELSE NEW.is_staff <> OLD.is_staff END)
          AND NOT given_by_two(NEW.id, NEW.username, (CASE WHEN fresh THEN '{new_account}' ELSE '{roles}' END)::text[], NULL) THEN
        RAISE EXCEPTION 'whether % belongs to the staff takes two administrators', NEW.username USING ERRCODE = 'check_violation';
    ELSIF fresh THEN
        RETURN NEW;
    ELSIF NEW.is_active AND NOT OLD.is_active AND NOT given_by_two(NEW.id, NULL, '{reactivate}', NULL) THEN
        RAISE EXCEPTION 'that % may log in again takes two administrators', NEW.username USING ERRCODE = 'check_violation';
    ELSIF NEW.password <> OLD.password AND NEW.id IS DISTINCT FROM (SELECT by_id FROM audit_origin())
          AND NOT given_by_two(NEW.id, NULL, '{password}', NULL) THEN
        RAISE EXCEPTION 'the password of % is changed by that person, or by two administrators', NEW.username
            USING ERRCODE = 'check_violation';
    ELSIF NEW.username <> OLD.username THEN
        RAISE EXCEPTION 'the name of an account, %, is for good', OLD.username USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER accounts_are_opened_by_two
    BEFORE INSERT OR UPDATE OF is_staff, is_superuser, is_active, password, username
    ON core_user FOR EACH ROW EXECUTE FUNCTION account_is_opened_by_two();

CREATE OR REPLACE FUNCTION role_is_given_by_two() RETURNS trigger LANGUAGE plpgsql SECURITY INVOKER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF acts_as_owner_of(TG_RELID)
       OR TG_OP = 'INSERT' AND given_by_two(
            NEW.user_id, NULL, '{new_account,roles}', (SELECT name::text FROM auth_group WHERE id = NEW.group_id))
       OR TG_OP = 'DELETE' AND given_by_two(OLD.user_id, NULL, '{roles}', NULL) THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    RAISE EXCEPTION 'a role is given and taken by two administrators' USING ERRCODE = 'check_violation';
END $$;
CREATE OR REPLACE TRIGGER roles_are_given_by_two BEFORE INSERT OR UPDATE OR DELETE ON core_user_groups
    FOR EACH ROW EXECUTE FUNCTION role_is_given_by_two();

CREATE OR REPLACE FUNCTION right_is_given_by_roles() RETURNS trigger LANGUAGE plpgsql SECURITY INVOKER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT acts_as_owner_of(TG_RELID) THEN
        RAISE EXCEPTION 'rights come by roles alone' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER rights_come_by_roles BEFORE INSERT OR UPDATE ON core_user_user_permissions
    FOR EACH ROW EXECUTE FUNCTION right_is_given_by_roles();

-- What somebody shows after the password is set up and taken away by that person; two administrators may take all of it away.
CREATE OR REPLACE FUNCTION factor_is_its_persons() RETURNS trigger LANGUAGE plpgsql SECURITY INVOKER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    was jsonb := to_jsonb(OLD);
    becomes jsonb := to_jsonb(NEW);
    acts record;
    whose bigint;
BEGIN
    SELECT * INTO acts FROM audit_origin();
    FOREACH whose IN ARRAY ARRAY[(was->>'user_id')::bigint, (becomes->>'user_id')::bigint] LOOP
        IF whose IS NOT NULL AND whose IS DISTINCT FROM acts.by_id
           AND NOT (TG_OP = 'DELETE' AND given_by_two(whose, NULL, '{second_factor}', NULL))
           AND NOT (TG_OP = 'UPDATE' AND acts.verb = 'rotate_keys'
                    AND was - '{secret,credential}'::text[] = becomes - '{secret,credential}'::text[])
           AND NOT acts_as_owner_of(TG_RELID) THEN
            RAISE EXCEPTION 'the second factor of person % is changed by that person, or by two administrators', whose
                USING ERRCODE = 'check_violation';
        END IF;
    END LOOP;
    RETURN coalesce(NEW, OLD);
END $$;
CREATE OR REPLACE TRIGGER codes_are_their_persons BEFORE INSERT OR DELETE OR UPDATE OF user_id, secret ON core_secondfactor
    FOR EACH ROW EXECUTE FUNCTION factor_is_its_persons();
CREATE OR REPLACE TRIGGER passkeys_are_their_persons BEFORE INSERT OR DELETE OR UPDATE OF user_id, credential_id, credential
    ON core_passkey FOR EACH ROW EXECUTE FUNCTION factor_is_its_persons();

-- Roles that must not meet do not, whoever gives them. One after the other: of two at once the second sees the first.
CREATE OR REPLACE FUNCTION roles_stay_apart() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    pair record;
BEGIN
    PERFORM FROM core_user WHERE id = NEW.user_id FOR NO KEY UPDATE;
    SELECT a.one, a.other INTO pair FROM roles_apart() a
    WHERE EXISTS (SELECT FROM core_user_groups ug JOIN auth_group g ON g.id = ug.group_id WHERE ug.user_id = NEW.user_id AND g.name = a.one)
      AND EXISTS (SELECT FROM core_user_groups ug JOIN auth_group g ON g.id = ug.group_id WHERE ug.user_id = NEW.user_id AND g.name = a.other)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'nobody is % and % at once', pair.one, pair.other USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER some_roles_never_meet AFTER INSERT OR UPDATE ON core_user_groups
    FOR EACH ROW EXECUTE FUNCTION roles_stay_apart();

-- Until when somebody moves no money: a day from whatever let somebody into the account, or gave it a role more. Null: never.
CREATE OR REPLACE FUNCTION money_waits_until(who bigint) RETURNS timestamptz LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT max(decided_at) + make_interval(hours => hours_before_money()) FROM core_rightschange
    WHERE person_id = who AND state = 'confirmed'
      AND (kind IN ('new_account', 'reactivate', 'password', 'second_factor') OR (kind = 'roles' AND NOT roles <@ roles_before))
$$;
GRANT EXECUTE ON FUNCTION money_waits_until TO ebike_app;

-- Whether somebody who is active holds one of these rights (`app.verb_model`), as Django counts it.
CREATE OR REPLACE FUNCTION holds_right(who bigint, rights text[]) RETURNS boolean LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM core_user u WHERE u.id = who AND u.is_active AND (u.is_superuser OR EXISTS (
            SELECT FROM auth_permission p JOIN django_content_type t ON t.id = p.content_type_id
            WHERE t.app_label || '.' || p.codename = ANY (rights) AND p.id IN (
                SELECT permission_id FROM core_user_user_permissions WHERE user_id = who UNION ALL
                SELECT gp.permission_id FROM core_user_groups ug JOIN auth_group_permissions gp USING (group_id)
                WHERE ug.user_id = who))))
$$;

-- Whoever decides about money is there, holds one of the rights to it, and has held them long enough.
CREATE OR REPLACE FUNCTION check_decider(who bigint, rights text[]) RETURNS void LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT (SELECT is_active FROM core_user WHERE id = who) THEN
        RAISE EXCEPTION 'person % has no active account: nothing is done in that name', who USING ERRCODE = 'check_violation';
    ELSIF NOT holds_right(who, rights) THEN
        RAISE EXCEPTION 'person % does not hold the right to that: %', who, rights USING ERRCODE = 'check_violation';
    ELSIF now() < money_waits_until(who) THEN
        RAISE EXCEPTION 'person % moves no money yet: the rights are new', who USING ERRCODE = 'check_violation';
    END IF;
END $$;

-- Arguments: the column that names who decides, the rights of which one is enough, and the column of whoever proposed it, who
-- may take it back without them (or the first again). Of many rows in one statement each person is looked at once.
CREATE OR REPLACE FUNCTION deciders_may() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    changed text := CASE WHEN TG_OP = 'UPDATE' THEN 'JOIN old_rows o USING (id) WHERE n.%1$I IS DISTINCT FROM o.%1$I' ELSE 'WHERE true' END;
BEGIN
    IF TG_ARGV[2] <> TG_ARGV[0] THEN
        changed := changed || ' AND n.%1$I IS DISTINCT FROM n.%2$I';
    END IF;
    EXECUTE format('SELECT check_decider(who, $1) FROM (SELECT DISTINCT n.%1$I AS who FROM new_rows n ' || changed
                   || ' AND n.%1$I IS NOT NULL) deciders', TG_ARGV[0], TG_ARGV[2]) USING TG_ARGV[1]::text[];
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION decided_by_whoever_may(source regclass, decider text, rights text[], proposer text DEFAULT '')
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    call text := format('FOR EACH STATEMENT EXECUTE FUNCTION deciders_may(%L, %L, %L)',
                        decider, rights, coalesce(nullif(proposer, ''), decider));
BEGIN
    EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows %s',
                   decider || '_may', source, call);
    EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows %s',
                   decider || '_may_now', source, call);
END $$;

SELECT audit_table('core_rightschange', 'core.rightschange');
SELECT auditors_read('core_rightschange');
