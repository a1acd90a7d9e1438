-- A closed month: nothing is dated into it, it is closed by two people in order, and what it froze stays for thirty years.

-- The moment in which a month is over at Hangzhou.
CREATE OR REPLACE FUNCTION month_over(month date) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
    SELECT (month + interval '1 month') AT TIME ZONE 'Asia/Shanghai'
$$;

-- Whoever writes the ledger holds the scheme's row, and so does whoever closes: one of the two waits, and then sees the other.
CREATE OR REPLACE FUNCTION refuse_closed_month() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    wrong record;
BEGIN
    PERFORM FROM subsidies_scheme WHERE id IN (SELECT scheme_id FROM new_rows) ORDER BY id FOR NO KEY UPDATE;
    SELECT p.month, n.seq INTO wrong
    FROM (SELECT scheme_id, min(at) AS at, min(seq) AS seq FROM new_rows GROUP BY scheme_id) n
    JOIN (SELECT scheme_id, max(month) AS month FROM subsidies_period WHERE state <> 'declined' GROUP BY scheme_id) p
         USING (scheme_id)
    WHERE n.at < month_over(p.month)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the month % is closed: ledger row % is not dated into it', to_char(wrong.month, 'YYYY-MM'), wrong.seq
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER ledger_stays_out_of_closed_months AFTER INSERT ON subsidies_ledgerentry
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed_month();

-- The fingerprint of a close's vouchers: SHA-256 over a line for each voucher and each of its entries, in their order.
CREATE OR REPLACE FUNCTION vouchers_digest(the_period bigint) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(convert_to(coalesce(string_agg(line, E'\n' ORDER BY no, place), ''), 'UTF8')) FROM (
        SELECT no, 0 AS place, concat_ws('|', no, day, kind, rows, amount_fen, attachments, summary) AS line
        FROM subsidies_voucher WHERE period_id = the_period
        UNION ALL
        SELECT v.no, e.line, concat_ws('|', v.no, e.line, e.book, e.side, e.account_code, e.account_name, e.amount_fen)
        FROM subsidies_voucherentry e JOIN subsidies_voucher v ON v.id = e.voucher_id WHERE v.period_id = the_period
    ) lines
$$;

-- What the ledger says of a month, as a close keeps it.
CREATE OR REPLACE FUNCTION month_sums(the_scheme bigint, the_month date) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_object_agg(kind, jsonb_build_object('rows', n, 'fen', fen)), '{}') FROM (
        SELECT kind, count(*) AS n, sum(amount_fen)::bigint AS fen FROM subsidies_ledgerentry
        WHERE scheme_id = the_scheme AND at < month_over(the_month)
          AND at >= month_over((the_month - interval '1 month')::date)
        GROUP BY kind
    ) kinds
$$;

-- In what a close's vouchers are not the ledger's month, in plain words; null where they add up. A kind without entries in the
-- table of accounts is not booked.
CREATE OR REPLACE FUNCTION vouchers_fault(the_period bigint) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    p subsidies_period%ROWTYPE;
    wrong text;
BEGIN
    SELECT * INTO p FROM subsidies_period WHERE id = the_period;
    SELECT 'voucher ' || v.no || ' does not balance' INTO wrong
    FROM subsidies_voucher v
    LEFT JOIN subsidies_voucherentry e ON e.voucher_id = v.id
    WHERE v.period_id = the_period
    GROUP BY v.id, e.book
    HAVING coalesce(sum(CASE e.side WHEN 'debit' THEN e.amount_fen WHEN 'credit' THEN -e.amount_fen END), -1) <> 0
        OR bool_or(e.amount_fen <> v.amount_fen)
    LIMIT 1;
    IF wrong IS NOT NULL THEN
        RETURN wrong;
    END IF;
    SELECT 'voucher ' || no || ' is not of the month, or out of its order' INTO wrong
    FROM (SELECT no, day, row_number() OVER (ORDER BY no) AS place FROM subsidies_voucher WHERE period_id = the_period) v
    WHERE no <> place OR day NOT BETWEEN p.month AND (p.month + interval '1 month - 1 day')::date
    LIMIT 1;
    IF wrong IS NOT NULL THEN
        RETURN wrong;
    END IF;
    SELECT 'vouchers of ' || kind || ' do not add up to the ledger' INTO wrong
    FROM (
        SELECT kind, sum(rows) AS n, sum(amount_fen) AS fen FROM subsidies_voucher
        WHERE period_id = the_period GROUP BY kind
    ) booked
    FULL JOIN (
        SELECT key AS kind, (value->>'rows')::bigint AS n, (value->>'fen')::bigint AS fen
        FROM jsonb_each(month_sums(p.scheme_id, p.month))
        WHERE NOT jsonb_path_exists(p.rules, '$.accounts.content.kinds[*] ? (@.kind == $kind && @.pairs.size() == 0)',
                                    jsonb_build_object('kind', key))
    ) told USING (kind)
    WHERE (booked.n, booked.fen) IS DISTINCT FROM (told.n, told.fen)
    LIMIT 1;
    RETURN wrong;
