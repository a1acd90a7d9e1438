-- Marks are only added. That one is right the database cannot tell, and need not: it has no key (core/decisions/marks.py).
CREATE OR REPLACE FUNCTION refuse_change_of_mark() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% of a mark is refused: they are only added', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE OR REPLACE TRIGGER marks_are_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON core_decisionmark
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_mark();
