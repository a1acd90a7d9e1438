-- An issue of the report stands for ever: its figures, rows and documents are written with it, and a second person signs just them.

CREATE OR REPLACE FUNCTION issue_digest(the_issue bigint) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(convert_to(coalesce(string_agg(line, E'\n' ORDER BY line), ''), 'UTF8')) FROM (
        SELECT to_char(place, '0000') || '|' || concat_ws('|', section, code, word, title, meaning, is_money, value, text, rate,
               remark, late, count, rows_sha256, opens) AS line FROM subsidies_issuefigure WHERE issue_id = the_issue
        UNION ALL
        SELECT 'document|' || file_format || '|' || sha256 FROM subsidies_issuedocument WHERE issue_id = the_issue
        UNION ALL
        SELECT 'scheme|' || scheme_id FROM subsidies_reportissue_schemes WHERE reportissue_id = the_issue
    ) lines
$$;
GRANT EXECUTE ON FUNCTION issue_digest TO ebike_app;

CREATE OR REPLACE FUNCTION report_issue_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' OR NEW.digest IS NOT NULL THEN
            RAISE EXCEPTION 'an issue of the report begins with one person' USING ERRCODE = 'check_violation';
        ELSIF NEW.last >= (NEW.made_at AT TIME ZONE 'Asia/Shanghai')::date THEN
            RAISE EXCEPTION 'the days of a report are over when it is made' USING ERRCODE = 'check_violation';
        ELSIF NEW.year <> extract(year FROM NEW.last)
              OR NEW.serial <> 1 + (SELECT count(*) FROM subsidies_reportissue WHERE year = NEW.year) THEN
            RAISE EXCEPTION 'issues of the report are numbered in order' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> 'proposed'
       OR to_jsonb(OLD) - '{digest,state,decided_by_id,decided_at,decision_note}'::text[]
          <> to_jsonb(NEW) - '{digest,state,decided_by_id,decided_at,decision_note}'::text[]
       OR (OLD.digest IS NOT NULL AND OLD.digest IS DISTINCT FROM NEW.digest) THEN
        RAISE EXCEPTION 'issue % of the report stays as it was made', OLD.id USING ERRCODE = 'restrict_violation';
    ELSIF NEW.digest IS NOT NULL AND NEW.digest <> issue_digest(NEW.id) OR NEW.state = 'signed' AND NEW.digest IS NULL THEN
        RAISE EXCEPTION 'this is not the fingerprint of the report' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER report_issues_are_signed_once BEFORE INSERT OR UPDATE ON subsidies_reportissue
    FOR EACH ROW EXECUTE FUNCTION report_issue_guard();
CREATE OR REPLACE TRIGGER report_issues_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_reportissue
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What belongs to an issue is written with it, before its fingerprint is set; and is what its own fingerprint says.
CREATE OR REPLACE FUNCTION refuse_late_part_of_issue() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    part jsonb := to_jsonb(NEW);
BEGIN
    IF NOT EXISTS (SELECT FROM subsidies_reportissue
                   WHERE id = coalesce(part->>'issue_id', part->>'reportissue_id')::bigint
                     AND state = 'proposed' AND digest IS NULL) THEN
        RAISE EXCEPTION 'what belongs to an issue of the report is made with it' USING ERRCODE = 'restrict_violation';
    ELSIF TG_TABLE_NAME = 'subsidies_issuefigure' AND part->>'rows_sha256' <> encode(sha256((part->>'rows')::bytea), 'hex')
       OR TG_TABLE_NAME = 'subsidies_issuedocument' AND part->>'sha256' <> encode(sha256((part->>'content')::bytea), 'hex') THEN
        RAISE EXCEPTION 'this is not the fingerprint of what is kept' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER figures_are_made_with_the_issue BEFORE INSERT ON subsidies_issuefigure
    FOR EACH ROW EXECUTE FUNCTION refuse_late_part_of_issue();
CREATE OR REPLACE TRIGGER documents_are_made_with_the_issue BEFORE INSERT ON subsidies_issuedocument
    FOR EACH ROW EXECUTE FUNCTION refuse_late_part_of_issue();
CREATE OR REPLACE TRIGGER schemes_are_chosen_with_the_issue BEFORE INSERT ON subsidies_reportissue_schemes
    FOR EACH ROW EXECUTE FUNCTION refuse_late_part_of_issue();
CREATE OR REPLACE TRIGGER figures_are_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON subsidies_issuefigure
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER report_documents_are_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON subsidies_issuedocument
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER schemes_of_an_issue_are_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON subsidies_reportissue_schemes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A template is proposed as the next version and decided on once.
CREATE OR REPLACE FUNCTION report_template_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' OR NEW.version <> 1 + (SELECT count(*) FROM subsidies_reporttemplate) THEN
            RAISE EXCEPTION 'a report template begins as the next proposal' USING ERRCODE = 'check_violation';
        ELSIF NEW.sha256 <> encode(sha256(NEW.content), 'hex') THEN
            RAISE EXCEPTION 'this is not the fingerprint of the template' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF OLD.state <> 'proposed' OR NEW.state = 'proposed'
       OR to_jsonb(OLD) - '{state,decided_by_id,decided_at,decision_note}'::text[]
          <> to_jsonb(NEW) - '{state,decided_by_id,decided_at,decision_note}'::text[] THEN
        RAISE EXCEPTION 'report template % is decided once and never changed', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER report_templates_are_decided_once BEFORE INSERT OR UPDATE ON subsidies_reporttemplate
    FOR EACH ROW EXECUTE FUNCTION report_template_guard();
CREATE OR REPLACE TRIGGER report_templates_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_reporttemplate
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

SELECT audit_table('subsidies_reportissue', 'subsidies.reportissue', ignored => '{digest}');
SELECT audit_table('subsidies_reporttemplate', 'subsidies.reporttemplate', ignored => '{content}');
