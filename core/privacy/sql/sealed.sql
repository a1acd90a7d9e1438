-- Rows that are only ever added to may have what is sealed in them sealed by another key, and nothing else.

-- Arguments: the sealed columns, and the blind indexes. What the bytes say cannot be seen here; that they are this row's own is
-- authenticated with them (core/privacy/sealing.py), so that nothing but the same value, or nothing readable, can stand there.
CREATE OR REPLACE FUNCTION only_sealed_anew() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    verb text := told('ebikes.acting')->>'verb';
    sealed text[] := TG_ARGV[0]::text[];
    indexes text[] := TG_ARGV[1]::text[];
    was jsonb := to_jsonb(OLD);
    becomes jsonb := to_jsonb(NEW);
BEGIN
    IF verb = 'rotate_keys' AND was - sealed = becomes - sealed AND NOT EXISTS (
        SELECT FROM unnest(sealed) AS each (name) WHERE (was->>name IS NULL) <> (becomes->>name IS NULL)
            OR was->>name <> becomes->>name AND left(was->>name, 6) = left(becomes->>name, 6) -- algorithm and key are the same
    ) THEN
        RETURN NEW;
    ELSIF verb = 'rebuild_indexes' AND was - indexes = becomes - indexes AND NOT EXISTS (
        SELECT FROM unnest(indexes) AS each (name) WHERE (was->>name IS NULL) <> (becomes->>name IS NULL)
            OR was->>name <> becomes->>name AND left(was->>name, 4) = left(becomes->>name, 4) -- the version is the same
    ) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% on % is refused: its rows are only ever added', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

-- While an index key is in force, nothing comes in by another: people would be made two, and looked for in vain.
CREATE OR REPLACE FUNCTION index_in_force() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    expected int;
    found boolean;
BEGIN
    SELECT number INTO expected FROM core_knownkey WHERE in_force;
    EXECUTE format('SELECT EXISTS (SELECT FROM new_rows WHERE get_byte(%I, 0) <> $1)', TG_ARGV[0]) INTO found USING expected;
    IF found THEN
        RAISE EXCEPTION '% of % has another index key than version %: restart with the keys in force', TG_ARGV[0], TG_TABLE_NAME,
            expected USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION index_table(source regclass, index_column name) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows'
                   ' FOR EACH STATEMENT EXECUTE FUNCTION index_in_force(%L)', index_column || '_in_force', source, index_column);
END $$;
