-- Who sees which rows of accounts and their doings. Tables with no line here are told, with the reason, in core/districts/open.py.

-- Whoever logs in is found before anybody reads. People of the city are named in every district.
SELECT shows_where('core_user', '(SELECT at_the_door()) OR district_id IS NULL OR district_id = ANY ((SELECT districts_read())::int[])');
SELECT of_district('core_rightschange', orphans => true);
-- What the system and the city's people did is the whole's.
SELECT of_district('core_auditentry', orphans => true);
SELECT of_persons('core_export', 'asked_by_id');
SELECT of_persons('core_savedfilter', 'person_id');

-- Which district somebody belongs to is for good: what they did stays theirs.
CREATE OR REPLACE FUNCTION account_stays() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the district of an account, %, is for good', OLD.username USING ERRCODE = 'restrict_violation';
END $$;
CREATE OR REPLACE TRIGGER accounts_stay_in_their_district BEFORE UPDATE ON core_user FOR EACH ROW
    WHEN (OLD.is_staff AND NEW.district_id IS DISTINCT FROM OLD.district_id) EXECUTE FUNCTION account_stays();
