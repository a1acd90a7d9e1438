-- Whose rows somebody reads: those of the districts that the database knows of the person, whatever a page says. Nobody told, or
-- told without the proof that a process of ours tells it: none. Workers are another login (config/servers/roles.sql).
SELECT written_by_database('core_district');

-- {"by": a person} or {"public": true}, somebody who is not logged in (core/districts/reader.py). An account without a district
-- that is of the staff is the city's, and reads all.
CREATE OR REPLACE FUNCTION districts_read() RETURNS int[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(array_agg(d.code ORDER BY d.code), '{}')
    FROM (SELECT told('ebikes.reader') AS told OFFSET 0) reader
    LEFT JOIN core_user u ON u.id = (told->>'by')::bigint AND u.is_active
    JOIN core_district d ON told ? 'public' OR d.code = u.district_id
         OR (u.district_id IS NULL AND (u.is_staff OR u.is_superuser))
$$;

CREATE OR REPLACE FUNCTION reader() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$ SELECT (told('ebikes.reader')->>'by')::bigint $$;

-- What is no district's alone is read by whoever reads every district there is: with one district, by its staff.
CREATE OR REPLACE FUNCTION reads_whole() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT told('ebikes.reader') ? 'by' AND districts_read() @> ARRAY(SELECT code::int FROM core_district)
$$;

-- A process of ours that has not said yet for whom it reads: it finds out who is logged in, and nothing else.
CREATE OR REPLACE FUNCTION at_the_door() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT told('ebikes.connection') <> '{}' AND coalesce(current_setting('ebikes.reader', true), '') = ''
$$;
GRANT EXECUTE ON FUNCTION districts_read, reader, reads_whole, at_the_door, told TO ebike_app;

-- The one that there is; NULL where there are several.
CREATE OR REPLACE FUNCTION only_district() RETURNS int LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$ SELECT min(code)::int FROM core_district HAVING count(*) = 1 $$;

-- The district of a new row where nothing else says it: the only one, that in which a command works, or that of whoever acts.
-- NULL where none of them tells.
CREATE OR REPLACE FUNCTION district_here() RETURNS int LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(
        only_district(),
        nullif(current_setting('ebikes.district', true), '')::int,
        (SELECT district_id FROM core_user WHERE id = coalesce(
            told('ebikes.reader')->>'by', told('ebikes.request')->>'by', told('ebikes.acting')->>'by')::bigint))
$$;

-- Argument: the query that finds it by the row ($1); none: whoever acts.
CREATE OR REPLACE FUNCTION fill_district() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.district_id IS NOT NULL THEN
            RAISE EXCEPTION 'a row of % stays in its district', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
        END IF;
        NEW.district_id := OLD.district_id;
    ELSIF TG_NARGS > 0 THEN
        EXECUTE TG_ARGV[0] INTO NEW.district_id USING NEW;
    END IF;
    NEW.district_id := coalesce(NEW.district_id, district_here());
    RETURN NEW;
END $$;

-- The rows' own column is filled in where a statement leaves it out, by `lookup`, and stays.
CREATE OR REPLACE FUNCTION fills_district(source regclass, lookup text DEFAULT '') RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    call text := CASE WHEN lookup = '' THEN 'fill_district()' ELSE format('fill_district(%L)', lookup) END;
BEGIN
    EXECUTE format('CREATE OR REPLACE TRIGGER a_district_is_filled_in BEFORE INSERT ON %s FOR EACH ROW'
                   ' WHEN (NEW.district_id IS NULL) EXECUTE FUNCTION %s', source, call);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER a_district_is_filled_in', source); -- whoever lays rows past guards, too
    EXECUTE format('CREATE OR REPLACE TRIGGER a_district_stays BEFORE UPDATE ON %s FOR EACH ROW'
                   ' WHEN (NEW.district_id IS DISTINCT FROM OLD.district_id) EXECUTE FUNCTION %s', source, call);
END $$;

-- What a row names lies in its own district. Arguments: the column that names it, and the table where it lies.
CREATE OR REPLACE FUNCTION refuse_other_district() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    strays boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM new_rows n JOIN %I p ON p.id = n.%I WHERE p.district_id <> n.district_id)',
                   TG_ARGV[1], TG_ARGV[0]) INTO strays;
    IF strays THEN
        RAISE EXCEPTION '% of % lies in another district', TG_ARGV[0], TG_TABLE_NAME USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION same_district(source regclass, parent_column text, parent text) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT'
                   ' EXECUTE FUNCTION refuse_other_district(%L, %L)', parent_column || '_is_of_the_district_when_made', source,
                   parent_column, parent);
    EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER UPDATE ON %s REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT'
                   ' EXECUTE FUNCTION refuse_other_district(%L, %L)', parent_column || '_is_of_the_district', source,
                   parent_column, parent);
