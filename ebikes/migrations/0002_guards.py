"""What the database itself refuses and writes down, as it was when this was made. Written by `makeguards`."""

from typing import ClassVar

from django.db import migrations

# The files as they were: the next migration of this kind begins here.
FROZEN = {
    "evidence/sql/append_only.sql": r"""-- Evidence and accounts are only ever added to. This function refuses every other statement on their tables.

CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: its rows are only ever added', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE TRIGGER licensing_answers_are_only_added BEFORE DELETE OR TRUNCATE ON ebikes_licensinganswer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER licensing_answers_are_only_added_or_sealed_anew BEFORE UPDATE ON ebikes_licensinganswer
    FOR EACH ROW EXECUTE FUNCTION only_sealed_anew('{raw}', '{holder_index}');

-- Blind indexes are of the key in force (core/privacy/sql/sealed.sql).
SELECT index_table('ebikes_licensinganswer', 'holder_index');
SELECT index_table('ebikes_owner', 'id_index');
SELECT index_table('ebikes_owner', 'number_index');
SELECT index_table('ebikes_owner', 'name_index');
SELECT index_table('ebikes_filedbike', 'phone_index');
SELECT index_table('ebikes_tradein', 'name_index');
SELECT index_table('ebikes_tradein', 'phone_index');
SELECT index_table('ebikes_tradein', 'wallet_index');
""",
    "records/sql/audited.sql": r"""-- What changes in the registers and records after they came in. New rows are explained by the batch that brought them.

SELECT audit_table('ebikes_owner', 'ebikes.owner', inserts => false);
SELECT audit_table('ebikes_filedbike', 'ebikes.filedbike', ignored => '{content_index}', inserts => false);
SELECT audit_table('ebikes_tradein', 'ebikes.tradein', ignored => '{content_index}', inserts => false);
SELECT audit_table('ebikes_importbatch', 'ebikes.importbatch',
                   ignored => '{progress,rows_accepted,rows_duplicate,rows_refused,file_sha256}');
SELECT audit_table('ebikes_rememberedcolumns', 'ebikes.rememberedcolumns');

-- What money touched stays. Most of it is held by foreign keys; a filed bike and an import's verdicts are only named.
CREATE OR REPLACE FUNCTION refuse_bike_with_records() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM ebikes_tradein WHERE filing_plate_no = OLD.filing_plate_no) THEN
        RAISE EXCEPTION 'filed bike % was traded in and is kept', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE OR REPLACE TRIGGER bikes_with_records_are_kept BEFORE DELETE ON ebikes_filedbike
    FOR EACH ROW EXECUTE FUNCTION refuse_bike_with_records();

CREATE OR REPLACE FUNCTION refuse_batch_deletion() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'import batch % is history and is kept', OLD.id USING ERRCODE = 'restrict_violation';
END $$;
CREATE OR REPLACE TRIGGER imports_are_kept BEFORE DELETE ON ebikes_importbatch
    FOR EACH ROW EXECUTE FUNCTION refuse_batch_deletion();

CREATE OR REPLACE FUNCTION refuse_verdict_deletion() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET enable_nestloop = off AS $$
DECLARE
    kept bigint;
BEGIN
    SELECT b.id INTO kept FROM (SELECT DISTINCT batch_id FROM old_rows) gone JOIN ebikes_importbatch b ON b.id = gone.batch_id
    WHERE b.state IN ('confirmed', 'taken_back') LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the verdicts of import batch % are history and are kept', kept USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER verdicts_are_kept AFTER DELETE ON ebikes_importrow REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_verdict_deletion();
CREATE OR REPLACE TRIGGER verdicts_are_never_truncated BEFORE TRUNCATE ON ebikes_importrow
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();

-- By the register it is decided whether a bike was on file, for how long, and whose it was.
SELECT processes_write('ebikes_filedbike', 'filing_plate_no, filed_on, owner_id');
""",
    "sql/deleted.sql": r"""-- What the application deletes from: rows that wait, drafts, and what a register's file made and is taken back.
SELECT application_deletes('ebikes_stagedtradein');
SELECT application_deletes('ebikes_stagedfiledbike');
SELECT application_deletes('ebikes_stagedmerchant');
SELECT application_deletes('ebikes_stagedagentpoint');
SELECT application_deletes('ebikes_importrow');
SELECT application_deletes('ebikes_tradeindraft');
SELECT application_deletes('ebikes_tradeinphoto');
SELECT application_deletes('ebikes_filedbike');
SELECT application_deletes('ebikes_owner');
""",
    "sql/districts.sql": r"""-- A record belongs to the district of its shop; a filed bike, a person and a file to that of whoever sent it.
SELECT fills_district('ebikes_importbatch');
SELECT same_district('ebikes_importbatch', 'merchant_id', 'merchants_merchant');
SELECT of_district('ebikes_importbatch');
SELECT of_parent('ebikes_importrow', 'batch_id', 'ebikes_importbatch');
SELECT of_parent('ebikes_stagedtradein', 'batch_id', 'ebikes_importbatch');
SELECT of_parent('ebikes_stagedfiledbike', 'batch_id', 'ebikes_importbatch');
SELECT of_parent('ebikes_stagedmerchant', 'batch_id', 'ebikes_importbatch');
SELECT of_parent('ebikes_stagedagentpoint', 'batch_id', 'ebikes_importbatch');
SELECT of_parent('ebikes_writtenrow', 'batch_id', 'ebikes_importbatch');
SELECT fills_district('ebikes_rememberedcolumns');
SELECT same_district('ebikes_rememberedcolumns', 'merchant_id', 'merchants_merchant');
SELECT of_district('ebikes_rememberedcolumns');

SELECT fills_district('ebikes_owner');
SELECT of_district('ebikes_owner');
SELECT fills_district('ebikes_filedbike', 'SELECT district_id FROM ebikes_owner WHERE id = ($1).owner_id');
SELECT same_district('ebikes_filedbike', 'owner_id', 'ebikes_owner');
SELECT of_district('ebikes_filedbike');
SELECT fills_district('ebikes_tradein', 'SELECT district_id FROM merchants_merchant WHERE id = ($1).merchant_id');
SELECT same_district('ebikes_tradein', 'merchant_id', 'merchants_merchant');
SELECT same_district('ebikes_tradein', 'agent_point_id', 'merchants_agentpoint');
SELECT same_district('ebikes_tradein', 'owner_id', 'ebikes_owner');
SELECT of_district('ebikes_tradein');
SELECT of_parent('ebikes_licensinganswer', 'trade_in_id', 'ebikes_tradein');
SELECT of_parent('ebikes_tradeindraft', 'merchant_id', 'merchants_merchant');
SELECT shows_where('ebikes_tradeinphoto', 'EXISTS (SELECT FROM ebikes_tradeindraft d WHERE d.id = ebikes_tradeinphoto.draft_id)'
                   ' OR EXISTS (SELECT FROM ebikes_tradein t WHERE t.id = ebikes_tradeinphoto.trade_in_id)');
""",
}
# What they do not make any more.
DROPPED = {}
BACKWARDS = {
    "evidence/sql/append_only.sql": r"""DROP TRIGGER IF EXISTS licensing_answers_are_only_added ON ebikes_licensinganswer;
DROP TRIGGER IF EXISTS licensing_answers_are_only_added_or_sealed_anew ON ebikes_licensinganswer;
DROP FUNCTION IF EXISTS refuse_change CASCADE;
""",
    "records/sql/audited.sql": r"""DROP TRIGGER IF EXISTS bikes_with_records_are_kept ON ebikes_filedbike;
DROP TRIGGER IF EXISTS imports_are_kept ON ebikes_importbatch;
DROP TRIGGER IF EXISTS verdicts_are_kept ON ebikes_importrow;
DROP TRIGGER IF EXISTS verdicts_are_never_truncated ON ebikes_importrow;
DROP TRIGGER IF EXISTS audited_insert ON ebikes_owner;
DROP TRIGGER IF EXISTS audited_update ON ebikes_owner;
DROP TRIGGER IF EXISTS audited_delete ON ebikes_owner;
DROP TRIGGER IF EXISTS truncate_is_refused ON ebikes_owner;
DROP TRIGGER IF EXISTS audited_insert ON ebikes_filedbike;
DROP TRIGGER IF EXISTS audited_update ON ebikes_filedbike;
DROP TRIGGER IF EXISTS audited_delete ON ebikes_filedbike;
DROP TRIGGER IF EXISTS truncate_is_refused ON ebikes_filedbike;
DROP TRIGGER IF EXISTS audited_insert ON ebikes_tradein;
DROP TRIGGER IF EXISTS audited_update ON ebikes_tradein;
DROP TRIGGER IF EXISTS audited_delete ON ebikes_tradein;
DROP TRIGGER IF EXISTS truncate_is_refused ON ebikes_tradein;
DROP TRIGGER IF EXISTS audited_insert ON ebikes_importbatch;
DROP TRIGGER IF EXISTS audited_update ON ebikes_importbatch;
DROP TRIGGER IF EXISTS audited_delete ON ebikes_importbatch;
DROP TRIGGER IF EXISTS truncate_is_refused ON ebikes_importbatch;
DROP TRIGGER IF EXISTS audited_insert ON ebikes_rememberedcolumns;
DROP TRIGGER IF EXISTS audited_update ON ebikes_rememberedcolumns;
DROP TRIGGER IF EXISTS audited_delete ON ebikes_rememberedcolumns;
DROP TRIGGER IF EXISTS truncate_is_refused ON ebikes_rememberedcolumns;
DROP FUNCTION IF EXISTS refuse_bike_with_records CASCADE;
DROP FUNCTION IF EXISTS refuse_batch_deletion CASCADE;
DROP FUNCTION IF EXISTS refuse_verdict_deletion CASCADE;
""",
    "sql/deleted.sql": r"""REVOKE DELETE ON ebikes_stagedtradein FROM ebike_app;
REVOKE DELETE ON ebikes_stagedfiledbike FROM ebike_app;
REVOKE DELETE ON ebikes_stagedmerchant FROM ebike_app;
REVOKE DELETE ON ebikes_stagedagentpoint FROM ebike_app;
REVOKE DELETE ON ebikes_importrow FROM ebike_app;
REVOKE DELETE ON ebikes_tradeindraft FROM ebike_app;
REVOKE DELETE ON ebikes_tradeinphoto FROM ebike_app;
REVOKE DELETE ON ebikes_filedbike FROM ebike_app;
REVOKE DELETE ON ebikes_owner FROM ebike_app;
""",
    "sql/districts.sql": r"""DROP POLICY IF EXISTS of_the_readers_districts ON ebikes_importbatch;
DROP POLICY IF EXISTS of_every_district ON ebikes_importbatch;
DROP POLICY IF EXISTS of_every_reader ON ebikes_importbatch;
ALTER TABLE ebikes_importbatch DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON ebikes_importrow;
DROP POLICY IF EXISTS of_every_district ON ebikes_importrow;
DROP POLICY IF EXISTS of_every_reader ON ebikes_importrow;
ALTER TABLE ebikes_importrow DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON ebikes_stagedtradein;
DROP POLICY IF EXISTS of_every_district ON ebikes_stagedtradein;
DROP POLICY IF EXISTS of_every_reader ON ebikes_stagedtradein;
ALTER TABLE ebikes_stagedtradein DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON ebikes_stagedfiledbike;
DROP POLICY IF EXISTS of_every_district ON ebikes_stagedfiledbike;
DROP POLICY IF EXISTS of_every_reader ON ebikes_stagedfiledbike;
ALTER TABLE ebikes_stagedfiledbike DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON ebikes_stagedmerchant;
DROP POLICY IF EXISTS of_every_district ON ebikes_stagedmerchant;
DROP POLICY IF EXISTS of_every_reader ON ebikes_stagedmerchant;
ALTER TABLE ebikes_stagedmerchant DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON ebikes_stagedagentpoint;
DROP POLICY IF EXISTS of_every_district ON ebikes_stagedagentpoint;
DROP POLICY IF EXISTS of_every_reader ON ebikes_stagedagentpoint;
ALTER TABLE ebikes_stagedagentpoint DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON ebikes_writtenrow;
DROP POLICY IF EXISTS of_every_district ON ebikes_writtenrow;
DROP POLICY IF EXISTS of_every_reader ON ebikes_writtenrow;
ALTER TABLE ebikes_writtenrow DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON ebikes_rememberedcolumns;
DROP POLICY IF EXISTS of_every_district ON ebikes_rememberedcolumns;
DROP POLICY IF EXISTS of_every_reader ON ebikes_rememberedcolumns;
ALTER TABLE ebikes_rememberedcolumns DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON ebikes_owner;
DROP POLICY IF EXISTS of_every_district ON ebikes_owner;
DROP POLICY IF EXISTS of_every_reader ON ebikes_owner;
ALTER TABLE ebikes_owner DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON ebikes_filedbike;
DROP POLICY IF EXISTS of_every_district ON ebikes_filedbike;
DROP POLICY IF EXISTS of_every_reader ON ebikes_filedbike;
ALTER TABLE ebikes_filedbike DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON ebikes_tradein;
DROP POLICY IF EXISTS of_every_district ON ebikes_tradein;
DROP POLICY IF EXISTS of_every_reader ON ebikes_tradein;
ALTER TABLE ebikes_tradein DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON ebikes_licensinganswer;
DROP POLICY IF EXISTS of_every_district ON ebikes_licensinganswer;
DROP POLICY IF EXISTS of_every_reader ON ebikes_licensinganswer;
ALTER TABLE ebikes_licensinganswer DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON ebikes_tradeindraft;
DROP POLICY IF EXISTS of_every_district ON ebikes_tradeindraft;
DROP POLICY IF EXISTS of_every_reader ON ebikes_tradeindraft;
ALTER TABLE ebikes_tradeindraft DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON ebikes_tradeinphoto;
DROP POLICY IF EXISTS of_every_district ON ebikes_tradeinphoto;
DROP POLICY IF EXISTS of_every_reader ON ebikes_tradeinphoto;
ALTER TABLE ebikes_tradeinphoto DISABLE ROW LEVEL SECURITY;
DROP TRIGGER IF EXISTS a_district_is_filled_in ON ebikes_importbatch;
DROP TRIGGER IF EXISTS a_district_stays ON ebikes_importbatch;
DROP TRIGGER IF EXISTS a_district_is_filled_in ON ebikes_rememberedcolumns;
DROP TRIGGER IF EXISTS a_district_stays ON ebikes_rememberedcolumns;
DROP TRIGGER IF EXISTS a_district_is_filled_in ON ebikes_owner;
DROP TRIGGER IF EXISTS a_district_stays ON ebikes_owner;
DROP TRIGGER IF EXISTS a_district_is_filled_in ON ebikes_filedbike;
DROP TRIGGER IF EXISTS a_district_stays ON ebikes_filedbike;
DROP TRIGGER IF EXISTS a_district_is_filled_in ON ebikes_tradein;
DROP TRIGGER IF EXISTS a_district_stays ON ebikes_tradein;
DROP TRIGGER IF EXISTS merchant_id_is_of_the_district ON ebikes_importbatch;
DROP TRIGGER IF EXISTS merchant_id_is_of_the_district_when_made ON ebikes_importbatch;
DROP TRIGGER IF EXISTS merchant_id_is_of_the_district ON ebikes_rememberedcolumns;
DROP TRIGGER IF EXISTS merchant_id_is_of_the_district_when_made ON ebikes_rememberedcolumns;
DROP TRIGGER IF EXISTS owner_id_is_of_the_district ON ebikes_filedbike;
DROP TRIGGER IF EXISTS owner_id_is_of_the_district_when_made ON ebikes_filedbike;
DROP TRIGGER IF EXISTS merchant_id_is_of_the_district ON ebikes_tradein;
DROP TRIGGER IF EXISTS merchant_id_is_of_the_district_when_made ON ebikes_tradein;
DROP TRIGGER IF EXISTS agent_point_id_is_of_the_district ON ebikes_tradein;
DROP TRIGGER IF EXISTS agent_point_id_is_of_the_district_when_made ON ebikes_tradein;
DROP TRIGGER IF EXISTS owner_id_is_of_the_district ON ebikes_tradein;
DROP TRIGGER IF EXISTS owner_id_is_of_the_district_when_made ON ebikes_tradein;
""",
}


class Migration(migrations.Migration):
    dependencies: ClassVar = [("ebikes", "0001_initial"), ("core", "0002_guards")]
    operations: ClassVar = [
        migrations.RunSQL([DROPPED.get(path, "") + text], [BACKWARDS[path]]) for path, text in FROZEN.items()
    ]
