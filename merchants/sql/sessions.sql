-- A place in a shop that is given, changed or taken ends its person's sessions, as a role of the staff does.
CREATE OR REPLACE TRIGGER place_ends_sessions AFTER INSERT OR DELETE OR UPDATE OF user_id, merchant_id, role
    ON merchants_membership FOR EACH ROW EXECUTE FUNCTION end_sessions_of_holder();