END $$;

-- The application sees the rows of a table for which this holds, and adds no others; an auditor's own login sees all.
CREATE OR REPLACE FUNCTION shows_where(source regclass, condition text) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    EXECUTE format('DROP POLICY IF EXISTS of_the_readers_districts ON %1$s; DROP POLICY IF EXISTS of_every_district ON %1$s;'
                   ' DROP POLICY IF EXISTS of_every_reader ON %1$s;'
                   ' ALTER TABLE %1$s ENABLE ROW LEVEL SECURITY;'
                   ' CREATE POLICY of_the_readers_districts ON %1$s TO ebike_app USING (%2$s);'
                   ' CREATE POLICY of_every_district ON %1$s FOR SELECT TO ebike_auditor USING (true)', source, condition);
END $$;

-- It has a column of its own. `orphans`: what has none there is the whole's.
CREATE OR REPLACE FUNCTION of_district(source regclass, orphans boolean DEFAULT false) RETURNS void LANGUAGE sql
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT shows_where(source, 'district_id = ANY ((SELECT districts_read())::int[])'
                               || CASE WHEN orphans THEN ' OR (district_id IS NULL AND (SELECT reads_whole()))' ELSE '' END)
$$;
-- It belongs to another row, and is seen where that is. `orphans`: what belongs to none is the whole's.
CREATE OR REPLACE FUNCTION of_parent(source regclass, parent_column text, parent text, orphans boolean DEFAULT false)
RETURNS void LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT shows_where(source, format('EXISTS (SELECT FROM %I p WHERE p.id = %s.%I)', parent, source, parent_column)
                               || CASE WHEN orphans THEN format(' OR (%I IS NULL AND (SELECT reads_whole()))', parent_column)
                                       ELSE '' END)
$$;
-- It belongs to a person: those of the reader's districts, and oneself; the city's people to whoever reads the whole.
CREATE OR REPLACE FUNCTION of_persons(source regclass, person text) RETURNS void LANGUAGE sql
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT shows_where(source, format('%1$I = (SELECT reader()) OR (SELECT reads_whole()) OR EXISTS (SELECT FROM core_user u'
        ' WHERE u.id = %2$s.%1$I AND u.district_id = ANY ((SELECT districts_read())::int[]))', person, source))
$$;
-- It is the same for all, whoever reads any; whoever reads the whole changes it.
CREATE OR REPLACE FUNCTION of_all(source regclass) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM shows_where(source, '(SELECT reads_whole())');
    EXECUTE format('DROP POLICY IF EXISTS of_every_reader ON %1$s; CREATE POLICY of_every_reader ON %1$s FOR SELECT'
                   ' TO ebike_app USING ((SELECT districts_read()) <> ''{}'')', source);
END $$;
-- It is nobody's alone.
CREATE OR REPLACE FUNCTION of_whole(source regclass) RETURNS void LANGUAGE sql
SET search_path = pg_catalog, public, pg_temp AS $$ SELECT shows_where(source, '(SELECT reads_whole())') $$;
