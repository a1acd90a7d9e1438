-- A session ends with what it rests upon, whatever SQL changed that: the password, the roles, the account, the second factor.
-- Whoever changes his own password goes on: Django makes a new session of the one in which he did.

CREATE OR REPLACE FUNCTION end_sessions_of(person bigint, devices_too boolean) RETURNS void LANGUAGE sql AS $$
    DELETE FROM core_session WHERE user_id = person;
    DELETE FROM core_knowndevice WHERE user_id = person AND devices_too;
$$;

CREATE OR REPLACE FUNCTION end_sessions_of_account() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM end_sessions_of(NEW.id, NOT NEW.is_active OR NEW.must_change_password);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER account_ends_sessions AFTER UPDATE ON core_user FOR EACH ROW
    WHEN (OLD.password <> NEW.password OR OLD.is_active <> NEW.is_active OR OLD.is_staff <> NEW.is_staff
          OR OLD.is_superuser <> NEW.is_superuser)
    EXECUTE FUNCTION end_sessions_of_account();

-- Of tables that say in `user_id` whose right a row is.
CREATE OR REPLACE FUNCTION end_sessions_of_holder() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM end_sessions_of(OLD.user_id, false);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM end_sessions_of(NEW.user_id, false);
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER role_ends_sessions AFTER INSERT OR UPDATE OR DELETE ON core_user_groups FOR EACH ROW
    EXECUTE FUNCTION end_sessions_of_holder();
CREATE OR REPLACE TRIGGER right_ends_sessions AFTER INSERT OR UPDATE OR DELETE ON core_user_user_permissions
    FOR EACH ROW EXECUTE FUNCTION end_sessions_of_holder();

-- A second factor that somebody else takes away: who has set it up may take one of several away and go on.
CREATE OR REPLACE FUNCTION end_sessions_of_factor() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (SELECT by_id FROM audit_origin()) IS DISTINCT FROM OLD.user_id THEN
        PERFORM end_sessions_of(OLD.user_id, true);
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER codes_end_sessions AFTER DELETE ON core_secondfactor FOR EACH ROW
    EXECUTE FUNCTION end_sessions_of_factor();
CREATE OR REPLACE TRIGGER passkey_ends_sessions AFTER DELETE ON core_passkey FOR EACH ROW
    EXECUTE FUNCTION end_sessions_of_factor();