END $$;

GRANT EXECUTE ON FUNCTION month_over, month_sums, vouchers_digest, vouchers_fault TO ebike_app;

CREATE OR REPLACE FUNCTION period_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    wrong text;
BEGIN
    PERFORM FROM subsidies_scheme WHERE id = NEW.scheme_id FOR NO KEY UPDATE;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'closing' OR NEW.vouchers_digest IS NOT NULL THEN
            RAISE EXCEPTION 'a close begins with one person' USING ERRCODE = 'check_violation';
        ELSIF month_over(NEW.month) > now() THEN
            RAISE EXCEPTION 'the month % is not over', to_char(NEW.month, 'YYYY-MM') USING ERRCODE = 'check_violation';
        ELSIF EXISTS (
            SELECT FROM subsidies_period
            WHERE scheme_id = NEW.scheme_id AND state <> 'declined' AND (month > NEW.month OR state = 'closing')
        ) OR (
            EXISTS (
                SELECT FROM subsidies_ledgerentry
                WHERE scheme_id = NEW.scheme_id AND at < month_over((NEW.month - interval '1 month')::date)
            ) AND NOT EXISTS (
                SELECT FROM subsidies_period WHERE scheme_id = NEW.scheme_id AND state = 'closed'
                  AND month = (NEW.month - interval '1 month')::date
            )
        ) THEN
            RAISE EXCEPTION 'months close in order, and % is not the next', to_char(NEW.month, 'YYYY-MM')
                USING ERRCODE = 'check_violation';
        ELSIF NEW.keep_until < NEW.month + interval '30 years' THEN
            RAISE EXCEPTION 'a close is kept for thirty years' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> 'closing'
       OR (OLD.scheme_id, OLD.month, OLD.sums, OLD.last_seq, OLD.last_hash, OLD.open_items, OLD.rules, OLD.keep_until,
           OLD.closed_by_id, OLD.closed_at, OLD.note)
          IS DISTINCT FROM
          (NEW.scheme_id, NEW.month, NEW.sums, NEW.last_seq, NEW.last_hash, NEW.open_items, NEW.rules, NEW.keep_until,
           NEW.closed_by_id, NEW.closed_at, NEW.note)
       OR (OLD.vouchers_digest IS NOT NULL AND OLD.vouchers_digest IS DISTINCT FROM NEW.vouchers_digest) THEN
        RAISE EXCEPTION 'the close of % stays as it was made', to_char(OLD.month, 'YYYY-MM')
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.vouchers_digest IS DISTINCT FROM OLD.vouchers_digest AND NEW.vouchers_digest <> vouchers_digest(NEW.id) THEN
        RAISE EXCEPTION 'this is not the fingerprint of the vouchers' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state = 'closed' THEN
        wrong := vouchers_fault(NEW.id);
        IF OLD.vouchers_digest IS NULL OR OLD.vouchers_digest <> vouchers_digest(NEW.id) THEN
            wrong := 'its vouchers are not those that were made';
        ELSIF NEW.sums <> month_sums(NEW.scheme_id, NEW.month) THEN
            wrong := 'its sums are not the ledger''s';
        ELSIF NEW.last_seq > 0 AND NOT EXISTS (
            SELECT FROM subsidies_ledgerentry
            WHERE scheme_id = NEW.scheme_id AND seq = NEW.last_seq AND hash = NEW.last_hash
        ) THEN
            wrong := 'the ledger has another row ' || NEW.last_seq;
        END IF;
        IF wrong IS NOT NULL THEN
            RAISE EXCEPTION 'the close of % is refused: %', to_char(NEW.month, 'YYYY-MM'), wrong
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER closes_go_step_by_step BEFORE INSERT OR UPDATE ON subsidies_period
    FOR EACH ROW EXECUTE FUNCTION period_guard();

-- Vouchers are made with their close, before its fingerprint is set.
CREATE OR REPLACE FUNCTION refuse_late_voucher() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    the_period bigint;
BEGIN
    IF TG_TABLE_NAME = 'subsidies_voucher' THEN
        the_period := NEW.period_id;
    ELSE
        SELECT period_id INTO the_period FROM subsidies_voucher WHERE id = NEW.voucher_id;
    END IF;
    IF EXISTS (SELECT FROM subsidies_period WHERE id = the_period AND (state <> 'closing' OR vouchers_digest IS NOT NULL)) THEN
        RAISE EXCEPTION 'the vouchers of a close are made with it' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER vouchers_are_made_with_the_close BEFORE INSERT ON subsidies_voucher
    FOR EACH ROW EXECUTE FUNCTION refuse_late_voucher();
CREATE OR REPLACE TRIGGER entries_are_made_with_the_close BEFORE INSERT ON subsidies_voucherentry
    FOR EACH ROW EXECUTE FUNCTION refuse_late_voucher();
CREATE OR REPLACE TRIGGER vouchers_are_never_changed BEFORE UPDATE OR TRUNCATE ON subsidies_voucher
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER entries_are_never_changed BEFORE UPDATE OR TRUNCATE ON subsidies_voucherentry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER documents_are_never_changed BEFORE UPDATE OR TRUNCATE ON subsidies_keptdocument
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER requests_are_never_changed BEFORE UPDATE OR TRUNCATE ON subsidies_paymentrequest
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER closes_are_not_truncated BEFORE TRUNCATE ON subsidies_period
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A document is what its fingerprint says.
CREATE OR REPLACE FUNCTION document_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.sha256 <> encode(sha256(NEW.content), 'hex') THEN
        RAISE EXCEPTION 'this is not the fingerprint of the document' USING ERRCODE = 'check_violation';
    ELSIF NEW.period_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM subsidies_period WHERE id = NEW.period_id AND state = 'closed'
    ) THEN
        RAISE EXCEPTION 'only a closed month gives out documents' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER documents_are_what_they_say BEFORE INSERT ON subsidies_keptdocument
    FOR EACH ROW EXECUTE FUNCTION document_guard();

CREATE OR REPLACE FUNCTION request_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.keep_until < NEW.made_at + interval '30 years' THEN
        RAISE EXCEPTION 'a request is kept for thirty years' USING ERRCODE = 'check_violation';
    ELSIF NOT EXISTS (
        SELECT FROM jsonb_array_elements(NEW.lines) line
        HAVING sum((line->>'rows')::bigint) = NEW.rows AND sum((line->>'fen')::bigint) = NEW.amount_fen
    ) THEN
        RAISE EXCEPTION 'the lines of a request add up to what it asks for' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER requests_add_up BEFORE INSERT ON subsidies_paymentrequest
    FOR EACH ROW EXECUTE FUNCTION request_guard();

-- What a close or a request is made of goes when its years are over, and not a day before.
CREATE OR REPLACE FUNCTION refuse_early_deletion() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    kept date;
BEGIN
    CASE TG_TABLE_NAME
        WHEN 'subsidies_period', 'subsidies_paymentrequest' THEN kept := OLD.keep_until;
        WHEN 'subsidies_voucher' THEN SELECT keep_until INTO kept FROM subsidies_period WHERE id = OLD.period_id;
        WHEN 'subsidies_voucherentry' THEN
            SELECT keep_until INTO kept FROM subsidies_period
            WHERE id = (SELECT period_id FROM subsidies_voucher WHERE id = OLD.voucher_id);
        ELSE
            SELECT keep_until INTO kept FROM subsidies_period WHERE id = OLD.period_id
            UNION ALL SELECT keep_until FROM subsidies_paymentrequest WHERE id = OLD.request_id;
    END CASE;
    IF kept >= (now() AT TIME ZONE 'Asia/Shanghai')::date THEN
        RAISE EXCEPTION 'this is kept until %', kept USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;

CREATE OR REPLACE TRIGGER closes_are_kept BEFORE DELETE ON subsidies_period
    FOR EACH ROW EXECUTE FUNCTION refuse_early_deletion();
CREATE OR REPLACE TRIGGER vouchers_are_kept BEFORE DELETE ON subsidies_voucher
    FOR EACH ROW EXECUTE FUNCTION refuse_early_deletion();
CREATE OR REPLACE TRIGGER entries_are_kept BEFORE DELETE ON subsidies_voucherentry
    FOR EACH ROW EXECUTE FUNCTION refuse_early_deletion();
CREATE OR REPLACE TRIGGER documents_are_kept BEFORE DELETE ON subsidies_keptdocument
    FOR EACH ROW EXECUTE FUNCTION refuse_early_deletion();
CREATE OR REPLACE TRIGGER requests_are_kept BEFORE DELETE ON subsidies_paymentrequest
    FOR EACH ROW EXECUTE FUNCTION refuse_early_deletion();

-- Accounts and layouts: proposed by one, decided once by another, and never edited.
CREATE OR REPLACE FUNCTION closing_rule_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' OR NEW.version <> 1 + (
            SELECT count(*) FROM subsidies_closingrule WHERE subject = NEW.subject
        ) THEN
            RAISE EXCEPTION 'a closing rule begins as the next proposal' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF OLD.state <> 'proposed' OR NEW.state = 'proposed'
       OR (OLD.subject, OLD.version, OLD.content, OLD.note, OLD.proposed_by_id, OLD.proposed_at)
          IS DISTINCT FROM
          (NEW.subject, NEW.version, NEW.content, NEW.note, NEW.proposed_by_id, NEW.proposed_at) THEN
        RAISE EXCEPTION 'closing rule % is decided once and never changed', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER closing_rules_are_decided_once BEFORE INSERT OR UPDATE ON subsidies_closingrule
    FOR EACH ROW EXECUTE FUNCTION closing_rule_guard();
CREATE OR REPLACE TRIGGER closing_rules_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_closingrule
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
