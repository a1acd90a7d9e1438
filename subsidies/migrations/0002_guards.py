"""What the database itself refuses and writes down, as it was when this was made. Written by `makeguards`."""

from typing import ClassVar

from django.db import migrations

# The files as they were: the next migration of this kind begins here.
FROZEN = {
    "claims/sql/claims.sql": r"""-- A claim moves only along the table of moves, and every move leaves an event row: whoever moves it, by whatever SQL.
-- The table repeats subsidies/states.py; a test holds the two together.

CREATE OR REPLACE VIEW subsidies_claim_move (from_state, to_state) AS VALUES
    ('received', 'checking'), ('received', 'refused'), ('received', 'cancelled'),
    ('checking', 'eligible'), ('checking', 'refused'), ('checking', 'review'), ('checking', 'needs_correction'),
    ('checking', 'cancelled'),
    ('needs_correction', 'checking'), ('needs_correction', 'refused'), ('needs_correction', 'cancelled'),
    ('review', 'checking'), ('review', 'eligible'), ('review', 'needs_correction'), ('review', 'refused'),
    ('review', 'cancelled'),
    ('eligible', 'settled'), ('eligible', 'waitlisted'), ('eligible', 'checking'), ('eligible', 'refused'),
    ('eligible', 'cancelled'),
    ('waitlisted', 'settled'), ('waitlisted', 'checking'), ('waitlisted', 'refused'), ('waitlisted', 'cancelled'),
    ('settled', 'on_notice'), ('settled', 'approved'), ('settled', 'refused'), ('settled', 'cancelled'),
    ('on_notice', 'objected'), ('on_notice', 'approved'), ('on_notice', 'refused'), ('on_notice', 'cancelled'),
    ('objected', 'on_notice'), ('objected', 'approved'), ('objected', 'refused'), ('objected', 'cancelled'),
    ('approved', 'in_payout'), ('approved', 'settled'), ('approved', 'refused'), ('approved', 'cancelled'),
    ('in_payout', 'paid'), ('in_payout', 'payout_failed'), ('in_payout', 'payout_unknown'), ('in_payout', 'approved'),
    ('payout_unknown', 'paid'), ('payout_unknown', 'payout_failed'), ('payout_unknown', 'approved'),
    ('payout_failed', 'approved'), ('payout_failed', 'cancelled'), ('payout_failed', 'paid'),
    ('paid', 'recovering'), ('paid', 'payout_failed'),
    ('recovering', 'recovered'), ('recovering', 'paid'), ('recovering', 'written_off'), ('written_off', 'recovering'),
    ('refused', 'checking');

-- The whole hour (UTC) in which something was completed.
CREATE OR REPLACE FUNCTION hour_of(moment timestamptz) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT date_bin('1 hour', moment, '2000-01-01 00:00Z')
$$;
GRANT EXECUTE ON FUNCTION hour_of TO ebike_app;

-- Who acts, by which verb, at what time: set by `core.audit.acting`, with its proof; a change made by hand shows as '(sql)'.
CREATE OR REPLACE FUNCTION acting() RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT told('ebikes.acting')
$$;

CREATE OR REPLACE FUNCTION claim_inserted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    ctx jsonb := acting();
    moment timestamptz := coalesce((ctx->>'at')::timestamptz, now());
    verb text := coalesce(ctx->>'verb', '(sql)');
    actor bigint := active_person((ctx->>'by')::bigint);
    reasons text[] := ARRAY(SELECT jsonb_array_elements_text(ctx->'reasons'));
    note text := coalesce(ctx->>'note', '');
    wrong text;
BEGIN
    SELECT state INTO wrong FROM new_rows WHERE state NOT IN ('received', 'refused') LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'a claim does not begin as %', wrong USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO subsidies_claimevent (claim_id, from_state, to_state, at, verb, by_id, refusals, reasons, note)
    SELECT id, '', state, moment, verb, actor, refusals, reasons, note FROM new_rows ORDER BY id;

    -- Ranks and figures are sums of these. They are only added to, so that nobody waits for anybody; `fold_tallies` adds up.
    INSERT INTO subsidies_claimtally (scheme_id, hour, state, count)
    SELECT scheme_id, hour_of(completed_at), state, count(*) FROM new_rows
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
    RETURN NULL;
END $$;

-- A claim moves six times and more; half of each page is left free, so that a move stays on its page.
ALTER TABLE subsidies_claim SET (fillfactor = 50);

CREATE OR REPLACE TRIGGER claims_begin_as_received AFTER INSERT ON subsidies_claim
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION claim_inserted();

-- While it is being checked a claim may go to the open scheme that the authorities' time falls to, and takes no money along.
CREATE OR REPLACE FUNCTION claim_may_go_to(the_claim bigint, the_scheme bigint, completed timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN the_scheme = scheme_on((SELECT t.district_id FROM subsidies_claim c JOIN ebikes_tradein t ON t.id = c.trade_in_id
                                   WHERE c.id = the_claim), (completed AT TIME ZONE 'Asia/Shanghai')::date)
       AND EXISTS (SELECT FROM subsidies_scheme WHERE id = the_scheme AND state = 'open')
       AND NOT EXISTS (SELECT FROM subsidies_ledgerentry WHERE claim_id = the_claim);
END $$;

-- Transition tables have no statistics: without the setting, a LIMIT 1 invites a nested loop over all of them.
CREATE OR REPLACE FUNCTION claim_updated() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET enable_nestloop = off AS $$
DECLARE
    ctx jsonb := acting();
    moment timestamptz := coalesce((ctx->>'at')::timestamptz, now());
    verb text := coalesce(ctx->>'verb', '(sql)');
    actor bigint := active_person((ctx->>'by')::bigint);
    reasons text[] := ARRAY(SELECT jsonb_array_elements_text(ctx->'reasons'));
    note text := coalesce(ctx->>'note', '');
    wrong record;
BEGIN
    -- Whose claim it is never changes; place, stage and amount are frozen once the checks are through; the approver cannot
    -- be swapped, to take another part in the payout, without approving again.
    WITH judged AS MATERIALIZED (
        SELECT o.id, o.state AS from_state, n.state AS to_state, n.completed_at, n.received_at, n.refusals, n.scheme_id,
               hour_of(o.completed_at) AS hour_before, o.scheme_id AS scheme_before, CASE
            WHEN o.state <> n.state
                 AND (o.state, n.state) NOT IN (SELECT from_state, to_state FROM subsidies_claim_move) THEN 'move'
            WHEN (o.trade_in_id, o.owner_id, o.received_at) IS DISTINCT FROM (n.trade_in_id, n.owner_id, n.received_at)
              OR (o.state NOT IN ('received', 'checking', 'needs_correction', 'review')
                  AND (o.scheme_id, o.completed_at, o.completed_by, o.stage_id, o.amount_fen, o.filing_plate_no, o.vehicle_code)
                      IS DISTINCT FROM
                      (n.scheme_id, n.completed_at, n.completed_by, n.stage_id, n.amount_fen, n.filing_plate_no, n.vehicle_code))
            THEN 'frozen'
            WHEN o.scheme_id <> n.scheme_id
                 AND (o.state = n.state OR NOT claim_may_go_to(n.id, n.scheme_id, n.completed_at)) THEN 'scheme'
            WHEN o.approved_by_id IS DISTINCT FROM n.approved_by_id
                 AND (n.state <> 'approved' OR o.state IN ('approved', 'in_payout', 'payout_unknown')) THEN 'approver'
            END AS fault
        FROM old_rows o JOIN new_rows n USING (id)
    ), events AS (
        INSERT INTO subsidies_claimevent (claim_id, from_state, to_state, at, verb, by_id, refusals, reasons, note)
        SELECT j.id, from_state, to_state, moment, verb, actor, refusals, reasons,
               CASE WHEN scheme_before = scheme_id THEN note ELSE concat_ws('；', nullif(note, ''), (
                   SELECT format('按主管部门登记的完成时间，由方案“%s”转入方案“%s”', a.name, b.name)
                   FROM subsidies_scheme a, subsidies_scheme b WHERE (a.id, b.id) = (scheme_before, scheme_id))) END
        FROM judged j WHERE from_state <> to_state
        ORDER BY completed_at, received_at, j.id
    ), moves AS MATERIALIZED (
        SELECT scheme_before, hour_before, from_state, scheme_id, hour_of(completed_at) AS hour, to_state, count(*) AS n
        FROM judged
        WHERE from_state <> to_state OR hour_before <> hour_of(completed_at) OR scheme_before <> scheme_id
        GROUP BY 1, 2, 3, 4, 5, 6
    ), tally AS (
        INSERT INTO subsidies_claimtally (scheme_id, hour, state, count)
        SELECT scheme_id, hour, state, sum(n) FROM (
            SELECT scheme_before AS scheme_id, hour_before AS hour, from_state AS state, -n AS n FROM moves
            UNION ALL
            SELECT scheme_id, hour, to_state, n FROM moves
        ) changes
        GROUP BY 1, 2, 3 HAVING sum(n) <> 0 ORDER BY 1, 2, 3
    )
    SELECT id, from_state, to_state, fault INTO wrong FROM judged WHERE fault IS NOT NULL LIMIT 1;
    CASE wrong.fault
        WHEN 'move' THEN
            RAISE EXCEPTION 'claim % may not move from % to %', wrong.id, wrong.from_state, wrong.to_state
                USING ERRCODE = 'check_violation';
        WHEN 'frozen' THEN
            RAISE EXCEPTION 'the place and amount of claim % are frozen', wrong.id USING ERRCODE = 'check_violation';
        WHEN 'scheme' THEN
            RAISE EXCEPTION 'claim % does not belong to that scheme', wrong.id USING ERRCODE = 'check_violation';
        WHEN 'approver' THEN
            RAISE EXCEPTION 'the approver of claim % is not changed by hand', wrong.id
                USING ERRCODE = 'check_violation';
        ELSE NULL;
    END CASE;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER claims_move_by_the_table AFTER UPDATE ON subsidies_claim
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION claim_updated();

CREATE OR REPLACE TRIGGER claims_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_claim
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- History is what happened: moves alone write it, and the tallies.
SELECT written_by_database('subsidies_claimevent');
SELECT written_by_database('subsidies_claimtally');

-- One row for each hour and state again, and none where nothing is. Whoever reads meanwhile finds the same sums.
CREATE OR REPLACE FUNCTION fold_tallies() RETURNS bigint LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    WITH several AS (
        SELECT scheme_id, hour, state FROM subsidies_claimtally GROUP BY 1, 2, 3 HAVING count(*) > 1 OR sum(count) = 0
    ), gone AS (
        DELETE FROM subsidies_claimtally t USING several s
        WHERE (t.scheme_id, t.hour, t.state) = (s.scheme_id, s.hour, s.state) RETURNING t.*
    ), added AS (
        INSERT INTO subsidies_claimtally (scheme_id, hour, state, count)
        SELECT scheme_id, hour, state, sum(count) FROM gone GROUP BY 1, 2, 3 HAVING sum(count) <> 0 ORDER BY 1, 2, 3
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM gone) - (SELECT count(*) FROM added)
$$;
GRANT EXECUTE ON FUNCTION fold_tallies TO ebike_app;
CREATE OR REPLACE TRIGGER claim_events_are_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON subsidies_claimevent
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER checks_are_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON subsidies_eligibilitycheck
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER policy_versions_are_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON subsidies_policyversion
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
""",
    "claims/sql/shop.sql": r"""-- From the moment that money is set aside for a claim, the shop's owner (负责人) withdraws it or has it paid elsewhere: no clerk does.
CREATE OR REPLACE FUNCTION refuse_clerk() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    who bigint := CASE TG_TABLE_NAME WHEN 'subsidies_payeechange' THEN (to_jsonb(NEW)->>'by_id')::bigint
                       ELSE (SELECT by_id FROM audit_origin()) END;
    which bigint := CASE TG_TABLE_NAME WHEN 'subsidies_payeechange' THEN (to_jsonb(NEW)->>'claim_id')::bigint ELSE NEW.id END;
BEGIN
    IF EXISTS (SELECT FROM merchants_membership WHERE user_id = who AND role = 'clerk')
       AND EXISTS (SELECT FROM subsidies_claim WHERE id = which AND state IN
           ('settled', 'on_notice', 'objected', 'approved', 'in_payout', 'payout_failed', 'payout_unknown')) THEN
        RAISE EXCEPTION 'money is set aside for claim %: that is for the owner of the shop', which USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER owners_withdraw BEFORE UPDATE OF state ON subsidies_claim FOR EACH ROW
    WHEN (NEW.state = 'cancelled' AND OLD.state <> 'cancelled') EXECUTE FUNCTION refuse_clerk();
CREATE OR REPLACE TRIGGER owners_have_it_paid_elsewhere BEFORE INSERT ON subsidies_payeechange
    FOR EACH ROW EXECUTE FUNCTION refuse_clerk();
-- A shop's people say why they withdraw something; a correction says what takes its place.
CREATE OR REPLACE FUNCTION refuse_unexplained() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF coalesce(told('ebikes.acting')->>'note', '') !~ '\S'
       AND EXISTS (SELECT FROM merchants_membership WHERE user_id = (SELECT by_id FROM audit_origin())) THEN
        RAISE EXCEPTION 'claim % is withdrawn by its shop without a reason', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER shops_say_why BEFORE UPDATE OF state ON subsidies_claim FOR EACH ROW
    WHEN (NEW.state = 'cancelled' AND OLD.state <> 'cancelled') EXECUTE FUNCTION refuse_unexplained();
""",
    "ledger/sql/ledger.sql": r"""-- The ledger: append-only, numbered without a gap, hash-chained; and the sums on scheme and stage, which are its own.

-- What a row's hash covers, in one line of text. An export that carries these columns can be verified anywhere.
CREATE OR REPLACE FUNCTION ledger_moment(at timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;
CREATE OR REPLACE FUNCTION ledger_payload(scheme_code text, seq bigint, kind text, stage_no int, claim_id bigint,
                               amount_fen bigint, at timestamptz, by_id bigint, change_id bigint, order_no text,
                               payee_digest text, recorded_at timestamptz, ref text)
RETURNS text LANGUAGE sql STABLE AS $$
    SELECT concat_ws('|', scheme_code, seq, kind, coalesce(stage_no::text, ''), coalesce(claim_id::text, ''), amount_fen,
                     ledger_moment(at), coalesce(by_id::text, ''), coalesce(change_id::text, ''), order_no, payee_digest,
                     ledger_moment(recorded_at), ref)
$$;
GRANT EXECUTE ON FUNCTION ledger_moment, ledger_payload TO ebike_app;

-- hash_chain(head, payload) OVER (ORDER BY seq): the running chain of many rows in one statement.
CREATE OR REPLACE FUNCTION hash_chain_step(state bytea, head bytea, payload text) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE PARALLEL UNSAFE AS $$
BEGIN
    RETURN sha256(coalesce(state, head) || convert_to(payload, 'UTF8'));
END $$;
CREATE OR REPLACE AGGREGATE hash_chain(bytea, text) (SFUNC = hash_chain_step, STYPE = bytea);

-- To whom an order paid, for everybody to compare and for nobody to trace: the payee's index under the order's own number.
CREATE OR REPLACE FUNCTION payee_digest(order_no text, payee_index bytea) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT encode(sha256(convert_to(order_no || '|', 'UTF8') || payee_index), 'hex')
$$;
GRANT EXECUTE ON FUNCTION payee_digest TO ebike_app;

-- What a row adds to what is paid: paid out, returned by the operator, recovered from whoever had it.
CREATE OR REPLACE FUNCTION paid_by(kind text, amount_fen bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN kind = 'pay' THEN amount_fen WHEN kind IN ('return', 'recover') THEN -amount_fen ELSE 0 END
$$;
GRANT EXECUTE ON FUNCTION paid_by TO ebike_app;

-- How much a piece of a claim's money is that is not its subsidy paid out (`ref` ''): a supplement that two people confirmed,
-- or what is kept for a confirmed receipt.
CREATE OR REPLACE FUNCTION piece_of_claim(the_claim bigint, the_ref text) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT amount_fen FROM subsidies_supplement
            WHERE claim_id = the_claim AND ref = the_ref AND state NOT IN ('proposed', 'declined')
            UNION ALL
            SELECT amount_fen FROM subsidies_recoveryreceipt
            WHERE number = the_ref AND set_off_id = the_claim AND state = 'confirmed');
END $$;

-- The one way to write: the database numbers the rows, chains them, says when, and looks up itself what a row names. The
-- scheme must be locked by the caller (`lock_scheme`): its head is where the chain goes on. `moment` is the business time.
-- One row for each claim, in order of place, about the piece of its money that `the_ref` names ('': its subsidy).
CREATE OR REPLACE FUNCTION append_for_claims(the_scheme bigint, the_kind text, moment timestamptz, actor bigint,
                                             claims bigint[], the_ref text, fen bigint, proof text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM demand_proof(format('append %s %s', the_scheme, the_kind), proof);
    INSERT INTO subsidies_ledgerentry (scheme_id, seq, kind, stage_id, claim_id, amount_fen, at, by_id, change_id, order_no,
                                       payee_digest, recorded_at, ref, prev_hash, hash)
    SELECT the_scheme, seq, the_kind, stage_id, claim_id, amount_fen, moment, actor, NULL, order_no, digest, now(), the_ref,
           lag(hash, 1, head) OVER (ORDER BY seq), hash
    FROM (
        SELECT *, hash_chain(head, ledger_payload(code, seq, the_kind, stage_no, claim_id, amount_fen, moment, actor, NULL,
                                                  order_no, digest, now(), the_ref)) OVER (ORDER BY seq) AS hash
        FROM (
            SELECT s.code, s.ledger_head AS head, st.no AS stage_no, c.stage_id, c.id AS claim_id,
                   coalesce(fen, c.amount_fen) AS amount_fen, coalesce(l.request_no, '') AS order_no,
                   coalesce(payee_digest(l.request_no, l.payee_index), '') AS digest,
                   s.ledger_seq + row_number() OVER (ORDER BY c.completed_at, c.received_at, c.id) AS seq
            FROM subsidies_claim c
            JOIN subsidies_scheme s ON s.id = the_scheme
            LEFT JOIN subsidies_stage st ON st.id = c.stage_id
            LEFT JOIN (subsidies_payoutline l LEFT JOIN subsidies_supplement u ON u.id = l.supplement_id)
                 ON the_kind = 'pay' AND l.claim_id = c.id AND l.state = 'success' AND coalesce(u.ref, '') = the_ref
            WHERE c.id = ANY (claims)
        ) numbered
    ) chained;
END $$;

-- The money of a scheme change that two people made: what it adds, or takes away.
CREATE OR REPLACE FUNCTION append_change(the_change bigint, moment timestamptz, proof text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM demand_proof('append change ' || the_change, proof);
    INSERT INTO subsidies_ledgerentry (scheme_id, seq, kind, amount_fen, at, by_id, change_id, order_no, payee_digest,
                                       recorded_at, ref, prev_hash, hash)
    SELECT scheme_id, seq, kind, fen, moment, actor, the_change, '', '', now(), ref, ledger_head,
           sha256(ledger_head || convert_to(ledger_payload(
               code, seq, kind, NULL, NULL, fen, moment, actor, the_change, '', '', now(), ref), 'UTF8'))
    FROM (
        SELECT s.id AS scheme_id, s.code, s.ledger_seq + 1 AS seq, s.ledger_head, abs(c.budget_fen) AS fen,
               CASE WHEN c.budget_fen > 0 THEN 'fund' ELSE 'cut' END AS kind, c.decided_by_id AS actor, c.ref
        FROM subsidies_schemechange c JOIN subsidies_scheme s ON s.id = c.scheme_id
        WHERE c.id = the_change AND c.budget_fen <> 0
    ) told;
END $$;
GRANT EXECUTE ON FUNCTION append_for_claims, append_change TO ebike_app;

-- Rows whose paper is not there: money that comes or goes by an approved change, once, and as much as it says; a payment by the
-- order that succeeded, to whom that one went.
CREATE OR REPLACE FUNCTION ledger_names_its_papers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    wrong record;
BEGIN
    SELECT n.seq, n.kind INTO wrong FROM new_rows n
    LEFT JOIN subsidies_schemechange c ON c.id = n.change_id
    WHERE n.kind IN ('fund', 'cut') AND (c.scheme_id, c.state, c.budget_fen, true) IS DISTINCT FROM
          (n.scheme_id, 'approved', CASE n.kind WHEN 'fund' THEN n.amount_fen ELSE -n.amount_fen END,
           c.proposed_by_id <> c.decided_by_id)
       OR n.kind NOT IN ('fund', 'cut') AND n.change_id IS NOT NULL
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger row % (%) is not the money of a scheme change that two people made', wrong.seq, wrong.kind
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT n.seq, n.kind INTO wrong FROM new_rows n
    WHERE CASE WHEN n.kind = 'pay' AND (n.order_no, n.payee_digest) = ('', '') THEN NOT EXISTS (
            -- nothing left: the owner's own debt was set off
            SELECT FROM subsidies_recoveryreceipt r
            WHERE r.number = n.ref AND r.set_off_id = n.claim_id AND r.state = 'confirmed' AND r.amount_fen = n.amount_fen)
          WHEN n.kind = 'pay' THEN NOT EXISTS (
            SELECT FROM subsidies_payoutline l LEFT JOIN subsidies_supplement u ON u.id = l.supplement_id
            WHERE l.request_no = n.order_no AND l.state = 'success' AND l.claim_id = n.claim_id
              AND coalesce(u.ref, '') = n.ref AND l.amount_fen = n.amount_fen
              AND payee_digest(l.request_no, l.payee_index) = n.payee_digest)
          ELSE n.order_no <> '' OR n.payee_digest <> '' END
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger row % (%) is not a payment that was ordered and made', wrong.seq, wrong.kind
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER ledger_rows_name_their_papers AFTER INSERT ON subsidies_ledgerentry
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ledger_names_its_papers();
SELECT written_by_database('subsidies_ledgerentry');

-- It looks up the new rows' claims by index, however its caller lets the planner join.
CREATE OR REPLACE FUNCTION ledger_appended() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET enable_nestloop = on AS $$
DECLARE
    the_scheme subsidies_scheme%ROWTYPE;
    added record;
BEGIN
    FOR added IN
        SELECT scheme_id, min(seq) AS first, max(seq) AS last, count(*) AS n,
               coalesce(sum(CASE kind WHEN 'fund' THEN amount_fen WHEN 'cut' THEN -amount_fen ELSE 0 END), 0) AS funded,
               coalesce(sum(CASE kind WHEN 'reserve' THEN amount_fen WHEN 'release' THEN -amount_fen
                                      WHEN 'pay' THEN -amount_fen ELSE 0 END), 0) AS reserved,
               coalesce(sum(paid_by(kind, amount_fen)), 0) AS paid
        FROM new_rows GROUP BY scheme_id ORDER BY scheme_id
    LOOP
        SELECT * INTO STRICT the_scheme FROM subsidies_scheme WHERE id = added.scheme_id FOR NO KEY UPDATE;
        IF the_scheme.state = 'archived' THEN
            RAISE EXCEPTION 'scheme % is archived: nothing is booked there', the_scheme.code
                USING ERRCODE = 'restrict_violation';
        -- What came back is the claim's again; a subsidy that nobody had yet is allotted while the scheme is open.
        ELSIF the_scheme.state <> 'open' AND EXISTS (
            SELECT FROM new_rows n WHERE n.scheme_id = added.scheme_id AND (n.kind, n.ref) = ('reserve', '')
            AND NOT EXISTS (SELECT FROM subsidies_ledgerentry e WHERE e.claim_id = n.claim_id AND e.kind = 'return')
        ) THEN
            RAISE EXCEPTION 'scheme % is % and allots nothing', the_scheme.code, the_scheme.state
                USING ERRCODE = 'restrict_violation';
        END IF;
        IF added.first <> the_scheme.ledger_seq + 1 OR added.n <> added.last - added.first + 1 THEN
            RAISE EXCEPTION 'ledger rows %..% do not follow row %', added.first, added.last, the_scheme.ledger_seq
                USING ERRCODE = 'check_violation';
        END IF;
        IF EXISTS (
            SELECT FROM (
                SELECT prev_hash, hash, lag(e.hash, 1, the_scheme.ledger_head) OVER (ORDER BY e.seq) AS expected,
                       ledger_payload(the_scheme.code, seq, kind, s.no, claim_id, e.amount_fen, at, by_id, change_id, order_no,
                                      payee_digest, recorded_at, ref) AS payload
                FROM new_rows e LEFT JOIN subsidies_stage s ON s.id = e.stage_id WHERE e.scheme_id = added.scheme_id
            ) c
            WHERE prev_hash <> expected OR hash <> sha256(prev_hash || convert_to(payload, 'UTF8'))
        ) THEN
            RAISE EXCEPTION 'ledger rows %..% break the chain', added.first, added.last
                USING ERRCODE = 'check_violation';
        END IF;
        UPDATE subsidies_scheme
        SET funded_fen = funded_fen + added.funded, reserved_fen = reserved_fen + added.reserved,
            paid_fen = paid_fen + added.paid, ledger_seq = added.last,
            ledger_head = (SELECT hash FROM new_rows WHERE scheme_id = added.scheme_id AND seq = added.last)
        WHERE id = added.scheme_id;
    END LOOP;
    UPDATE subsidies_stage s
    SET reserved_fen = s.reserved_fen + d.reserved, paid_fen = s.paid_fen + d.paid
    FROM (
        SELECT stage_id,
               sum(CASE kind WHEN 'reserve' THEN amount_fen WHEN 'release' THEN -amount_fen
                             WHEN 'pay' THEN -amount_fen ELSE 0 END) AS reserved,
               sum(paid_by(kind, amount_fen)) AS paid
        FROM new_rows WHERE stage_id IS NOT NULL GROUP BY stage_id
    ) d
    WHERE s.id = d.stage_id;

    -- A claim's money moves whole, piece by piece (`ref`), step by step: reserved, then released or paid; what was paid may
    -- return, and then be reserved again. Releasing what was never reserved would make room for an oversell that no sum can see.
    -- What is recovered comes in parts, each by a receipt that two people have confirmed, while it is demanded back.
    -- That the claim exists, in this scheme and stage, is seen here for all rows at once, in place of foreign keys.
    SELECT n.claim_id AS id INTO added
    FROM new_rows n
    LEFT JOIN subsidies_claim c ON c.id = n.claim_id
    LEFT JOIN LATERAL (
        SELECT kind FROM subsidies_ledgerentry e WHERE e.claim_id = n.claim_id AND e.ref = n.ref AND e.seq < n.seq
        ORDER BY e.seq DESC LIMIT 1
    ) before ON true
    WHERE n.kind NOT IN ('fund', 'cut') AND (
        (c.scheme_id, c.stage_id) IS DISTINCT FROM (n.scheme_id, n.stage_id)
        OR (coalesce(before.kind, ''), n.kind) NOT IN (
            ('', 'reserve'), ('reserve', 'release'), ('reserve', 'pay'), ('pay', 'return'), ('return', 'reserve'),
            ('', 'recover'))
        OR CASE WHEN n.kind = 'recover' THEN c.state <> 'recovering' OR NOT EXISTS (
                    SELECT FROM subsidies_recoveryreceipt r JOIN subsidies_recoverycase k ON k.id = r.case_id
                    WHERE r.number = n.ref AND r.amount_fen = n.amount_fen AND r.state = 'confirmed' AND k.claim_id = c.id)
                -- what was recovered meanwhile does not return a second time
                WHEN n.kind = 'return' AND n.amount_fen < CASE n.ref WHEN '' THEN c.amount_fen ELSE piece_of_claim(c.id, n.ref) END THEN (
                    SELECT sum(paid_by(e.kind, e.amount_fen)) <> 0 FROM subsidies_ledgerentry e WHERE e.claim_id = c.id)
                ELSE n.amount_fen IS DISTINCT FROM CASE n.ref WHEN '' THEN c.amount_fen ELSE piece_of_claim(c.id, n.ref) END
           END)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger rows of claim % are not its own money', added.id USING ERRCODE = 'check_violation';
    END IF;
    SELECT e.claim_id AS id INTO added
    FROM subsidies_ledgerentry e
    WHERE e.claim_id IN (SELECT claim_id FROM new_rows WHERE kind IN ('return', 'recover'))
    GROUP BY e.claim_id HAVING sum(paid_by(e.kind, e.amount_fen)) < 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'more came back for claim % than it was paid', added.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER ledger_keeps_the_sums AFTER INSERT ON subsidies_ledgerentry
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ledger_appended();
CREATE OR REPLACE TRIGGER ledger_is_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON subsidies_ledgerentry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The sums are the ledger's: only its trigger sets them, which runs as the owner of the table, as nobody else does. Nor the
-- scheme's code and the stage's number, which every hash covers. It asks who its caller is, so it runs as its caller.
CREATE OR REPLACE FUNCTION refuse_sums_by_hand() RETURNS trigger LANGUAGE plpgsql SECURITY INVOKER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT acts_as_owner_of(TG_RELID) THEN
        RAISE EXCEPTION 'what the ledger says of % is not set by hand', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER scheme_sums_follow_the_ledger
    BEFORE UPDATE OF funded_fen, reserved_fen, paid_fen, ledger_seq, ledger_head, code ON subsidies_scheme FOR EACH ROW
    WHEN ((OLD.funded_fen, OLD.reserved_fen, OLD.paid_fen, OLD.ledger_seq, OLD.ledger_head, OLD.code)
          IS DISTINCT FROM (NEW.funded_fen, NEW.reserved_fen, NEW.paid_fen, NEW.ledger_seq, NEW.ledger_head, NEW.code))
    EXECUTE FUNCTION refuse_sums_by_hand();
CREATE OR REPLACE TRIGGER stage_sums_follow_the_ledger
    BEFORE UPDATE OF reserved_fen, paid_fen, scheme_id, no ON subsidies_stage FOR EACH ROW
    WHEN ((OLD.reserved_fen, OLD.paid_fen, OLD.scheme_id, OLD.no)
          IS DISTINCT FROM (NEW.reserved_fen, NEW.paid_fen, NEW.scheme_id, NEW.no))
    EXECUTE FUNCTION refuse_sums_by_hand();

-- A scheme and its stages begin with nothing; the budget itself arrives as the first ledger row.
CREATE OR REPLACE FUNCTION refuse_sums_at_birth() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'a new row of % begins with empty sums', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE TRIGGER scheme_begins_empty BEFORE INSERT ON subsidies_scheme FOR EACH ROW
    WHEN (NEW.funded_fen <> 0 OR NEW.reserved_fen <> 0 OR NEW.paid_fen <> 0 OR NEW.ledger_seq <> 0
          OR NEW.ledger_head <> decode(repeat('00', 32), 'hex'))
    EXECUTE FUNCTION refuse_sums_at_birth();
CREATE OR REPLACE TRIGGER stage_begins_empty BEFORE INSERT ON subsidies_stage FOR EACH ROW
    WHEN (NEW.reserved_fen <> 0 OR NEW.paid_fen <> 0)
    EXECUTE FUNCTION refuse_sums_at_birth();
""",
    "allocation/sql/due.sql": r"""-- Whatever may change what the walk down a queue decides leaves a row that says so, in the transaction that changes it.

-- Granted: the claim has its money, and no walk decides about it. Repeats subsidies/states.py; a test holds the two together.
CREATE OR REPLACE FUNCTION claim_granted(state text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT state IN ('settled', 'on_notice', 'objected', 'approved', 'in_payout', 'payout_failed', 'payout_unknown', 'paid',
                     'recovering', 'written_off')
$$;

-- A few people's claims are walked by themselves; of more than a hundred at once the whole queue is.
CREATE OR REPLACE FUNCTION walk_is_due_for_new_claims() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO subsidies_walkdue (scheme_id, owner_id)
    SELECT scheme_id, unnest(CASE WHEN count(*) > 100 THEN ARRAY[NULL::bigint] ELSE array_agg(owner_id) END)
    FROM new_rows WHERE live GROUP BY scheme_id;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER new_claims_are_walked AFTER INSERT ON subsidies_claim
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION walk_is_due_for_new_claims();

-- What the walk itself decided is no reason to walk again, nor is the way of granted money to its owner.
CREATE OR REPLACE FUNCTION walk_is_due_for_moved_claims() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET enable_nestloop = off AS $$
BEGIN
    IF acting()->>'verb' = 'allocate' THEN
        RETURN NULL;
    END IF;
    INSERT INTO subsidies_walkdue (scheme_id, owner_id)
    SELECT n.scheme_id, unnest(CASE WHEN count(*) > 100 THEN ARRAY[NULL::bigint] ELSE array_agg(n.owner_id) END)
    FROM old_rows o JOIN new_rows n USING (id)
    WHERE (o.state, o.completed_at, o.stage_id, o.amount_fen) IS DISTINCT FROM
          (n.state, n.completed_at, n.stage_id, n.amount_fen)
      AND NOT (claim_granted(o.state) AND claim_granted(n.state))
    GROUP BY n.scheme_id;
    INSERT INTO subsidies_walkdue (scheme_id)  -- a queue that it left for another scheme's
    SELECT DISTINCT o.scheme_id FROM old_rows o JOIN new_rows n USING (id) WHERE o.scheme_id <> n.scheme_id;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER moved_claims_are_walked AFTER UPDATE ON subsidies_claim
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT
    EXECUTE FUNCTION walk_is_due_for_moved_claims();

-- Money that comes, goes or is free again; what is reserved by the walk, or paid out of what was reserved, changes nothing.
CREATE OR REPLACE FUNCTION walk_is_due_for_money() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO subsidies_walkdue (scheme_id)
    SELECT DISTINCT scheme_id FROM new_rows WHERE kind NOT IN ('reserve', 'pay');
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER other_money_is_walked AFTER INSERT ON subsidies_ledgerentry
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION walk_is_due_for_money();

-- Other rules: every change of a scheme's stages and of its policy comes as a version.
CREATE OR REPLACE FUNCTION walk_is_due_for_rules() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO subsidies_walkdue (scheme_id) SELECT DISTINCT scheme_id FROM new_rows;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER other_rules_are_walked AFTER INSERT ON subsidies_policyversion
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION walk_is_due_for_rules();
""",
    "locks/sql/locks.sql": r"""-- What the register said stands: positions and epochs only rise, a key keeps its claim, and entries are only added.

CREATE OR REPLACE FUNCTION lock_register_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.position < OLD.position OR NEW.generation < OLD.generation THEN
        RAISE EXCEPTION 'the lock register does not go back' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER lock_register_goes_on BEFORE UPDATE ON subsidies_lockregister
    FOR EACH ROW EXECUTE FUNCTION lock_register_guard();

CREATE OR REPLACE FUNCTION lock_cell_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.code <> OLD.code OR (NEW.epoch, NEW.seen) < (OLD.epoch, OLD.seen) THEN
        RAISE EXCEPTION 'the epoch of cell % does not go back', OLD.code USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER lock_cells_go_on BEFORE UPDATE ON subsidies_lockcell
    FOR EACH ROW EXECUTE FUNCTION lock_cell_guard();

CREATE OR REPLACE FUNCTION lock_holder_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.cell_id, NEW.claim) <> (OLD.cell_id, OLD.claim) OR (NEW.epoch, NEW.number) < (OLD.epoch, OLD.number) THEN
        RAISE EXCEPTION 'claim % was asked about in a newer epoch', OLD.claim USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER lock_holders_go_on BEFORE UPDATE ON subsidies_lockholder
    FOR EACH ROW EXECUTE FUNCTION lock_holder_guard();

CREATE OR REPLACE FUNCTION lock_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.holder_id, NEW.cell_id, NEW.kind, NEW.index)
                            IS DISTINCT FROM (OLD.holder_id, OLD.cell_id, OLD.kind, OLD.index) THEN
        RAISE EXCEPTION 'a lock stays with its claim' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.cell_id <> (SELECT cell_id FROM subsidies_lockholder WHERE id = NEW.holder_id) THEN
        RAISE EXCEPTION 'a lock is of the cell of its claim' USING ERRCODE = 'check_violation';
    END IF;
    -- A person: the claims of other cells leave room. How many of its own come to money, each cell sees to.
    IF NEW.kind = 'person' AND NEW.state <> 'released' AND (TG_OP = 'INSERT' OR OLD.state = 'released') AND NEW.most <= (
        SELECT count(*) FROM subsidies_lock
        WHERE kind = 'person' AND index = NEW.index AND state IN ('reserved', 'kept') AND cell_id <> NEW.cell_id
    ) THEN
        RAISE EXCEPTION 'this person holds as many subsidies as there may be' USING ERRCODE = 'unique_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER locks_stay_with_their_claims BEFORE INSERT OR UPDATE ON subsidies_lock
    FOR EACH ROW EXECUTE FUNCTION lock_guard();

CREATE OR REPLACE TRIGGER lock_entries_are_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON subsidies_lockentry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER locks_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_lock
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER lock_holders_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_lockholder
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A process of the register's alone writes here, whoever has its login (core/audit/sql/told.sql).
SELECT processes_write('subsidies_lockregister');
SELECT processes_write('subsidies_lockcell');
SELECT processes_write('subsidies_lockholder');
SELECT processes_write('subsidies_lock');
SELECT processes_write('subsidies_lockentry');
""",
    "payouts/sql/payouts.sql": r"""-- Approver, maker and releaser are three people, and what was ordered stays as ordered.

-- The blind index of what a claim is paid to: the newest change of its payee, else the record; a wallet before a phone.
CREATE OR REPLACE FUNCTION payee_of(the_claim bigint, the_record bigint) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT coalesce(wallet_index, phone_index) FROM (
        (SELECT wallet_index, phone_index FROM subsidies_payeechange WHERE claim_id = the_claim ORDER BY id DESC LIMIT 1)
        UNION ALL
        (SELECT wallet_index, phone_index FROM ebikes_tradein WHERE id = the_record)
    ) payee LIMIT 1
$$;
GRANT EXECUTE ON FUNCTION payee_of TO ebike_app;

CREATE OR REPLACE FUNCTION payout_line_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    the_claim subsidies_claim%ROWTYPE;
    the_batch subsidies_payoutbatch%ROWTYPE;
    besides subsidies_supplement%ROWTYPE;
    over bigint;
BEGIN
    SELECT * INTO the_batch FROM subsidies_payoutbatch WHERE id = NEW.batch_id;
    IF TG_OP = 'INSERT' THEN
        SELECT * INTO the_claim FROM subsidies_claim WHERE id = NEW.claim_id;
        IF the_batch.state <> 'draft' OR NEW.state <> 'ready' THEN
            RAISE EXCEPTION 'lines are only added to a draft batch' USING ERRCODE = 'check_violation';
        ELSIF NEW.supplement_id IS NOT NULL THEN
            SELECT * INTO besides FROM subsidies_supplement WHERE id = NEW.supplement_id;
            IF (besides.claim_id, besides.amount_fen, the_claim.scheme_id)
               IS DISTINCT FROM (NEW.claim_id, NEW.amount_fen, the_batch.scheme_id) THEN
                RAISE EXCEPTION 'a line pays its supplement''s own amount from its own scheme' USING ERRCODE = 'check_violation';
            ELSIF besides.state <> 'reserved' OR the_claim.state <> 'paid' THEN
                RAISE EXCEPTION 'supplement % is % and its claim %', besides.id, besides.state, the_claim.state
                    USING ERRCODE = 'check_violation';
            ELSIF the_batch.made_by_id IN (besides.proposed_by_id, besides.decided_by_id) THEN
                RAISE EXCEPTION 'whoever decided on supplement % cannot make its payout', besides.id
                    USING ERRCODE = 'check_violation';
            ELSIF EXISTS (SELECT FROM subsidies_hold WHERE claim_id = NEW.claim_id AND cleared_at IS NULL) THEN
                RAISE EXCEPTION 'claim % is held', NEW.claim_id USING ERRCODE = 'check_violation';
            END IF;
        ELSIF the_claim.scheme_id <> the_batch.scheme_id OR the_claim.amount_fen <> NEW.amount_fen THEN
            RAISE EXCEPTION 'a line pays its claim''s own amount from its own scheme' USING ERRCODE = 'check_violation';
        ELSIF the_claim.state <> 'approved' THEN
            RAISE EXCEPTION 'claim % is % and not approved', the_claim.id, the_claim.state
                USING ERRCODE = 'check_violation';
        ELSIF the_claim.approved_by_id = the_batch.made_by_id THEN
            RAISE EXCEPTION 'whoever approved claim % cannot make its payout', the_claim.id
                USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.payee_index IS DISTINCT FROM payee_of(the_claim.id, the_claim.trade_in_id) THEN
            RAISE EXCEPTION 'claim % is paid to its newest payee', the_claim.id USING ERRCODE = 'check_violation';
        END IF;
        -- What failed for the payee's sake is not sent to the same payee again.
        IF EXISTS (
            SELECT FROM subsidies_payoutline l
            WHERE l.claim_id = NEW.claim_id AND l.supplement_id IS NOT DISTINCT FROM NEW.supplement_id
              AND l.state IN ('failed', 'returned') AND l.fail_reason IN (
                'NO_WALLET', 'NAME_MISMATCH', 'PHONE_MISMATCH', 'WALLET_CLOSED', 'OPERATOR_MISMATCH', 'RETURNED')
              AND NOT EXISTS (
                SELECT FROM subsidies_payeechange p WHERE p.claim_id = l.claim_id AND p.at >= coalesce(l.returned_at, l.finished_at))
        ) THEN
            RAISE EXCEPTION 'the payment of claim % failed for its payee, which is the same', the_claim.id
                USING ERRCODE = 'check_violation';
        END IF;
        -- A next attempt exists only after the operator said for good that the last one failed or came back.
        SELECT count(*) INTO over FROM subsidies_payoutline
        WHERE claim_id = NEW.claim_id AND supplement_id IS NOT DISTINCT FROM NEW.supplement_id
          AND state IN ('failed', 'returned');
        IF NEW.attempt <> over + 1 THEN
            RAISE EXCEPTION 'claim % has % payments behind it, so this is not attempt %', the_claim.id, over, NEW.attempt
                USING ERRCODE = 'check_violation';
        END IF;
    ELSIF (OLD.batch_id, OLD.claim_id, OLD.supplement_id, OLD.request_no, OLD.attempt, OLD.amount_fen,
           OLD.payee_operator)
          IS DISTINCT FROM (NEW.batch_id, NEW.claim_id, NEW.supplement_id, NEW.request_no, NEW.attempt, NEW.amount_fen,
           NEW.payee_operator) THEN
        RAISE EXCEPTION 'payout line % is an order and cannot be rewritten', OLD.request_no
            USING ERRCODE = 'restrict_violation';
    ELSIF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('ready', 'unknown'), ('ready', 'discarded'), ('unknown', 'success'), ('unknown', 'failed'),
        ('unknown', 'discarded'), ('success', 'returned'), ('failed', 'success')
    ) THEN
        RAISE EXCEPTION 'payout line % may not move from % to %', OLD.request_no, OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    ELSIF OLD.state = 'ready' AND (NEW.state, the_batch.state) NOT IN (
        ('ready', 'draft'), ('ready', 'released'), ('unknown', 'released'), ('discarded', 'draft')
    ) THEN
        RAISE EXCEPTION 'payout line % of a % batch may not become %', OLD.request_no, the_batch.state, NEW.state
            USING ERRCODE = 'check_violation';
    ELSIF OLD.state = 'ready' AND NEW.state = 'unknown' AND EXISTS (SELECT FROM subsidies_payoutstop WHERE state = 'open') THEN
        RAISE EXCEPTION 'payouts are stopped: nothing leaves' USING ERRCODE = 'check_violation';
    ELSIF OLD.state = 'unknown' AND NEW.state IN ('success', 'failed') AND OLD.doubt IN ('contradiction', 'known', 'altered', 'unproved')
          AND NOT EXISTS (
              SELECT FROM subsidies_lineevidence
              WHERE line_id = NEW.id AND state = 'approved' AND outcome = NEW.state
          ) THEN
        RAISE EXCEPTION 'what became of payout line % takes evidence that two people accept', OLD.request_no
            USING ERRCODE = 'check_violation';
    ELSIF OLD.state = 'unknown' AND NEW.state IN ('success', 'failed') AND NOT EXISTS (
              SELECT FROM subsidies_operatoranswer WHERE batch_id = NEW.batch_id AND asked = 'queried' AND problem = ''
          ) AND NOT EXISTS (
              SELECT FROM subsidies_lineevidence
              WHERE line_id = NEW.id AND state = 'approved' AND outcome = NEW.state
          ) AND NOT EXISTS (SELECT FROM subsidies_operatorpayment WHERE number = NEW.request_no AND NEW.state = 'success') THEN
        -- That an answer is the operator's own its signature shows, which this database cannot read (`outcomes.py`).
        RAISE EXCEPTION 'what became of payout line % nobody has said', OLD.request_no USING ERRCODE = 'check_violation';
    ELSIF (OLD.state, NEW.state) = ('failed', 'success') AND NOT EXISTS (
              SELECT FROM subsidies_difference
              WHERE number = NEW.request_no AND state = 'signed' AND resolution = 'paid'
          ) THEN
        RAISE EXCEPTION 'payout line % failed: that it was paid after all takes two people', OLD.request_no
            USING ERRCODE = 'check_violation';
    ELSIF (OLD.state, NEW.state) = ('unknown', 'discarded') AND (the_batch.state <> 'rejected' OR OLD.doubt <> '') THEN
        RAISE EXCEPTION 'payout line % was sent: only what the operator declined is taken back', OLD.request_no
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER payout_lines_are_orders BEFORE INSERT OR UPDATE ON subsidies_payoutline
    FOR EACH ROW EXECUTE FUNCTION payout_line_guard();

CREATE OR REPLACE FUNCTION payout_batch_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (OLD.scheme_id, OLD.number, OLD.request_no, OLD.made_by_id, OLD.payer_wallet, OLD.payer_name)
       IS DISTINCT FROM (NEW.scheme_id, NEW.number, NEW.request_no, NEW.made_by_id, NEW.payer_wallet, NEW.payer_name)
       OR (OLD.released_by_id IS NOT NULL AND (OLD.released_by_id, OLD.seen) IS DISTINCT FROM (NEW.released_by_id, NEW.seen)) THEN
        RAISE EXCEPTION 'payout batch % is an order and cannot be rewritten', OLD.request_no
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('draft', 'released'), ('draft', 'discarded'), ('released', 'finished'), ('released', 'rejected'),
        ('rejected', 'discarded'), ('rejected', 'finished'), ('rejected', 'released')
    ) THEN
        RAISE EXCEPTION 'payout batch % may not move from % to %', OLD.request_no, OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state = 'released' AND OLD.state = 'draft' AND EXISTS (
        SELECT FROM subsidies_payoutline l
        JOIN subsidies_claim c ON c.id = l.claim_id
        LEFT JOIN subsidies_supplement s ON s.id = l.supplement_id
        WHERE l.batch_id = NEW.id AND NEW.released_by_id IN (c.approved_by_id, s.proposed_by_id, s.decided_by_id)
    ) THEN
        RAISE EXCEPTION 'whoever approved a claim cannot release its payout' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER payout_batches_are_orders BEFORE UPDATE ON subsidies_payoutbatch
    FOR EACH ROW EXECUTE FUNCTION payout_batch_guard();
CREATE OR REPLACE TRIGGER payout_batches_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_payoutbatch
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER payees_of_lines_are_only_sealed_anew BEFORE UPDATE ON subsidies_payoutline FOR EACH ROW
    WHEN ((OLD.payee_name, OLD.payee_wallet, OLD.payee_phone, OLD.payee_index)
          IS DISTINCT FROM (NEW.payee_name, NEW.payee_wallet, NEW.payee_phone, NEW.payee_index))
    EXECUTE FUNCTION only_sealed_anew('{payee_name,payee_wallet,payee_phone}', '{payee_index}');
CREATE OR REPLACE TRIGGER payout_lines_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_payoutline
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE OR REPLACE TRIGGER answers_of_the_operator_are_only_added BEFORE DELETE OR TRUNCATE ON subsidies_operatoranswer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER answers_of_the_operator_are_only_added_or_sealed_anew BEFORE UPDATE ON subsidies_operatoranswer
    FOR EACH ROW EXECUTE FUNCTION only_sealed_anew('{raw}', '{}');

CREATE OR REPLACE TRIGGER passes_are_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON subsidies_gatepass
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What was written down before this is seen by whoever reads now: a quarter of an hour is longer than any step of ours.
CREATE OR REPLACE FUNCTION seen_by_now() RETURNS timestamptz LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT greatest(audit_settled(), clock_timestamp() - interval '15 minutes')
$$;
GRANT EXECUTE ON FUNCTION seen_by_now TO ebike_app;

-- A stop begins open, is confirmed by one person and ended by another, each in a step of their own, on one reading of the book.
CREATE OR REPLACE FUNCTION stop_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'open' OR NEW.book_read_at IS NOT NULL OR NEW.first_by_id IS NOT NULL THEN
            RAISE EXCEPTION 'a stop begins open' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF OLD.state <> 'open' OR (OLD.why, OLD.begun_at, OLD.begun_by_id) IS DISTINCT FROM (NEW.why, NEW.begun_at, NEW.begun_by_id) THEN
        RAISE EXCEPTION 'stop % is never changed', OLD.id USING ERRCODE = 'restrict_violation';
    ELSIF (NEW.state = 'ended' OR NEW.first_by_id IS NOT NULL)
          AND (OLD.book_read_at IS NULL OR OLD.book_read_at IS DISTINCT FROM NEW.book_read_at)
       OR NEW.state = 'ended' AND (OLD.first_by_id IS NULL OR OLD.first_by_id IS DISTINCT FROM NEW.first_by_id) THEN
        RAISE EXCEPTION 'stop % is confirmed step by step, on one reading of the book', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER stops_go_step_by_step BEFORE INSERT OR UPDATE ON subsidies_payoutstop
    FOR EACH ROW EXECUTE FUNCTION stop_guard();
CREATE OR REPLACE TRIGGER payments_read_back_are_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON subsidies_operatorpayment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER stops_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_payoutstop
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Evidence is decided once, as it was proposed; an outcome that it does not carry is the operator's.
CREATE OR REPLACE FUNCTION evidence_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.state <> 'proposed' OR NEW.state = 'proposed'
       OR (OLD.line_id, OLD.outcome, OLD.statement_no, OLD.paid_at, OLD.fail_reason, OLD.note, OLD.proposed_by_id, OLD.proposed_at)
          IS DISTINCT FROM
          (NEW.line_id, NEW.outcome, NEW.statement_no, NEW.paid_at, NEW.fail_reason, NEW.note, NEW.proposed_by_id, NEW.proposed_at)
    THEN
        RAISE EXCEPTION 'evidence % is decided once and never changed', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION evidence_begins() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.state <> 'proposed' OR NOT EXISTS (
        SELECT FROM subsidies_payoutline WHERE id = NEW.line_id AND state = 'unknown'
    ) THEN
        RAISE EXCEPTION 'evidence is proposed for a payment whose outcome is unknown' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER evidence_is_proposed_first BEFORE INSERT ON subsidies_lineevidence
    FOR EACH ROW EXECUTE FUNCTION evidence_begins();
CREATE OR REPLACE TRIGGER evidence_is_only_decided BEFORE UPDATE ON subsidies_lineevidence
    FOR EACH ROW EXECUTE FUNCTION evidence_guard();
CREATE OR REPLACE TRIGGER evidence_is_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_lineevidence
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE OR REPLACE TRIGGER payee_changes_are_only_added BEFORE DELETE OR TRUNCATE ON subsidies_payeechange
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER payee_changes_are_only_added_or_sealed_anew BEFORE UPDATE ON subsidies_payeechange
    FOR EACH ROW EXECUTE FUNCTION only_sealed_anew('{phone,wallet_no}', '{phone_index,wallet_index}');

-- Blind indexes are of the key in force (core/privacy/sql/sealed.sql).
SELECT index_table('subsidies_payoutline', 'payee_index');
SELECT index_table('subsidies_payeechange', 'phone_index');
SELECT index_table('subsidies_payeechange', 'wallet_index');
""",
    "cells/sql/cells.sql": r"""-- A claim asks the province's lock register in the transaction in which it comes, moves or ends. Where this installation is no
-- cell, each of these looks at one empty table and returns.

-- What is asked for a claim in this state. From its approval on its keys are kept: nothing is ordered before.
CREATE OR REPLACE FUNCTION lock_ask(state text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN state IN ('refused', 'cancelled', 'recovered') THEN 'release'
        WHEN state IN ('approved', 'in_payout', 'paid', 'payout_failed', 'payout_unknown', 'recovering', 'written_off')
            THEN 'keep'
        ELSE 'reserve' END
$$;

CREATE OR REPLACE FUNCTION ask_for_locks(claims bigint[], moment timestamptz) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE subsidies_lockquestion SET in_force = false, next_ask_at = NULL WHERE claim_id = ANY (claims) AND in_force;
    INSERT INTO subsidies_lockquestion (claim_id, ask, in_force, asked_from, next_ask_at)
    SELECT id, lock_ask(state), true, moment, moment FROM subsidies_claim WHERE id = ANY (claims) ORDER BY id;
END $$;

CREATE OR REPLACE FUNCTION new_claims_ask() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM subsidies_cell) THEN
        PERFORM ask_for_locks(array_agg(id), coalesce((acting()->>'at')::timestamptz, min(received_at))) FROM new_rows WHERE live;
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER new_claims_ask_the_register AFTER INSERT ON subsidies_claim
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION new_claims_ask();

CREATE OR REPLACE FUNCTION moved_claims_ask() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET enable_nestloop = off AS $$
DECLARE
    wrong bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM subsidies_cell) THEN
        RETURN NULL;
    END IF;
    SELECT n.id INTO wrong FROM old_rows o JOIN new_rows n USING (id)
    LEFT JOIN subsidies_lockquestion q ON q.claim_id = n.id AND q.in_force
    WHERE o.state <> n.state AND (
        n.state = 'eligible' AND q.word IS DISTINCT FROM 'reserved' OR n.state = 'in_payout' AND q.word IS DISTINCT FROM 'kept')
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the lock register has not let claim % go on', wrong USING ERRCODE = 'check_violation';
    END IF;
    PERFORM ask_for_locks(array_agg(n.id), coalesce((acting()->>'at')::timestamptz, now()))
    FROM old_rows o JOIN new_rows n USING (id)
    WHERE lock_ask(o.state) <> lock_ask(n.state)
       OR n.live AND (o.filing_plate_no, o.vehicle_code) <> (n.filing_plate_no, n.vehicle_code);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER moved_claims_ask_the_register AFTER UPDATE ON subsidies_claim
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION moved_claims_ask();

-- A city that joins asks for all that is live there, in the order in which it came.
CREATE OR REPLACE FUNCTION cell_joins() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM ask_for_locks(array_agg(id ORDER BY id), now()) FROM subsidies_claim WHERE live;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER a_cell_joins_with_its_claims AFTER INSERT ON subsidies_cell
    FOR EACH ROW EXECUTE FUNCTION cell_joins();

-- An epoch begins where two people let a restored database go on, and never ends by itself. All is asked anew in it.
CREATE OR REPLACE FUNCTION restored_cell_begins_anew() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE subsidies_cell SET epoch = greatest(epoch, heard_epoch) + 1, stop_id = NEW.id;
    IF FOUND THEN
        UPDATE subsidies_lockquestion q
        SET word = '', next_ask_at = now(), tries = 0, until = NULL, cell = '', record_no = '', kind = ''
        WHERE q.in_force AND q.ask <> 'release';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER an_epoch_begins_when_a_stop_ends AFTER UPDATE OF state ON subsidies_payoutstop FOR EACH ROW
    WHEN (OLD.state = 'open' AND NEW.state = 'ended' AND NEW.why = 'behind') EXECUTE FUNCTION restored_cell_begins_anew();

CREATE OR REPLACE FUNCTION cell_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.code <> OLD.code OR NEW.epoch < OLD.epoch
       OR NEW.epoch > OLD.epoch AND (NEW.stop_id IS NOT DISTINCT FROM OLD.stop_id OR NOT EXISTS (
              SELECT FROM subsidies_payoutstop WHERE id = NEW.stop_id AND state = 'ended' AND why = 'behind')) THEN
        RAISE EXCEPTION 'an epoch begins where two people let a restored database go on' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER epochs_begin_by_two BEFORE UPDATE ON subsidies_cell FOR EACH ROW EXECUTE FUNCTION cell_guard();

CREATE OR REPLACE FUNCTION lock_question_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (OLD.id, OLD.claim_id, OLD.ask, OLD.asked_from) <> (NEW.id, NEW.claim_id, NEW.ask, NEW.asked_from)
       OR NOT OLD.in_force THEN
        RAISE EXCEPTION 'question % to the register stays as it was', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER lock_questions_stay BEFORE UPDATE ON subsidies_lockquestion
    FOR EACH ROW EXECUTE FUNCTION lock_question_guard();
CREATE OR REPLACE TRIGGER lock_questions_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_lockquestion
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
SELECT processes_write('subsidies_cell');
SELECT processes_write('subsidies_lockquestion');
""",
    "reconciliation/sql/reconciliation.sql": r"""-- The statement is kept as it was read, differences are closed by two people, and while one is open nothing new leaves.

CREATE OR REPLACE FUNCTION statement_reading_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF (NEW.source, NEW.state) NOT IN (('operator', 'taken'), ('file', 'proposed')) THEN
            RAISE EXCEPTION 'a file of a statement is taken in by another person' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF OLD.state <> 'proposed' OR NEW.state = 'proposed'
          OR (OLD.source, OLD.first_day, OLD.last_day, OLD.read_at, OLD.read_by_id, OLD.payments, OLD.paid_fen, OLD.returned,
              OLD.file_id, OLD.layout_id)
             IS DISTINCT FROM
             (NEW.source, NEW.first_day, NEW.last_day, NEW.read_at, NEW.read_by_id, NEW.payments, NEW.paid_fen, NEW.returned,
              NEW.file_id, NEW.layout_id) THEN
        RAISE EXCEPTION 'statement % is decided once and never changed', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER statements_are_kept_as_read BEFORE INSERT OR UPDATE ON subsidies_statementreading
    FOR EACH ROW EXECUTE FUNCTION statement_reading_guard();
CREATE OR REPLACE TRIGGER statements_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_statementreading
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A payment follows the newest reading in which it stands, and changes by none but a reading that was taken in.
CREATE OR REPLACE FUNCTION statement_entry_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (
        (OLD.number, OLD.first_reading_id) IS DISTINCT FROM (NEW.number, NEW.first_reading_id)
        OR NEW.last_reading_id < OLD.last_reading_id
        OR ((OLD.amount_fen, OLD.paid_at, OLD.day, OLD.times, OLD.returned)
            IS DISTINCT FROM (NEW.amount_fen, NEW.paid_at, NEW.day, NEW.times, NEW.returned)
            AND NEW.before IS NOT DISTINCT FROM OLD.before)
    ) THEN
        RAISE EXCEPTION 'payment % stands in the statement as it was read', OLD.number USING ERRCODE = 'restrict_violation';
    ELSIF EXISTS (SELECT FROM subsidies_statementreading WHERE id = NEW.last_reading_id AND state <> 'taken') THEN
        RAISE EXCEPTION 'a statement counts when it was taken in' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER statement_entries_are_kept_as_read BEFORE INSERT OR UPDATE ON subsidies_statemententry
    FOR EACH ROW EXECUTE FUNCTION statement_entry_guard();
CREATE OR REPLACE TRIGGER statement_entries_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_statemententry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

SELECT processes_write('subsidies_statemententry');

CREATE OR REPLACE TRIGGER statement_files_are_kept BEFORE DELETE OR TRUNCATE ON subsidies_statementfile
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER statement_files_are_kept_or_sealed_anew BEFORE UPDATE ON subsidies_statementfile
    FOR EACH ROW EXECUTE FUNCTION only_sealed_anew('{content}', '{}');

CREATE OR REPLACE FUNCTION difference_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'open' THEN
            RAISE EXCEPTION 'a difference begins open' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF OLD.state IN ('signed', 'agreed')
          OR (OLD.number, OLD.kind, OLD.day, OLD.found_at) IS DISTINCT FROM (NEW.number, NEW.kind, NEW.day, NEW.found_at) THEN
        RAISE EXCEPTION 'difference % is never changed', OLD.id USING ERRCODE = 'restrict_violation';
    ELSIF NEW.state = 'signed' AND (OLD.state <> 'proposed'
          OR (OLD.resolution, OLD.note, OLD.proposed_by_id, OLD.ours, OLD.theirs)
             IS DISTINCT FROM (NEW.resolution, NEW.note, NEW.proposed_by_id, NEW.ours, NEW.theirs)) THEN
        RAISE EXCEPTION 'difference % is signed as it was proposed', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER differences_are_closed_once BEFORE INSERT OR UPDATE ON subsidies_difference
    FOR EACH ROW EXECUTE FUNCTION difference_guard();
CREATE OR REPLACE TRIGGER differences_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_difference
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The gate: while the books differ, no order leaves that has not left before.
CREATE OR REPLACE FUNCTION gate_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM subsidies_difference WHERE state IN ('open', 'proposed')) THEN
        RAISE EXCEPTION 'the books differ: no new order leaves' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER the_gate AFTER UPDATE OF state ON subsidies_payoutline FOR EACH ROW
    WHEN (OLD.state = 'ready' AND NEW.state = 'unknown') EXECUTE FUNCTION gate_guard();
""",
    "review/sql/holds.sql": r"""-- What is held is not approved, not ordered, not released. Whoever handled a claim approves nothing of it: who cleared or placed
-- a hold, who had the systems asked again, who sent the record back. A hold is cleared once.

CREATE OR REPLACE FUNCTION refuse_held_claim() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM subsidies_hold WHERE claim_id = NEW.id AND cleared_at IS NULL) THEN
        RAISE EXCEPTION 'claim % is held', NEW.id USING ERRCODE = 'check_violation';
    ELSIF NEW.state = 'approved' AND EXISTS (
        SELECT FROM subsidies_hold WHERE claim_id = NEW.id AND cleared_by_id = NEW.approved_by_id
    ) THEN
        RAISE EXCEPTION 'whoever cleared a hold of claim % cannot approve it', NEW.id USING ERRCODE = 'check_violation';
    ELSIF NEW.state = 'approved' AND (
        EXISTS (SELECT FROM subsidies_hold WHERE claim_id = NEW.id AND placed_by_id = NEW.approved_by_id)
        OR EXISTS (SELECT FROM subsidies_payeechange WHERE claim_id = NEW.id AND by_id = NEW.approved_by_id)
        OR EXISTS (SELECT FROM subsidies_paperevidence
                   WHERE claim_id = NEW.id AND NEW.approved_by_id IN (proposed_by_id, decided_by_id))
        OR EXISTS (
            SELECT FROM subsidies_claimevent
            WHERE claim_id = NEW.id AND by_id = NEW.approved_by_id AND verb IN ('ask_again', 'demand_correction'))
    ) THEN
        RAISE EXCEPTION 'whoever handled claim % cannot approve it', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

-- A batch that is discarded gives its claims back as approved, held or not.
CREATE OR REPLACE TRIGGER held_claims_wait BEFORE UPDATE OF state ON subsidies_claim FOR EACH ROW
    WHEN ((NEW.state = 'approved' AND OLD.state NOT IN ('approved', 'in_payout', 'payout_unknown'))
          OR (NEW.state = 'in_payout' AND OLD.state <> 'in_payout'))
    EXECUTE FUNCTION refuse_held_claim();

CREATE OR REPLACE FUNCTION refuse_held_release() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM subsidies_payoutline l JOIN subsidies_hold h ON h.claim_id = l.claim_id
        WHERE l.batch_id = NEW.id AND h.cleared_at IS NULL
    ) THEN
        RAISE EXCEPTION 'payout batch % holds a claim that is held', NEW.request_no USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER held_claims_are_not_released BEFORE UPDATE OF state ON subsidies_payoutbatch FOR EACH ROW
    WHEN (NEW.state = 'released' AND OLD.state = 'draft') EXECUTE FUNCTION refuse_held_release();

-- Another payee waits for a person other than who changed it, from the record's first day: money may be set aside at any time.
CREATE OR REPLACE FUNCTION hold_changed_payee() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO subsidies_hold (claim_id, kind, evidence, reasons, placed_at, placed_by_id, cleared_reasons, note)
    SELECT id, 'payee', jsonb_build_object('change', NEW.id), '{}', NEW.at, NEW.by_id, '{}', ''
    FROM subsidies_claim
    WHERE id = NEW.claim_id AND (
        state NOT IN ('refused', 'cancelled', 'recovered')
        OR EXISTS (SELECT FROM subsidies_supplement
                   WHERE claim_id = NEW.claim_id AND state IN ('reserved', 'in_payout', 'failed')))
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER changed_payees_are_held AFTER INSERT ON subsidies_payeechange
    FOR EACH ROW EXECUTE FUNCTION hold_changed_payee();

CREATE OR REPLACE FUNCTION hold_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.kind = 'payee' AND (NEW.cleared_by_id = OLD.placed_by_id OR EXISTS (
        SELECT FROM subsidies_payeechange
        WHERE claim_id = OLD.claim_id AND by_id = NEW.cleared_by_id AND id >= coalesce((OLD.evidence->>'change')::bigint, 0)
    )) THEN
        RAISE EXCEPTION 'whoever changed the payee of claim % does not let it go', OLD.claim_id
            USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.cleared_at IS NOT NULL OR NEW.cleared_at IS NULL
       OR (OLD.id, OLD.claim_id, OLD.kind, OLD.evidence, OLD.reasons, OLD.placed_at, OLD.placed_by_id)
          IS DISTINCT FROM (NEW.id, NEW.claim_id, NEW.kind, NEW.evidence, NEW.reasons, NEW.placed_at, NEW.placed_by_id) THEN
        RAISE EXCEPTION 'hold % is cleared once and never changed', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    NEW.let_go := CASE OLD.kind WHEN 'payee' THEN (SELECT max(id) FROM subsidies_payeechange WHERE claim_id = OLD.claim_id) END;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER holds_are_only_cleared BEFORE UPDATE ON subsidies_hold FOR EACH ROW EXECUTE FUNCTION hold_guard();
CREATE OR REPLACE TRIGGER holds_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_hold
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- From where the sweep for signals goes on: whoever moves it leaves claims unlooked at.
SELECT processes_write('subsidies_signalsweep');
""",
    "casework/sql/casework.sql": r"""-- A case is somebody's: an assignment ends once and is never changed. The database ends it itself when its holder decided, and
-- when the claim waits for nobody any more. Notes and reminders are only added.

CREATE OR REPLACE FUNCTION assignment_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.ended_at IS NOT NULL THEN
            RAISE EXCEPTION 'an assignment begins open' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL
          OR to_jsonb(OLD) - '{ended_at,outcome}'::text[] IS DISTINCT FROM to_jsonb(NEW) - '{ended_at,outcome}'::text[] THEN
        RAISE EXCEPTION 'assignment % ends once and is never changed', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER assignments_only_end BEFORE INSERT OR UPDATE ON subsidies_caseassignment
    FOR EACH ROW EXECUTE FUNCTION assignment_guard();
CREATE OR REPLACE TRIGGER assignments_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_caseassignment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What a person did with cases ends their own assignment of them; what waits for nobody is nobody's.
CREATE OR REPLACE FUNCTION end_assignments(claims bigint[], actor bigint, moment timestamptz) RETURNS void LANGUAGE sql
SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE subsidies_caseassignment a
    SET ended_at = greatest(moment, a.given_at), outcome = CASE WHEN a.holder_id = actor THEN 'decided' ELSE 'settled' END
    FROM subsidies_claim c
    WHERE a.ended_at IS NULL AND a.claim_id = ANY (claims) AND c.id = a.claim_id AND (
        a.holder_id = actor
        OR c.state <> ALL ('{needs_correction,review,payout_failed}')
           AND NOT (c.live AND EXISTS (SELECT FROM subsidies_hold h WHERE h.claim_id = c.id AND h.cleared_at IS NULL)))
$$;
REVOKE ALL ON FUNCTION end_assignments FROM PUBLIC;

CREATE OR REPLACE FUNCTION moved_cases_are_done() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    acts jsonb := acting();
    actor bigint := (acts->>'by')::bigint;
    moment timestamptz := (acts->>'at')::timestamptz;
    mine bigint[];
BEGIN
    IF NOT EXISTS (SELECT FROM subsidies_caseassignment WHERE ended_at IS NULL) THEN
        RETURN NULL;
    END IF;
    IF TG_TABLE_NAME = 'subsidies_claim' THEN
        SELECT array_agg(a.claim_id) INTO mine
        FROM subsidies_caseassignment a JOIN new_rows n ON n.id = a.claim_id JOIN old_rows o ON o.id = n.id
        WHERE a.ended_at IS NULL AND n.state <> o.state;
    ELSE
        SELECT array_agg(a.claim_id), coalesce(actor, max(coalesce(n.cleared_by_id, n.placed_by_id))),
               coalesce(moment, max(coalesce(n.cleared_at, n.placed_at)))
        INTO mine, actor, moment
        FROM subsidies_caseassignment a JOIN new_rows n ON n.claim_id = a.claim_id WHERE a.ended_at IS NULL;
    END IF;
    IF mine IS NOT NULL THEN
        PERFORM end_assignments(mine, actor, coalesce(moment, now()));
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER moved_cases_are_done AFTER UPDATE ON subsidies_claim
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION moved_cases_are_done();
CREATE OR REPLACE TRIGGER held_cases_are_done AFTER INSERT ON subsidies_hold
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION moved_cases_are_done();
CREATE OR REPLACE TRIGGER cleared_cases_are_done AFTER UPDATE ON subsidies_hold
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION moved_cases_are_done();

CREATE OR REPLACE TRIGGER case_notes_are_only_added BEFORE DELETE OR TRUNCATE ON subsidies_casenote
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER case_notes_are_only_added_or_sealed_anew BEFORE UPDATE ON subsidies_casenote
    FOR EACH ROW EXECUTE FUNCTION only_sealed_anew('{text}', '{}');
CREATE OR REPLACE TRIGGER work_reminders_are_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON subsidies_workreminder
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

SELECT audit_table('subsidies_caseassignment', 'subsidies.caseassignment', part_of => 'subsidies.claim', of_column => 'claim_id');
SELECT audit_table('subsidies_casenote', 'subsidies.casenote', sealed => '{text}', part_of => 'subsidies.claim', of_column => 'claim_id');
SELECT auditors_read('subsidies_caseassignment', but => '{note}');
SELECT auditors_read('subsidies_casenote');
""",
    "papers/sql/papers.sql": r"""-- A paper is proposed by one, decided by another, and says what it said. A refused claim is looked at again for one alone.

CREATE OR REPLACE FUNCTION paper_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' OR NEW.decided_by_id IS NOT NULL OR NEW.answer_id IS NOT NULL THEN
            RAISE EXCEPTION 'a paper begins as a proposal' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF (OLD.id, OLD.claim_id, OLD.subject, OLD.facts, OLD.other_print, OLD.title, OLD.scans, OLD.digests, OLD.expires_on,
           OLD.note, OLD.proposed_by_id, OLD.proposed_at)
          IS DISTINCT FROM
          (NEW.id, NEW.claim_id, NEW.subject, NEW.facts, NEW.other_print, NEW.title, NEW.scans, NEW.digests, NEW.expires_on,
           NEW.note, NEW.proposed_by_id, NEW.proposed_at)
          OR OLD.state <> 'proposed' AND (OLD.decided_by_id, OLD.decided_at, OLD.decision_note, OLD.answer_id)
             IS DISTINCT FROM (NEW.decided_by_id, NEW.decided_at, NEW.decision_note, NEW.answer_id)
          OR OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
             ('proposed', 'confirmed'), ('proposed', 'declined'), ('confirmed', 'expired')) THEN
        RAISE EXCEPTION 'paper % is decided once and says what it said', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER papers_go_step_by_step BEFORE INSERT OR UPDATE ON subsidies_paperevidence
    FOR EACH ROW EXECUTE FUNCTION paper_guard();
CREATE OR REPLACE TRIGGER papers_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_paperevidence
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE OR REPLACE FUNCTION reopened_on_paper() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.refusals && '{untrue_record,not_corrected,person_cap,bike_already_claimed,vehicle_already_claimed,claimed_elsewhere}'
       OR NOT EXISTS (SELECT FROM subsidies_paperevidence WHERE claim_id = NEW.id AND state = 'confirmed') THEN
        RAISE EXCEPTION 'claim % was refused: only a confirmed paper reopens it', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER refused_claims_reopen_on_paper BEFORE UPDATE OF state ON subsidies_claim FOR EACH ROW
    WHEN (OLD.state = 'refused' AND NEW.state = 'checking') EXECUTE FUNCTION reopened_on_paper();
""",
    "papers/sql/audited.sql": r"""-- Who brought and who confirmed which paper about a claim.
SELECT audit_table('subsidies_paperevidence', 'subsidies.paperevidence', sealed => '{other_id_no}',
                   part_of => 'subsidies.claim', of_column => 'claim_id');
""",
    "watchlist/sql/watchlist.sql": r"""-- An entry is proposed by one and confirmed by another, and so it is taken off again. What it says stands.

CREATE OR REPLACE FUNCTION watch_entry_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' THEN
            RAISE EXCEPTION 'an entry begins as a proposal' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF (OLD.id, OLD.kind, OLD.value_print, OLD.merchant_id, OLD.reason, OLD.note, OLD.expires_on, OLD.proposed_by_id,
           OLD.proposed_at)
          IS DISTINCT FROM
          (NEW.id, NEW.kind, NEW.value_print, NEW.merchant_id, NEW.reason, NEW.note, NEW.expires_on, NEW.proposed_by_id,
           NEW.proposed_at)
          OR OLD.state <> 'proposed' AND (OLD.decided_by_id, OLD.decided_at) IS DISTINCT FROM (NEW.decided_by_id, NEW.decided_at)
          OR OLD.state IN ('declined', 'lifted') AND OLD.state <> NEW.state
          OR OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
             ('proposed', 'confirmed'), ('proposed', 'declined'), ('confirmed', 'lifting'), ('lifting', 'confirmed'),
             ('lifting', 'lifted')) THEN
        RAISE EXCEPTION 'entry % is decided by two people and says what it said', OLD.id USING ERRCODE = 'restrict_violation';
    ELSIF OLD.state = 'lifting' AND NEW.state = 'lifted'
          AND (OLD.lift_by_id, OLD.lift_note) IS DISTINCT FROM (NEW.lift_by_id, NEW.lift_note) THEN
        RAISE EXCEPTION 'entry % is lifted as it was proposed', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER entries_go_step_by_step BEFORE INSERT OR UPDATE ON subsidies_watchentry
    FOR EACH ROW EXECUTE FUNCTION watch_entry_guard();
CREATE OR REPLACE TRIGGER entries_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_watchentry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
SELECT index_table('subsidies_watchentry', 'value_index');
""",
    "watchlist/sql/audited.sql": r"""-- Who put whom on the list of those to be looked into, and took them off again. The value is sealed.
SELECT audit_table('subsidies_watchentry', 'subsidies.watchentry', sealed => '{value,value_index}');
""",
    "payees/sql/payees.sql": r"""-- A wallet that is not the owner's waits for a person; and of a payee that was changed the owner hears.

CREATE OR REPLACE FUNCTION hold_unmatched_payee() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO subsidies_hold (claim_id, kind, evidence, reasons, placed_at, cleared_reasons, note)
    VALUES (NEW.claim_id, 'name', jsonb_build_object('result', NEW.result), '{}', NEW.at, '{}', '')
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER unmatched_payees_are_held AFTER INSERT ON subsidies_payeecheck FOR EACH ROW
    WHEN (NEW.result <> 'match') EXECUTE FUNCTION hold_unmatched_payee();
CREATE OR REPLACE TRIGGER payee_checks_are_only_added BEFORE DELETE OR TRUNCATE ON subsidies_payeecheck
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER payee_checks_are_only_added_or_sealed_anew BEFORE UPDATE ON subsidies_payeecheck
    FOR EACH ROW EXECUTE FUNCTION only_sealed_anew('{}', '{payee_index}');

CREATE OR REPLACE FUNCTION owner_is_to_be_told() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO subsidies_ownernotice (claim_id, at, next_try_at) VALUES (NEW.claim_id, NEW.placed_at, NEW.placed_at);
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER owners_are_told_of_another_payee AFTER INSERT ON subsidies_hold FOR EACH ROW
    WHEN (NEW.kind = 'payee') EXECUTE FUNCTION owner_is_to_be_told();
CREATE OR REPLACE TRIGGER owner_notices_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_ownernotice
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Blind indexes are of the key in force (core/privacy/sql/sealed.sql).
SELECT index_table('subsidies_payeecheck', 'payee_index');
""",
    "recoveries/sql/recoveries.sql": r"""-- Money is demanded back by two people, under numbers without a gap; what was confirmed stays; every end has its proof.

-- What the ledger says that a claim has been paid and has not given back.
CREATE OR REPLACE FUNCTION kept_by_claim(the_claim bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT coalesce(sum(paid_by(kind, amount_fen)), 0)
            FROM subsidies_ledgerentry WHERE claim_id = the_claim);
END $$;

GRANT EXECUTE ON FUNCTION kept_by_claim TO ebike_app;

CREATE OR REPLACE FUNCTION received_of_case(the_case bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT coalesce(sum(amount_fen), 0) FROM subsidies_recoveryreceipt
            WHERE case_id = the_case AND state = 'confirmed');
END $$;

CREATE OR REPLACE FUNCTION recovery_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    received bigint;
    planned bigint;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' OR NEW.plan_no <> 0 OR NEW.planned_from_fen <> 0 OR NEW.handed_over_at IS NOT NULL THEN
            RAISE EXCEPTION 'a recovery begins as a proposal' USING ERRCODE = 'check_violation';
        ELSIF NOT EXISTS (SELECT FROM subsidies_claim WHERE id = NEW.claim_id AND state IN ('paid', 'written_off')) THEN
            RAISE EXCEPTION 'claim % is not paid, so nothing is demanded back', NEW.claim_id USING ERRCODE = 'check_violation';
        END IF;
    ELSIF (OLD.state, NEW.state) NOT IN (
        ('proposed', 'proposed'), ('proposed', 'declined'), ('proposed', 'open'), ('open', 'open'), ('open', 'recovered'),
        ('open', 'written_off'), ('open', 'dropped'), ('open', 'returned')
    ) AND NOT (OLD.state = NEW.state AND OLD.surplus_fen > 0) THEN
        RAISE EXCEPTION 'recovery % has ended as %', OLD.id, OLD.state USING ERRCODE = 'restrict_violation';
    ELSIF OLD.claim_id <> NEW.claim_id OR OLD.state <> 'proposed' AND (
        (OLD.number, OLD.year, OLD.serial, OLD.reason, OLD.basis, OLD.note, OLD.amount_fen, OLD.proposed_by_id,
         OLD.proposed_at, OLD.decided_by_id, OLD.decided_at)
        IS DISTINCT FROM
        (NEW.number, NEW.year, NEW.serial, NEW.reason, NEW.basis, NEW.note, NEW.amount_fen, NEW.proposed_by_id,
         NEW.proposed_at, NEW.decided_by_id, NEW.decided_at)
    ) THEN
        RAISE EXCEPTION 'recovery % was confirmed and is not rewritten', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state IN ('proposed', 'open') AND (TG_OP = 'INSERT' OR OLD.state = 'proposed')
       AND NEW.amount_fen > kept_by_claim(NEW.claim_id) THEN
        RAISE EXCEPTION 'claim % has not kept so much', NEW.claim_id USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        RETURN NEW;
    END IF;
    received := received_of_case(NEW.id);
    -- The first plan at its confirmation, a later one when two people have made it: it says when the rest is due.
    IF NEW.state = 'open' AND (OLD.state = 'proposed' OR OLD.plan_no <> NEW.plan_no) THEN
        SELECT coalesce(sum(amount_fen), 0) INTO planned FROM subsidies_recoveryinstalment
        WHERE case_id = NEW.id AND plan_no = NEW.plan_no;
        IF NEW.planned_from_fen <> received OR planned + received <> NEW.amount_fen THEN
            RAISE EXCEPTION 'the instalments of recovery % add up to % and not to what is open', NEW.id, planned
                USING ERRCODE = 'check_violation';
        END IF;
    ELSIF OLD.planned_from_fen <> NEW.planned_from_fen THEN
        RAISE EXCEPTION 'recovery % keeps its plan', NEW.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state = 'proposed' AND NEW.state = 'open' THEN
        PERFORM pg_advisory_xact_lock(hashtext('subsidies_recoverycase'), NEW.year);
        IF NEW.serial <> 1 + (SELECT coalesce(max(serial), 0) FROM subsidies_recoverycase WHERE year = NEW.year) THEN
            RAISE EXCEPTION 'recoveries of % are numbered without a gap', NEW.year USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    IF NEW.state = 'recovered' AND received <> NEW.amount_fen
       OR NEW.state = 'dropped' AND OLD.state = 'open' AND EXISTS (
            SELECT FROM subsidies_recoveryreceipt WHERE case_id = NEW.id AND state <> 'declined')
       OR NEW.state = 'written_off' AND OLD.state = 'open' AND EXISTS (
            SELECT FROM subsidies_recoveryreceipt WHERE case_id = NEW.id AND state = 'taken')
       OR NEW.state = 'returned' AND OLD.state = 'open' AND NOT EXISTS (
            SELECT FROM subsidies_payoutline WHERE claim_id = NEW.claim_id AND state = 'returned')
    THEN
        RAISE EXCEPTION 'recovery % may not end as %', NEW.id, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    -- What two people have to decide first, by the step that says so.
    IF EXISTS (
        SELECT FROM (VALUES
            (OLD.plan_no <> NEW.plan_no, 'replan'),
            (OLD.handed_over_at IS DISTINCT FROM NEW.handed_over_at, 'hand_over'),
            (OLD.state = 'open' AND NEW.state = 'written_off', 'write_off'),
            (OLD.state = 'open' AND NEW.state = 'dropped', 'drop'),
            (NEW.surplus_fen < OLD.surplus_fen, 'refund')
        ) needed (is_needed, by_step)
        WHERE is_needed AND NOT EXISTS (
            SELECT FROM subsidies_recoverystep s
            WHERE s.case_id = NEW.id AND s.state = 'approved' AND s.kind = by_step
              AND (by_step <> 'replan' OR s.plan_no = NEW.plan_no))
    ) THEN
        RAISE EXCEPTION 'recovery % takes two people for this', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER recoveries_go_step_by_step BEFORE INSERT OR UPDATE ON subsidies_recoverycase
    FOR EACH ROW EXECUTE FUNCTION recovery_guard();
CREATE OR REPLACE TRIGGER recoveries_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_recoverycase
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A plan is written before it is decided on, and not after.
CREATE OR REPLACE FUNCTION instalment_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    the_case bigint := CASE TG_OP WHEN 'DELETE' THEN OLD.case_id ELSE NEW.case_id END;
    the_plan int := CASE TG_OP WHEN 'DELETE' THEN OLD.plan_no ELSE NEW.plan_no END;
BEGIN
    IF TG_OP = 'UPDATE' OR NOT (
        the_plan = 0 AND EXISTS (SELECT FROM subsidies_recoverycase WHERE id = the_case AND state = 'proposed')
        OR TG_OP = 'INSERT' AND EXISTS (
            SELECT FROM subsidies_recoverystep WHERE case_id = the_case AND state = 'proposed' AND plan_no = the_plan)
    ) THEN
        RAISE EXCEPTION 'the plan of recovery % is changed by two people, by a new plan', the_case
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE OR REPLACE TRIGGER plans_are_not_rewritten BEFORE INSERT OR UPDATE OR DELETE ON subsidies_recoveryinstalment
    FOR EACH ROW EXECUTE FUNCTION instalment_guard();
CREATE OR REPLACE TRIGGER plans_are_not_emptied BEFORE TRUNCATE ON subsidies_recoveryinstalment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A receipt is taken down for a case that is open, numbered on, never beyond the demand; decided once, as it was taken down.
CREATE OR REPLACE FUNCTION receipt_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    the_case subsidies_recoverycase%ROWTYPE;
BEGIN
    SELECT * INTO the_case FROM subsidies_recoverycase WHERE id = NEW.case_id FOR NO KEY UPDATE;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'taken' OR the_case.state <> 'open' THEN
            RAISE EXCEPTION 'recovery % is % and takes no receipt', NEW.case_id, the_case.state USING ERRCODE = 'check_violation';
        ELSIF NEW.no <> 1 + (SELECT coalesce(max(no), 0) FROM subsidies_recoveryreceipt WHERE case_id = NEW.case_id)
              OR NEW.number <> the_case.number || '-' || NEW.no THEN
            RAISE EXCEPTION 'receipts of recovery % are numbered without a gap', NEW.case_id USING ERRCODE = 'check_violation';
        ELSIF NEW.amount_fen + (
            SELECT coalesce(sum(amount_fen), 0) FROM subsidies_recoveryreceipt
            WHERE case_id = NEW.case_id AND state <> 'declined'
        ) > the_case.amount_fen THEN
            RAISE EXCEPTION 'recovery % does not demand so much', NEW.case_id USING ERRCODE = 'check_violation';
        ELSIF NEW.set_off_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM subsidies_claim other JOIN subsidies_claim own ON own.id = the_case.claim_id
            WHERE other.id = NEW.set_off_id AND other.owner_id = own.owner_id AND other.scheme_id = own.scheme_id
              AND other.state = 'approved' AND other.amount_fen = NEW.amount_fen AND other.approved_by_id <> NEW.taken_by_id
        ) THEN
            RAISE EXCEPTION 'what is set off is an approved claim of the same owner, whole' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF OLD.state <> 'taken' OR NEW.state = 'taken'
          OR (OLD.case_id, OLD.no, OLD.number, OLD.way, OLD.amount_fen, OLD.received_on, OLD.voucher, OLD.note, OLD.set_off_id,
              OLD.taken_by_id, OLD.taken_at)
             IS DISTINCT FROM
             (NEW.case_id, NEW.no, NEW.number, NEW.way, NEW.amount_fen, NEW.received_on, NEW.voucher, NEW.note, NEW.set_off_id,
              NEW.taken_by_id, NEW.taken_at) THEN
        RAISE EXCEPTION 'receipt % is decided once and never changed', OLD.number USING ERRCODE = 'restrict_violation';
    ELSIF NEW.state = 'confirmed' AND the_case.state <> 'open' THEN
        RAISE EXCEPTION 'recovery % is % and takes no receipt', NEW.case_id, the_case.state USING ERRCODE = 'check_violation';
    ELSIF NEW.state = 'confirmed' AND EXISTS (
        SELECT FROM subsidies_claim WHERE id = NEW.set_off_id AND approved_by_id = NEW.decided_by_id
    ) THEN
        RAISE EXCEPTION 'whoever approved a claim does not confirm that it is set off' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER receipts_are_decided_once BEFORE INSERT OR UPDATE ON subsidies_recoveryreceipt
    FOR EACH ROW EXECUTE FUNCTION receipt_guard();
CREATE OR REPLACE TRIGGER receipts_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_recoveryreceipt
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE OR REPLACE FUNCTION recovery_step_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' OR NOT EXISTS (
            SELECT FROM subsidies_recoverycase
            WHERE id = NEW.case_id AND CASE NEW.kind WHEN 'refund' THEN surplus_fen > 0 ELSE state = 'open' END
        ) THEN
            RAISE EXCEPTION 'a step is proposed in a recovery that goes on' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF OLD.state <> 'proposed' OR NEW.state = 'proposed'
          OR (OLD.case_id, OLD.kind, OLD.plan_no, OLD.reference, OLD.note, OLD.proposed_by_id, OLD.proposed_at)
             IS DISTINCT FROM
             (NEW.case_id, NEW.kind, NEW.plan_no, NEW.reference, NEW.note, NEW.proposed_by_id, NEW.proposed_at) THEN
        RAISE EXCEPTION 'step % is decided once and never changed', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER steps_are_decided_once BEFORE INSERT OR UPDATE ON subsidies_recoverystep
    FOR EACH ROW EXECUTE FUNCTION recovery_step_guard();
CREATE OR REPLACE TRIGGER steps_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_recoverystep
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER reminders_are_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON subsidies_recoveryreminder
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A claim is being recovered, and is not any more, by its case alone.
CREATE OR REPLACE FUNCTION claim_follows_recovery() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM (SELECT state FROM subsidies_recoverycase WHERE claim_id = NEW.id ORDER BY id DESC LIMIT 1) latest
        WHERE (latest.state, NEW.state) IN (
            ('open', 'recovering'), ('recovered', 'recovered'), ('recovered', 'paid'), ('returned', 'recovered'),
            ('returned', 'paid'), ('dropped', 'paid'), ('written_off', 'written_off'))
    ) THEN
        RAISE EXCEPTION 'claim % becomes % by its recovery alone', NEW.id, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER recovered_claims_have_a_case BEFORE UPDATE OF state ON subsidies_claim FOR EACH ROW
    WHEN ((NEW.state = 'recovering' AND OLD.state IN ('paid', 'written_off'))
          OR (OLD.state = 'recovering' AND NEW.state = ANY ('{recovered,paid,written_off}')))
    EXECUTE FUNCTION claim_follows_recovery();
""",
    "supplements/sql/supplements.sql": r"""-- What is owed besides: to a paid claim, by two people, never beyond the highest amount of its scheme.

CREATE OR REPLACE FUNCTION supplement_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    the_claim subsidies_claim%ROWTYPE;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT * INTO the_claim FROM subsidies_claim WHERE id = NEW.claim_id;
        IF NEW.state <> 'proposed' OR NEW.decided_by_id IS NOT NULL THEN
            RAISE EXCEPTION 'a supplement begins as a proposal' USING ERRCODE = 'check_violation';
        ELSIF NEW.ref <> 'S' || 1 + (SELECT count(*) FROM subsidies_supplement WHERE claim_id = NEW.claim_id) THEN
            RAISE EXCEPTION 'supplements of claim % are numbered without a gap', NEW.claim_id USING ERRCODE = 'check_violation';
        ELSIF the_claim.state <> 'paid' OR EXISTS (
            SELECT FROM subsidies_recoverycase WHERE claim_id = NEW.claim_id AND state IN ('proposed', 'open')
        ) THEN
            RAISE EXCEPTION 'claim % is not simply paid, so it is owed nothing besides', NEW.claim_id
                USING ERRCODE = 'check_violation';
        END IF;
    ELSIF (OLD.claim_id, OLD.ref, OLD.amount_fen, OLD.reason, OLD.note, OLD.proposed_by_id, OLD.proposed_at)
          IS DISTINCT FROM
          (NEW.claim_id, NEW.ref, NEW.amount_fen, NEW.reason, NEW.note, NEW.proposed_by_id, NEW.proposed_at)
          OR (OLD.state, NEW.state) NOT IN (('proposed', 'reserved'), ('failed', 'reserved'))
             AND OLD.decided_by_id IS DISTINCT FROM NEW.decided_by_id AND NEW.state <> 'declined' THEN
        RAISE EXCEPTION 'supplement % is not rewritten', OLD.id USING ERRCODE = 'restrict_violation';
    ELSIF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('proposed', 'declined'), ('proposed', 'reserved'), ('reserved', 'in_payout'), ('reserved', 'cancelled'),
        ('in_payout', 'paid'), ('in_payout', 'failed'), ('in_payout', 'reserved'), ('failed', 'reserved'),
        ('failed', 'cancelled'), ('paid', 'failed')
    ) THEN
        RAISE EXCEPTION 'supplement % may not move from % to %', OLD.id, OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state IN ('proposed', 'reserved') AND (
        SELECT c.amount_fen + NEW.amount_fen + coalesce((
            SELECT sum(s.amount_fen) FROM subsidies_supplement s
            WHERE s.claim_id = c.id AND s.id <> NEW.id AND s.state NOT IN ('declined', 'cancelled')), 0)
            > (SELECT max(st.amount_fen) FROM subsidies_stage st WHERE st.scheme_id = c.scheme_id)
        FROM subsidies_claim c WHERE c.id = NEW.claim_id
    ) THEN
        RAISE EXCEPTION 'claim % would be paid more than its scheme''s highest amount', NEW.claim_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER supplements_go_step_by_step BEFORE INSERT OR UPDATE ON subsidies_supplement
    FOR EACH ROW EXECUTE FUNCTION supplement_guard();
CREATE OR REPLACE TRIGGER supplements_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_supplement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Nothing is demanded back of a claim whose supplement is on its way.
CREATE OR REPLACE FUNCTION refuse_recovery_beside_supplement() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM subsidies_supplement
        WHERE claim_id = NEW.claim_id AND state IN ('proposed', 'reserved', 'in_payout', 'failed')
    ) THEN
        RAISE EXCEPTION 'claim % has a supplement on its way', NEW.claim_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER supplements_end_before_a_recovery BEFORE INSERT ON subsidies_recoverycase
    FOR EACH ROW EXECUTE FUNCTION refuse_recovery_beside_supplement();

SELECT audit_table('subsidies_supplement', 'subsidies.supplement', part_of => 'subsidies.claim', of_column => 'claim_id');
""",
    "claims/sql/audited.sql": r"""-- What people change about the money's rules and orders. The ledger's sums are explained by the ledger.

SELECT audit_table('subsidies_scheme', 'subsidies.scheme',
                   ignored => '{reserved_fen,paid_fen,funded_fen,ledger_seq,ledger_head}');
SELECT audit_table('subsidies_stage', 'subsidies.stage', ignored => '{reserved_fen,paid_fen}',
                   part_of => 'subsidies.scheme', of_column => 'scheme_id');
SELECT audit_table('subsidies_policyversion', 'subsidies.policyversion',
                   part_of => 'subsidies.scheme', of_column => 'scheme_id');
SELECT audit_table('subsidies_schemechange', 'subsidies.schemechange');
SELECT audit_table('subsidies_schemestep', 'subsidies.schemestep');
SELECT audit_table('subsidies_payoutbatch', 'subsidies.payoutbatch', ignored => '{next_ask_at,ask_attempts}');
SELECT audit_table('subsidies_lineevidence', 'subsidies.lineevidence');
SELECT audit_table('subsidies_payoutstop', 'subsidies.payoutstop', ignored => '{found}');
SELECT audit_table('subsidies_statementreading', 'subsidies.statementreading');
SELECT audit_table('subsidies_verification', 'subsidies.verification');
SELECT audit_table('subsidies_statementfile', 'subsidies.statementfile', sealed => '{content}');
SELECT audit_table('subsidies_statementlayout', 'subsidies.statementlayout');
SELECT audit_table('subsidies_difference', 'subsidies.difference');
SELECT audit_table('subsidies_payeechange', 'subsidies.payeechange', part_of => 'subsidies.claim', of_column => 'claim_id');
SELECT audit_table('subsidies_period', 'subsidies.period', ignored => '{rules}');
SELECT audit_table('subsidies_closingrule', 'subsidies.closingrule', ignored => '{content}');
SELECT audit_table('subsidies_paymentrequest', 'subsidies.paymentrequest', ignored => '{lines,layout}');
SELECT audit_table('subsidies_hold', 'subsidies.hold', part_of => 'subsidies.claim', of_column => 'claim_id');

-- Every move of a claim has its ClaimEvent already. Here stands, once a statement, what a person decided about how many;
-- what the system itself does is not repeated. A change without a verb is somebody at a console: every row of it is
-- written, but for the turns of the checks.
CREATE OR REPLACE FUNCTION audit_decisions() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET enable_nestloop = off AS $$
DECLARE
    acts jsonb := acting();
    origin record;
BEGIN
    SELECT * INTO origin FROM audit_origin();
    IF acts->>'verb' IS NULL THEN
        INSERT INTO core_auditentry (action, by_id, address, object_type, object_id, before, after, detail)
        SELECT 'update', origin.by_id, origin.address, 'subsidies.claim', id::text, c.before, c.after,
               jsonb_build_object('verb', origin.verb)
        FROM old_rows o JOIN new_rows n USING (id)
        CROSS JOIN LATERAL (
            SELECT jsonb_object_agg(key, to_jsonb(o)->key) AS before, jsonb_object_agg(key, value) AS after
            FROM jsonb_each(to_jsonb(n))
            WHERE value <> to_jsonb(o)->key AND key <> ALL ('{next_check_at,check_attempts,live}')
        ) c
        WHERE (o.state, o.scheme_id, o.filing_plate_no, o.vehicle_code, o.stage_id, o.amount_fen, o.refusals, o.completed_at,
               o.completed_by, o.policy_id, o.approved_by_id, o.exing_answer_id, o.yunshenling_answer_id)
              IS DISTINCT FROM
              (n.state, n.scheme_id, n.filing_plate_no, n.vehicle_code, n.stage_id, n.amount_fen, n.refusals, n.completed_at,
               n.completed_by, n.policy_id, n.approved_by_id, n.exing_answer_id, n.yunshenling_answer_id)
        ORDER BY n.id;
    ELSIF acts->>'by' IS NOT NULL THEN
        INSERT INTO core_auditentry (action, by_id, address, object_type, object_id, detail)
        SELECT 'decide', origin.by_id, origin.address, 'subsidies.claim',
               CASE WHEN count(*) = 1 THEN min(id)::text ELSE '' END,
               jsonb_build_object('verb', origin.verb, 'from', o.state, 'to', n.state, 'count', count(*))
        FROM old_rows o JOIN new_rows n USING (id)
        WHERE o.state <> n.state GROUP BY o.state, n.state ORDER BY o.state, n.state;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER decisions_are_audited AFTER UPDATE ON subsidies_claim
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit_decisions();
""",
    "recoveries/sql/audited.sql": r"""-- Every demand of money and what people decided of it.

SELECT audit_table('subsidies_recoverycase', 'subsidies.recoverycase');
SELECT audit_table('subsidies_recoveryinstalment', 'subsidies.recoveryinstalment',
                   part_of => 'subsidies.recoverycase', of_column => 'case_id');
SELECT audit_table('subsidies_recoveryreceipt', 'subsidies.recoveryreceipt',
                   part_of => 'subsidies.recoverycase', of_column => 'case_id');
SELECT audit_table('subsidies_recoverystep', 'subsidies.recoverystep',
                   part_of => 'subsidies.recoverycase', of_column => 'case_id');
""",
    "schemes/sql/schemes.sql": r"""-- A scheme's stages say what its newest policy version says; a version follows the one before it; a proposal is decided once.

CREATE OR REPLACE FUNCTION stage_terms(s subsidies_stage) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('no', s.no, 'starts_on', s.starts_on, 'ends_on', s.ends_on,
                              'amount_fen', s.amount_fen, 'cap_fen', s.cap_fen)
$$;

-- The scheme of a district that a completion on this local day belongs to, of those that two people opened: whose stage covers the
-- day; in a gap or after the last of them the one that had begun last; before the first of them that one. NULL where none is open.
CREATE OR REPLACE FUNCTION scheme_on(district int, day date) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT scheme_id FROM (
        SELECT s.scheme_id, min(s.starts_on) AS first, bool_or(day BETWEEN s.starts_on AND s.ends_on) AS covers
        FROM subsidies_stage s JOIN subsidies_scheme o ON o.id = s.scheme_id
        WHERE o.state <> 'draft' AND o.district_id = district
        GROUP BY s.scheme_id
    ) opened
    ORDER BY covers DESC, first <= day DESC, CASE WHEN first <= day THEN first END DESC, first, scheme_id LIMIT 1
$$;
GRANT EXECUTE ON FUNCTION scheme_on TO ebike_app;

-- No day belongs to two open schemes of a district. One at a time comes to this, so that of two approvals at once the second is refused.
CREATE OR REPLACE FUNCTION schemes_stand_apart() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.state <> 'approved' THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock(330108);
    IF EXISTS (
        SELECT FROM subsidies_stage mine JOIN subsidies_stage other
          ON other.scheme_id <> mine.scheme_id AND (mine.starts_on, mine.ends_on + 1) OVERLAPS (other.starts_on, other.ends_on + 1)
        JOIN subsidies_scheme o ON o.id = other.scheme_id
        JOIN subsidies_scheme m ON m.id = mine.scheme_id AND m.district_id = o.district_id
        WHERE mine.scheme_id = NEW.scheme_id AND o.state <> 'draft'
    ) THEN
        RAISE EXCEPTION 'scheme % shares days with another that is open', NEW.scheme_id USING ERRCODE = 'exclusion_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER open_schemes_share_no_day AFTER INSERT OR UPDATE OF state ON subsidies_schemechange
    FOR EACH ROW EXECUTE FUNCTION schemes_stand_apart();

CREATE OR REPLACE FUNCTION stage_follows_version() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    the_scheme bigint := CASE TG_OP WHEN 'DELETE' THEN OLD.scheme_id ELSE NEW.scheme_id END;
    newest subsidies_policyversion%ROWTYPE;
BEGIN
    SELECT * INTO newest FROM subsidies_policyversion WHERE scheme_id = the_scheme ORDER BY version DESC LIMIT 1;
    IF NOT FOUND THEN
        RETURN NULL;  -- the scheme is being set up: its first version comes after its stages
    END IF;
    IF TG_OP <> 'DELETE' THEN
        IF NOT newest.stages @> jsonb_build_array(stage_terms(NEW)) THEN
            RAISE EXCEPTION 'stage % is not what policy version % says', NEW.no, newest.version
                USING ERRCODE = 'restrict_violation';
        END IF;
    ELSIF newest.stages @> jsonb_build_array(jsonb_build_object('no', OLD.no)) THEN
        RAISE EXCEPTION 'policy version % has stage %', newest.version, OLD.no USING ERRCODE = 'restrict_violation';
    ELSIF EXISTS (
        SELECT FROM subsidies_claim c JOIN subsidies_policyversion p ON p.id = c.policy_id
        WHERE c.scheme_id = the_scheme AND c.live
          AND c.state IN ('received', 'checking', 'needs_correction', 'review', 'eligible', 'waitlisted')
          AND p.stages @> jsonb_build_array(jsonb_build_object('no', OLD.no))
    ) THEN
        RAISE EXCEPTION 'open claims may still come to stage %', OLD.no USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER stages_come_and_go_by_version AFTER INSERT OR DELETE ON subsidies_stage
    FOR EACH ROW EXECUTE FUNCTION stage_follows_version();
CREATE OR REPLACE TRIGGER stages_change_by_version AFTER UPDATE ON subsidies_stage FOR EACH ROW
    WHEN ((OLD.starts_on, OLD.ends_on, OLD.amount_fen, OLD.cap_fen)
          IS DISTINCT FROM (NEW.starts_on, NEW.ends_on, NEW.amount_fen, NEW.cap_fen))
    EXECUTE FUNCTION stage_follows_version();

CREATE OR REPLACE FUNCTION version_follows_version() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.version <> 1 + (
        SELECT count(*) FROM subsidies_policyversion WHERE scheme_id = NEW.scheme_id AND version <> NEW.version
    ) THEN
        RAISE EXCEPTION 'policy version % does not follow the one before it', NEW.version
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER policy_versions_follow_each_other AFTER INSERT ON subsidies_policyversion
    FOR EACH ROW EXECUTE FUNCTION version_follows_version();

-- At the end of its transaction the newest version is in force: the stages are its own, no more and no less.
CREATE OR REPLACE FUNCTION version_is_in_force() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM subsidies_policyversion WHERE scheme_id = NEW.scheme_id AND version > NEW.version
    ) AND NEW.stages IS DISTINCT FROM (
        SELECT coalesce(jsonb_agg(stage_terms(s) ORDER BY s.no), '[]') FROM subsidies_stage s
        WHERE s.scheme_id = NEW.scheme_id
    ) THEN
        RAISE EXCEPTION 'the stages are not those of policy version %', NEW.version
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS policy_versions_are_put_in_force ON subsidies_policyversion;
CREATE CONSTRAINT TRIGGER policy_versions_are_put_in_force AFTER INSERT ON subsidies_policyversion
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION version_is_in_force();

CREATE OR REPLACE FUNCTION scheme_change_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' THEN
            RAISE EXCEPTION 'a scheme change begins as a proposal' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF OLD.state <> 'proposed' OR NEW.state = 'proposed' THEN
        RAISE EXCEPTION 'scheme change % is decided once', OLD.id USING ERRCODE = 'restrict_violation';
    ELSIF (OLD.scheme_id, OLD.based_on, OLD.terms, OLD.budget_fen, OLD.ref, OLD.note, OLD.proposed_at, OLD.proposed_by_id)
          IS DISTINCT FROM (NEW.scheme_id, NEW.based_on, NEW.terms, NEW.budget_fen, NEW.ref, NEW.note,
                            NEW.proposed_at, NEW.proposed_by_id) THEN
        RAISE EXCEPTION 'scheme change % stays as it was proposed', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER scheme_changes_are_decided_once BEFORE INSERT OR UPDATE ON subsidies_schemechange
    FOR EACH ROW EXECUTE FUNCTION scheme_change_guard();
CREATE OR REPLACE TRIGGER scheme_changes_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_schemechange
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
""",
    "schemes/sql/steps.sql": r"""-- A scheme stands where two people put it: its first approved change opens it, confirmed steps do the rest.

-- Where a step leads from a state; NULL where it does not begin there. Repeats subsidies/schemes/states.py; a test holds the
-- two together.
CREATE OR REPLACE FUNCTION state_after_step(step text, stands text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT leads FROM (VALUES
        ('suspend', 'open', 'suspended'), ('resume', 'suspended', 'open'),
        ('close', 'open', 'closed'), ('close', 'suspended', 'closed'), ('reopen', 'closed', 'suspended'),
        ('archive', 'closed', 'archived'), ('restore', 'archived', 'closed')
    ) moves (kind, begins, leads) WHERE (kind, begins) = (step, stands)
$$;
GRANT EXECUTE ON FUNCTION state_after_step TO ebike_app;

CREATE OR REPLACE FUNCTION scheme_state_by_papers(the_scheme bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (SELECT state_after_step(kind, from_state) FROM subsidies_schemestep
         WHERE scheme_id = the_scheme AND state = 'confirmed' ORDER BY id DESC LIMIT 1),
        (SELECT 'open' FROM subsidies_schemechange WHERE scheme_id = the_scheme AND state = 'approved' LIMIT 1),
        'draft')
$$;

CREATE OR REPLACE FUNCTION scheme_state_is_decided() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.state IS DISTINCT FROM scheme_state_by_papers(NEW.id) THEN
        RAISE EXCEPTION 'scheme % is not %: two people decide that', NEW.code, NEW.state USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER scheme_state_follows_its_papers BEFORE INSERT OR UPDATE OF state ON subsidies_scheme
    FOR EACH ROW EXECUTE FUNCTION scheme_state_is_decided();

-- The first approved change opens a draft. What is closed keeps its rules, what is archived keeps everything.
CREATE OR REPLACE FUNCTION scheme_takes_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    stands text;
BEGIN
    SELECT state INTO stands FROM subsidies_scheme WHERE id = NEW.scheme_id;
    IF stands = 'archived' OR stands = 'closed' AND NEW.version_id IS NOT NULL THEN
        RAISE EXCEPTION 'scheme % is % and does not change', NEW.scheme_id, stands USING ERRCODE = 'restrict_violation';
    END IF;
    UPDATE subsidies_scheme SET state = 'open' WHERE id = NEW.scheme_id AND state = 'draft';
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER scheme_opens_with_its_first_change AFTER INSERT OR UPDATE OF state ON subsidies_schemechange
    FOR EACH ROW WHEN (NEW.state = 'approved') EXECUTE FUNCTION scheme_takes_change();

-- A step is proposed for the state in which the scheme stands, and decided once. A scheme closes after its last day, and what
-- is open then was named by whoever proposed it; it is archived when nothing is open.
CREATE OR REPLACE FUNCTION scheme_step_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    stands subsidies_scheme%ROWTYPE;
    asking boolean;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' THEN
            RAISE EXCEPTION 'a scheme step begins as a proposal' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF OLD.state <> 'proposed' OR NEW.state = 'proposed' THEN
        RAISE EXCEPTION 'scheme step % is decided once', OLD.id USING ERRCODE = 'restrict_violation';
    ELSIF (OLD.scheme_id, OLD.kind, OLD.from_state, OLD.note, OLD.named, OLD.proposed_at, OLD.proposed_by_id)
          IS DISTINCT FROM
          (NEW.scheme_id, NEW.kind, NEW.from_state, NEW.note, NEW.named, NEW.proposed_at, NEW.proposed_by_id) THEN
        RAISE EXCEPTION 'scheme step % stays as it was proposed', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state NOT IN ('proposed', 'confirmed') THEN
        RETURN NEW;
    END IF;
    IF NEW.state = 'confirmed' THEN
        PERFORM pg_advisory_xact_lock(330108);  -- nobody goes by the scheme's state meanwhile (schemes/calendar.py)
    END IF;
    SELECT * INTO STRICT stands FROM subsidies_scheme WHERE id = NEW.scheme_id FOR NO KEY UPDATE;
    IF NEW.from_state <> stands.state OR state_after_step(NEW.kind, NEW.from_state) IS NULL THEN
        RAISE EXCEPTION 'scheme % is %: no % from there', stands.code, stands.state, NEW.kind USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state = 'confirmed' AND NEW.kind IN ('close', 'archive') THEN
        IF (NEW.decided_at AT TIME ZONE 'Asia/Shanghai')::date <= (
            SELECT max(ends_on) FROM subsidies_stage WHERE scheme_id = NEW.scheme_id) THEN
            RAISE EXCEPTION 'scheme % has days to come', stands.code USING ERRCODE = 'check_violation';
        END IF;
        asking := EXISTS (
            SELECT FROM subsidies_claim WHERE scheme_id = NEW.scheme_id
            AND state IN ('received', 'checking', 'needs_correction', 'review', 'eligible', 'waitlisted'));
        IF NEW.kind = 'archive' AND (asking OR stands.reserved_fen > 0 OR NEW.open_points <> '[]') THEN
            RAISE EXCEPTION 'scheme % is not done', stands.code USING ERRCODE = 'check_violation';
        ELSIF asking AND NOT NEW.named ? 'claims' OR stands.reserved_fen > 0 AND NOT NEW.named ? 'reserved'
              OR EXISTS (SELECT FROM jsonb_array_elements(NEW.open_points) o WHERE NOT NEW.named ? (o->>'code')) THEN
            RAISE EXCEPTION 'scheme % has open points that nobody named', stands.code USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER scheme_steps_are_decided_once BEFORE INSERT OR UPDATE ON subsidies_schemestep
    FOR EACH ROW EXECUTE FUNCTION scheme_step_guard();
CREATE OR REPLACE TRIGGER scheme_steps_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_schemestep
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE OR REPLACE FUNCTION scheme_takes_step() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE subsidies_scheme SET state = state_after_step(NEW.kind, NEW.from_state) WHERE id = NEW.scheme_id;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER scheme_stands_where_its_steps_lead AFTER UPDATE OF state ON subsidies_schemestep
    FOR EACH ROW WHEN (NEW.state = 'confirmed') EXECUTE FUNCTION scheme_takes_step();

-- Only a scheme that is open takes claims. Whoever brings them and whoever suspends it meet at the calendar's lock.
CREATE OR REPLACE FUNCTION claims_come_to_open_schemes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    shut record;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(330108);
    SELECT code, state INTO shut FROM subsidies_scheme
    WHERE id IN (SELECT DISTINCT scheme_id FROM new_rows) AND state <> 'open' LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'scheme % is % and takes no claims', shut.code, shut.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER claims_come_to_open_schemes AFTER INSERT ON subsidies_claim
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION claims_come_to_open_schemes();

-- Nothing more is asked of anybody, nor owed to anybody, out of the archive.
CREATE OR REPLACE FUNCTION nothing_begins_in_the_archive() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM subsidies_claim c JOIN subsidies_scheme s ON s.id = c.scheme_id
               WHERE c.id = NEW.claim_id AND s.state = 'archived') THEN
        RAISE EXCEPTION 'the scheme of claim % is archived', NEW.claim_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER no_recovery_begins_in_the_archive BEFORE INSERT ON subsidies_recoverycase
    FOR EACH ROW EXECUTE FUNCTION nothing_begins_in_the_archive();
CREATE OR REPLACE TRIGGER no_supplement_begins_in_the_archive BEFORE INSERT ON subsidies_supplement
    FOR EACH ROW EXECUTE FUNCTION nothing_begins_in_the_archive();
""",
    "closing/sql/closing.sql": r"""-- A closed month: nothing is dated into it, it is closed by two people in order, and what it froze stays for thirty years.

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
""",
    "inquiries/sql/inquiries.sql": r"""-- A shop answers what is asked and still open, about its own record; what it said stands.

CREATE OR REPLACE FUNCTION shop_answers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM subsidies_hold h JOIN subsidies_claim c ON c.id = h.claim_id
        JOIN ebikes_tradein t ON t.id = c.trade_in_id
        JOIN merchants_membership m ON m.merchant_id = t.merchant_id AND m.user_id = NEW.by_id
        WHERE h.id = NEW.hold_id AND h.kind = 'inquiry' AND h.cleared_at IS NULL
    ) THEN
        RAISE EXCEPTION 'nothing is asked of % by hold %', NEW.by_id, NEW.hold_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER shops_answer_what_is_asked BEFORE INSERT ON subsidies_shopanswer
    FOR EACH ROW EXECUTE FUNCTION shop_answers();
CREATE OR REPLACE TRIGGER shop_answers_are_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON subsidies_shopanswer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
""",
    "inquiries/sql/audited.sql": r"""-- What shops supplied when they were asked.
SELECT audit_table('subsidies_shopanswer', 'subsidies.shopanswer');
""",
    "intake/sql/registers.sql": r"""-- Who owns a bike decides who may claim for it. While a claim on the bike is live, its owner is changed by a file that two
-- people put in, or that is taken back, and by nothing else: the row that remembers it as it was is open then.

CREATE OR REPLACE FUNCTION refuse_quiet_change_of_owner() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM subsidies_claim WHERE filing_plate_no = OLD.filing_plate_no AND live)
       AND NOT EXISTS (
           SELECT FROM ebikes_writtenrow w JOIN ebikes_importbatch b ON b.id = w.batch_id
           WHERE w.row_id = OLD.id AND w.target = 'ebikes_filedbike' AND w.written IS NULL
             AND b.second_person AND b.state = 'confirmed')
    THEN
        RAISE EXCEPTION 'bike % has a live claim: two people change its owner', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER owners_of_claimed_bikes_change_by_two BEFORE UPDATE OF owner_id ON ebikes_filedbike
    FOR EACH ROW WHEN (OLD.owner_id IS DISTINCT FROM NEW.owner_id) EXECUTE FUNCTION refuse_quiet_change_of_owner();
""",
    "laboratory/sql/laboratory.sql": r"""-- A run is shown to others and cited: what was asked for and what was found stay. Only the work on it moves.
CREATE OR REPLACE FUNCTION refuse_change_of_run() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (OLD.scheme_id, OLD.title, OLD.note, OLD.variants, OLD.asked_by_id, OLD.asked_at)
       IS DISTINCT FROM (NEW.scheme_id, NEW.title, NEW.note, NEW.variants, NEW.asked_by_id, NEW.asked_at)
       OR (OLD.digest <> '' AND (OLD.digest, OLD.result, OLD.inputs, OLD.finished_at)
                                IS DISTINCT FROM (NEW.digest, NEW.result, NEW.inputs, NEW.finished_at)) THEN
        RAISE EXCEPTION 'laboratory run % stays as it was asked for and found', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER runs_stay_as_they_were_found BEFORE UPDATE ON subsidies_laboratoryrun
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_run();
CREATE OR REPLACE TRIGGER runs_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_laboratoryrun
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A forecast is what was said that day: scored once, and never bettered afterwards.
CREATE OR REPLACE FUNCTION refuse_better_forecast() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (OLD.scheme_id, OLD.day, OLD.made_at, OLD.funded_fen, OLD.untold, OLD.low, OLD.median, OLD.high,
        OLD.likely, OLD.earliest, OLD.latest)
       IS DISTINCT FROM (NEW.scheme_id, NEW.day, NEW.made_at, NEW.funded_fen, NEW.untold, NEW.low, NEW.median, NEW.high,
        NEW.likely, NEW.earliest, NEW.latest)
       OR (OLD.pace_scored_at IS NOT NULL
           AND (OLD.pace_scored_at, OLD.came_per_day) IS DISTINCT FROM (NEW.pace_scored_at, NEW.came_per_day))
       OR (OLD.end_scored_at IS NOT NULL
           AND (OLD.end_scored_at, OLD."end", OLD.ended_on) IS DISTINCT FROM (NEW.end_scored_at, NEW."end", NEW.ended_on)) THEN
        RAISE EXCEPTION 'the forecast of % is not changed afterwards', OLD.day USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER forecasts_stay_as_they_were_made BEFORE UPDATE ON subsidies_dailyforecast
    FOR EACH ROW EXECUTE FUNCTION refuse_better_forecast();
CREATE OR REPLACE TRIGGER forecasts_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_dailyforecast
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

SELECT audit_table('subsidies_laboratoryrun', 'subsidies.laboratoryrun',
                   ignored => '{variants,inputs,result,digest,state,progress,attempts,failure,finished_at,repeated_at,repeated_digest}');
""",
    "stated/sql/stated.sql": r"""-- A stated figure is told by one, decided on once by another, and stands as it was told. One that is wrong is followed by another.
CREATE OR REPLACE FUNCTION stated_figure_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' THEN
            RAISE EXCEPTION 'a stated figure begins with one person' USING ERRCODE = 'check_violation';
        ELSIF NEW.as_of > (NEW.told_at AT TIME ZONE 'Asia/Shanghai')::date THEN
            RAISE EXCEPTION 'a figure is not known before its day' USING ERRCODE = 'check_violation';
        ELSIF NEW.stage_no IS NOT NULL AND NOT EXISTS (
            SELECT FROM subsidies_stage WHERE scheme_id = NEW.scheme_id AND no = NEW.stage_no
        ) THEN
            RAISE EXCEPTION 'the scheme has no stage %', NEW.stage_no USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    ELSIF told('ebikes.acting')->>'verb' = 'rotate_keys'
          AND to_jsonb(OLD) - 'proof' = to_jsonb(NEW) - 'proof' AND (OLD.proof IS NULL) = (NEW.proof IS NULL) THEN
        RETURN NEW; -- the file is sealed by another key
    ELSIF OLD.state <> 'proposed' OR NEW.state = 'proposed'
          OR to_jsonb(OLD) - '{state,decided_by_id,decided_at,decision_note}'::text[]
             <> to_jsonb(NEW) - '{state,decided_by_id,decided_at,decision_note}'::text[] THEN
        RAISE EXCEPTION 'stated figure % is decided once and stays as it was told', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER stated_figures_are_decided_once BEFORE INSERT OR UPDATE ON subsidies_statedfigure
    FOR EACH ROW EXECUTE FUNCTION stated_figure_guard();
CREATE OR REPLACE TRIGGER stated_figures_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_statedfigure
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
SELECT audit_table('subsidies_statedfigure', 'subsidies.statedfigure', sealed => '{proof}');
""",
    "issues/sql/issues.sql": r"""-- An issue of the report stands for ever: its figures, rows and documents are written with it, and a second person signs just them.

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
""",
    "heads/sql/books.sql": r"""-- Seals of books come in order, from a process of ours, when no transaction can add to them any more, and are never changed.
CREATE OR REPLACE FUNCTION seal_book(the_book text, the_no bigint, the_until timestamptz, the_entries bigint, the_digest bytea,
                                     the_hash bytea, proof text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    last subsidies_bookseal%ROWTYPE;
BEGIN
    PERFORM demand_proof('seal ' || encode(the_hash, 'hex'), proof);
    LOCK TABLE subsidies_bookseal IN EXCLUSIVE MODE;
    SELECT * INTO last FROM subsidies_bookseal WHERE book = the_book ORDER BY no DESC LIMIT 1;
    IF the_no <> coalesce(last.no, 0) + 1 OR the_until <= last.until OR the_until > audit_settled()
       OR length(the_digest) <> 32 OR length(the_hash) <> 32 THEN
        RAISE EXCEPTION 'seal % of % does not follow seal %', the_no, the_book, coalesce(last.no, 0)
            USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO subsidies_bookseal (book, no, until, entries, digest, hash)
    VALUES (the_book, the_no, the_until, the_entries, the_digest, the_hash);
END $$;
GRANT EXECUTE ON FUNCTION seal_book TO ebike_app;

CREATE OR REPLACE TRIGGER book_seals_are_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON subsidies_bookseal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
SELECT written_by_database('subsidies_bookseal');

-- A run of the proof ends once, and stays as it ended.
CREATE OR REPLACE FUNCTION verification_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.finished_at IS NOT NULL OR (OLD.begun_at, OLD.by_id) IS DISTINCT FROM (NEW.begun_at, NEW.by_id) THEN
        RAISE EXCEPTION 'verification % is never changed', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER verifications_end_once BEFORE UPDATE ON subsidies_verification
    FOR EACH ROW EXECUTE FUNCTION verification_guard();
CREATE OR REPLACE TRIGGER verifications_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_verification
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
SELECT processes_write('subsidies_verification');
""",
    "province/sql/province.sql": r"""-- A statement of heads stays as it came; what a cell told of an earlier day stays, too.
CREATE OR REPLACE TRIGGER cell_heads_are_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON subsidies_cellhead
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE OR REPLACE FUNCTION cell_sum_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.cell, NEW.scheme, NEW.day) <> (OLD.cell, OLD.scheme, OLD.day) OR NEW.told_at < OLD.told_at
       OR EXISTS (SELECT FROM subsidies_cellsum
                  WHERE (cell, scheme) = (NEW.cell, NEW.scheme) AND day > NEW.day) THEN
        RAISE EXCEPTION 'what cell % told of % stays', OLD.cell, OLD.day USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER earlier_days_of_cells_stay BEFORE UPDATE ON subsidies_cellsum
    FOR EACH ROW EXECUTE FUNCTION cell_sum_guard();
CREATE OR REPLACE TRIGGER sums_of_cells_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_cellsum
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
SELECT processes_write('subsidies_cellsum');
SELECT processes_write('subsidies_cellhead');
""",
    "sql/deleted.sql": r"""-- What the application deletes from: stages that a new version has no more, instalments that are planned anew, marks, and what a walk went by.
SELECT application_deletes('subsidies_stage');
SELECT application_deletes('subsidies_recoveryinstalment');
SELECT application_deletes('subsidies_caselook');
SELECT application_deletes('subsidies_signalsweep');
SELECT application_deletes('subsidies_walkdue');
""",
    "sql/deciders.sql": r"""-- Whoever decides about money is active, holds the right to it, and has held it long enough: every column that names somebody
-- who decides (core/rights/sql/rights.sql). Last, where there is one: the column of whoever may take the own proposal back.
SELECT decided_by_whoever_may('subsidies_claim', 'approved_by_id', '{subsidies.change_claim}');
SELECT decided_by_whoever_may('subsidies_payoutbatch', 'made_by_id', '{subsidies.add_payoutbatch}');
SELECT decided_by_whoever_may('subsidies_payoutbatch', 'released_by_id', '{subsidies.change_payoutbatch}');
SELECT decided_by_whoever_may('subsidies_lineevidence', 'proposed_by_id', '{subsidies.change_payoutbatch}');
SELECT decided_by_whoever_may('subsidies_lineevidence', 'decided_by_id', '{subsidies.change_payoutbatch}', 'proposed_by_id');
SELECT decided_by_whoever_may('subsidies_payoutstop', 'first_by_id', '{subsidies.change_payoutbatch}');
SELECT decided_by_whoever_may('subsidies_payoutstop', 'second_by_id', '{subsidies.change_payoutbatch}');
SELECT decided_by_whoever_may('subsidies_difference', 'proposed_by_id', '{subsidies.change_difference}');
SELECT decided_by_whoever_may('subsidies_difference', 'signed_by_id', '{subsidies.change_difference}');
SELECT decided_by_whoever_may('subsidies_statementreading', 'decided_by_id', '{subsidies.add_statementreading}', 'read_by_id');
SELECT decided_by_whoever_may('subsidies_schemechange', 'proposed_by_id', '{subsidies.propose_schemechange,subsidies.propose_budget}');
SELECT decided_by_whoever_may('subsidies_schemechange', 'decided_by_id', '{subsidies.decide_schemechange}', 'proposed_by_id');
SELECT decided_by_whoever_may('subsidies_schemestep', 'proposed_by_id', '{subsidies.propose_schemechange}');
SELECT decided_by_whoever_may('subsidies_schemestep', 'decided_by_id', '{subsidies.decide_schemechange}', 'proposed_by_id');
SELECT decided_by_whoever_may('subsidies_period', 'closed_by_id', '{subsidies.change_period}');
SELECT decided_by_whoever_may('subsidies_period', 'decided_by_id', '{subsidies.change_period}', 'closed_by_id');
SELECT decided_by_whoever_may('subsidies_paymentrequest', 'made_by_id', '{subsidies.add_paymentrequest}');
SELECT decided_by_whoever_may('subsidies_closingrule', 'proposed_by_id', '{subsidies.change_closingrule}');
SELECT decided_by_whoever_may('subsidies_closingrule', 'decided_by_id', '{subsidies.change_closingrule}', 'proposed_by_id');
SELECT decided_by_whoever_may('subsidies_recoverycase', 'proposed_by_id', '{subsidies.add_recoverycase}');
SELECT decided_by_whoever_may('subsidies_recoverycase', 'decided_by_id', '{subsidies.change_recoverycase}', 'proposed_by_id');
SELECT decided_by_whoever_may('subsidies_recoverystep', 'proposed_by_id', '{subsidies.add_recoverycase,subsidies.add_recoveryreceipt}');
SELECT decided_by_whoever_may('subsidies_recoverystep', 'decided_by_id', '{subsidies.change_recoverycase,subsidies.change_recoveryreceipt}', 'proposed_by_id');
SELECT decided_by_whoever_may('subsidies_recoveryreceipt', 'taken_by_id', '{subsidies.add_recoveryreceipt}');
SELECT decided_by_whoever_may('subsidies_recoveryreceipt', 'decided_by_id', '{subsidies.change_recoveryreceipt}', 'taken_by_id');
SELECT decided_by_whoever_may('subsidies_supplement', 'proposed_by_id', '{subsidies.add_supplement}');
SELECT decided_by_whoever_may('subsidies_supplement', 'decided_by_id', '{subsidies.change_supplement}', 'proposed_by_id');
SELECT decided_by_whoever_may('subsidies_paperevidence', 'proposed_by_id', '{subsidies.decide_claim}');
SELECT decided_by_whoever_may('subsidies_paperevidence', 'decided_by_id', '{subsidies.change_claim}', 'proposed_by_id');
SELECT decided_by_whoever_may('subsidies_watchentry', 'proposed_by_id', '{subsidies.add_watchentry}');
SELECT decided_by_whoever_may('subsidies_watchentry', 'decided_by_id', '{subsidies.change_watchentry}', 'proposed_by_id');
SELECT decided_by_whoever_may('subsidies_watchentry', 'lift_by_id', '{subsidies.add_watchentry}');
SELECT decided_by_whoever_may('subsidies_watchentry', 'lifted_by_id', '{subsidies.change_watchentry}', 'lift_by_id');
SELECT decided_by_whoever_may('subsidies_hold', 'cleared_by_id', '{subsidies.decide_claim,subsidies.change_claim}');
SELECT decided_by_whoever_may('subsidies_policyversion', 'created_by_id', '{subsidies.propose_schemechange,subsidies.propose_budget}');
SELECT decided_by_whoever_may('subsidies_policyversion', 'approved_by_id', '{subsidies.decide_schemechange}');
SELECT decided_by_whoever_may('subsidies_statedfigure', 'told_by_id', '{subsidies.add_statedfigure}');
SELECT decided_by_whoever_may('subsidies_statedfigure', 'decided_by_id', '{subsidies.change_statedfigure}', 'told_by_id');
SELECT decided_by_whoever_may('subsidies_reportissue', 'made_by_id', '{subsidies.add_reportissue}');
SELECT decided_by_whoever_may('subsidies_reportissue', 'decided_by_id', '{subsidies.change_reportissue}', 'made_by_id');
SELECT decided_by_whoever_may('subsidies_reporttemplate', 'proposed_by_id', '{subsidies.add_reporttemplate}');
SELECT decided_by_whoever_may('subsidies_reporttemplate', 'decided_by_id', '{subsidies.change_reporttemplate}', 'proposed_by_id');
""",
    "sql/auditors.sql": r"""-- What the auditor's own login reads of the money: rules, decisions, ledger, orders, months. Of persons only their numbers.

SELECT auditors_read('subsidies_scheme', also => '{ledger_head}');
SELECT auditors_read('subsidies_stage');
SELECT auditors_read('subsidies_policyversion');
SELECT auditors_read('subsidies_schemechange');
SELECT auditors_read('subsidies_schemestep');
SELECT auditors_read('subsidies_claim', but => '{filing_plate_no,vehicle_code}');
SELECT auditors_read('subsidies_claimevent', but => '{note}');
SELECT auditors_read('subsidies_eligibilitycheck');
SELECT auditors_read('subsidies_hold', but => '{evidence,note}');
SELECT auditors_read('subsidies_ledgerentry', also => '{prev_hash,hash}');
SELECT auditors_read('subsidies_payoutbatch');
SELECT auditors_read('subsidies_payoutline');
SELECT auditors_read('subsidies_statementreading');
SELECT auditors_read('subsidies_statemententry');
SELECT auditors_read('subsidies_difference', but => '{note}');
SELECT auditors_read('subsidies_period', also => '{last_hash,vouchers_digest}');
SELECT auditors_read('subsidies_voucher');
SELECT auditors_read('subsidies_voucherentry');
SELECT auditors_read('subsidies_paymentrequest');
SELECT auditors_read('subsidies_recoverycase', but => '{note}');
SELECT auditors_read('subsidies_recoveryreceipt', but => '{note}');
SELECT auditors_read('subsidies_supplement', but => '{note}');
-- Of a province: what cells asked and were told; of whom, the register itself cannot say.
SELECT auditors_read('subsidies_lockquestion');
SELECT auditors_read('subsidies_lockentry');
SELECT auditors_read('subsidies_lockholder');
SELECT auditors_read('subsidies_lock');
SELECT auditors_read('subsidies_cellsum');
SELECT auditors_read('subsidies_cellhead');
""",
    "sql/districts.sql": r"""-- A scheme is one district's, and so are its claims and its money. Schemes are few: what names its scheme is compared with an
-- array, once a statement; what hangs on a claim is looked up by it.
CREATE OR REPLACE FUNCTION schemes_read() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(array_agg(id), '{}') FROM subsidies_scheme WHERE district_id = ANY ((SELECT districts_read())::int[])
$$;
GRANT EXECUTE ON FUNCTION schemes_read TO ebike_app;
CREATE OR REPLACE FUNCTION of_scheme(source regclass) RETURNS void LANGUAGE sql
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT shows_where(source, 'scheme_id = ANY ((SELECT schemes_read())::bigint[])')
$$;

SELECT fills_district('subsidies_scheme');
SELECT of_district('subsidies_scheme');
SELECT of_scheme('subsidies_stage');
SELECT of_scheme('subsidies_policyversion');
SELECT of_scheme('subsidies_schemechange');
SELECT of_scheme('subsidies_schemestep');
SELECT of_scheme('subsidies_walkdue');
SELECT of_scheme('subsidies_claim');
SELECT of_scheme('subsidies_claimtally');
SELECT of_scheme('subsidies_ledgerentry');
SELECT of_scheme('subsidies_payoutbatch');
SELECT of_scheme('subsidies_period');
SELECT of_scheme('subsidies_paymentrequest');
SELECT of_scheme('subsidies_laboratoryrun');
SELECT of_scheme('subsidies_dailyforecast');

SELECT of_parent('subsidies_lockquestion', 'claim_id', 'subsidies_claim');
SELECT of_parent('subsidies_claimevent', 'claim_id', 'subsidies_claim');
SELECT of_parent('subsidies_eligibilitycheck', 'claim_id', 'subsidies_claim');
SELECT of_parent('subsidies_payeechange', 'claim_id', 'subsidies_claim');
SELECT of_parent('subsidies_payeecheck', 'claim_id', 'subsidies_claim');
SELECT of_parent('subsidies_ownernotice', 'claim_id', 'subsidies_claim');
SELECT of_parent('subsidies_paperevidence', 'claim_id', 'subsidies_claim');
SELECT of_parent('subsidies_caseassignment', 'claim_id', 'subsidies_claim');
SELECT of_parent('subsidies_casenote', 'claim_id', 'subsidies_claim');
SELECT of_parent('subsidies_caselook', 'claim_id', 'subsidies_claim');
SELECT of_parent('subsidies_hold', 'claim_id', 'subsidies_claim');
SELECT of_parent('subsidies_shopanswer', 'hold_id', 'subsidies_hold');
SELECT of_parent('subsidies_supplement', 'claim_id', 'subsidies_claim');
SELECT of_persons('subsidies_workreminder', 'person_id');

SELECT of_parent('subsidies_payoutline', 'batch_id', 'subsidies_payoutbatch');
SELECT of_parent('subsidies_operatoranswer', 'batch_id', 'subsidies_payoutbatch');
SELECT of_parent('subsidies_gatepass', 'batch_id', 'subsidies_payoutbatch');
SELECT of_parent('subsidies_lineevidence', 'line_id', 'subsidies_payoutline');
SELECT of_parent('subsidies_difference', 'line_id', 'subsidies_payoutline', orphans => true);
-- What the operator says of payments is everybody's who has one under that number; of other numbers, the whole's.
SELECT shows_where('subsidies_operatorpayment', '(SELECT reads_whole()) OR EXISTS (SELECT FROM subsidies_payoutline l'
                   ' WHERE l.request_no = subsidies_operatorpayment.number)');
SELECT shows_where('subsidies_statemententry', '(SELECT reads_whole()) OR EXISTS (SELECT FROM subsidies_payoutline l'
                   ' WHERE l.request_no = subsidies_statemententry.number)');
SELECT of_whole('subsidies_statementfile');

SELECT of_parent('subsidies_voucher', 'period_id', 'subsidies_period');
SELECT of_parent('subsidies_voucherentry', 'voucher_id', 'subsidies_voucher');
SELECT shows_where('subsidies_keptdocument', 'EXISTS (SELECT FROM subsidies_period p WHERE p.id = subsidies_keptdocument.period_id)'
                   ' OR EXISTS (SELECT FROM subsidies_paymentrequest r WHERE r.id = subsidies_keptdocument.request_id)');
SELECT of_all('subsidies_closingrule');
SELECT of_all('subsidies_reporttemplate');

SELECT fills_district('subsidies_recoverycase', 'SELECT s.district_id FROM subsidies_claim c JOIN subsidies_scheme s'
                      ' ON s.id = c.scheme_id WHERE c.id = ($1).claim_id');
SELECT of_district('subsidies_recoverycase');
SELECT of_parent('subsidies_recoveryinstalment', 'case_id', 'subsidies_recoverycase');
SELECT of_parent('subsidies_recoveryreceipt', 'case_id', 'subsidies_recoverycase');
SELECT of_parent('subsidies_recoverystep', 'case_id', 'subsidies_recoverycase');
SELECT of_parent('subsidies_recoveryreminder', 'instalment_id', 'subsidies_recoveryinstalment');

SELECT fills_district('subsidies_reportissue');
SELECT of_district('subsidies_reportissue');
SELECT of_parent('subsidies_reportissue_schemes', 'reportissue_id', 'subsidies_reportissue');
SELECT of_parent('subsidies_issuefigure', 'issue_id', 'subsidies_reportissue');
SELECT of_parent('subsidies_issuedocument', 'issue_id', 'subsidies_reportissue');
SELECT fills_district('subsidies_statedfigure');
SELECT same_district('subsidies_statedfigure', 'scheme_id', 'subsidies_scheme');
SELECT of_district('subsidies_statedfigure');
SELECT fills_district('subsidies_watchentry');
SELECT same_district('subsidies_watchentry', 'merchant_id', 'merchants_merchant');
SELECT of_district('subsidies_watchentry');

-- One old bike, one new vehicle, one subsidy, whichever district is asked. Of a live claim in another district its district's name
-- and its number are told, and nothing else.
CREATE OR REPLACE FUNCTION bike_claimed(plate text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM subsidies_claim WHERE filing_plate_no = plate AND live)
$$;
CREATE OR REPLACE FUNCTION vehicle_claimed(code text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM subsidies_claim WHERE vehicle_code = code AND live)
$$;
CREATE OR REPLACE FUNCTION claimed_in(plate text, code text, OUT what text, OUT district int, OUT name text, OUT number text)
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT found.what, d.code, d.name::text, t.record_no::text
    FROM (SELECT 'bike' AS what, trade_in_id FROM subsidies_claim WHERE filing_plate_no = plate AND live
          UNION ALL SELECT 'vehicle', trade_in_id FROM subsidies_claim WHERE vehicle_code = claimed_in.code AND live) found
    JOIN ebikes_tradein t ON t.id = found.trade_in_id JOIN core_district d ON d.code = t.district_id
$$;
GRANT EXECUTE ON FUNCTION bike_claimed, vehicle_claimed, claimed_in TO ebike_app;

-- A claim is made under a scheme of its record's district.
CREATE OR REPLACE FUNCTION claims_stay_in_their_district() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM new_rows n JOIN subsidies_scheme s ON s.id = n.scheme_id JOIN ebikes_tradein t ON t.id = n.trade_in_id
        WHERE s.district_id <> t.district_id
    ) THEN
        RAISE EXCEPTION 'a claim is made under a scheme of its own district' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER claims_are_of_their_district AFTER INSERT ON subsidies_claim
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION claims_stay_in_their_district();
""",
}
# What they do not make any more.
DROPPED = {}
BACKWARDS = {
    "claims/sql/claims.sql": r"""DROP TRIGGER IF EXISTS claims_begin_as_received ON subsidies_claim;
DROP TRIGGER IF EXISTS claims_move_by_the_table ON subsidies_claim;
DROP TRIGGER IF EXISTS claims_are_never_deleted ON subsidies_claim;
DROP TRIGGER IF EXISTS claim_events_are_only_added ON subsidies_claimevent;
DROP TRIGGER IF EXISTS checks_are_only_added ON subsidies_eligibilitycheck;
DROP TRIGGER IF EXISTS policy_versions_are_only_added ON subsidies_policyversion;
GRANT INSERT, UPDATE ON subsidies_claimevent TO ebike_app;
GRANT INSERT, UPDATE ON subsidies_claimtally TO ebike_app;
DROP FUNCTION IF EXISTS hour_of CASCADE;
DROP FUNCTION IF EXISTS acting CASCADE;
DROP FUNCTION IF EXISTS claim_inserted CASCADE;
DROP FUNCTION IF EXISTS claim_may_go_to CASCADE;
DROP FUNCTION IF EXISTS claim_updated CASCADE;
DROP FUNCTION IF EXISTS fold_tallies CASCADE;
DROP VIEW IF EXISTS subsidies_claim_move CASCADE;
""",
    "claims/sql/shop.sql": r"""DROP TRIGGER IF EXISTS owners_withdraw ON subsidies_claim;
DROP TRIGGER IF EXISTS owners_have_it_paid_elsewhere ON subsidies_payeechange;
DROP TRIGGER IF EXISTS shops_say_why ON subsidies_claim;
DROP FUNCTION IF EXISTS refuse_clerk CASCADE;
DROP FUNCTION IF EXISTS refuse_unexplained CASCADE;
""",
    "ledger/sql/ledger.sql": r"""DROP TRIGGER IF EXISTS ledger_rows_name_their_papers ON subsidies_ledgerentry;
DROP TRIGGER IF EXISTS ledger_keeps_the_sums ON subsidies_ledgerentry;
DROP TRIGGER IF EXISTS ledger_is_only_added_to ON subsidies_ledgerentry;
DROP TRIGGER IF EXISTS scheme_sums_follow_the_ledger ON subsidies_scheme;
DROP TRIGGER IF EXISTS stage_sums_follow_the_ledger ON subsidies_stage;
DROP TRIGGER IF EXISTS scheme_begins_empty ON subsidies_scheme;
DROP TRIGGER IF EXISTS stage_begins_empty ON subsidies_stage;
GRANT INSERT, UPDATE ON subsidies_ledgerentry TO ebike_app;
DROP AGGREGATE IF EXISTS hash_chain(bytea, text);
DROP FUNCTION IF EXISTS ledger_moment CASCADE;
DROP FUNCTION IF EXISTS ledger_payload CASCADE;
DROP FUNCTION IF EXISTS hash_chain_step CASCADE;
DROP FUNCTION IF EXISTS payee_digest CASCADE;
DROP FUNCTION IF EXISTS paid_by CASCADE;
DROP FUNCTION IF EXISTS piece_of_claim CASCADE;
DROP FUNCTION IF EXISTS append_for_claims CASCADE;
DROP FUNCTION IF EXISTS append_change CASCADE;
DROP FUNCTION IF EXISTS ledger_names_its_papers CASCADE;
DROP FUNCTION IF EXISTS ledger_appended CASCADE;
DROP FUNCTION IF EXISTS refuse_sums_by_hand CASCADE;
DROP FUNCTION IF EXISTS refuse_sums_at_birth CASCADE;
""",
    "allocation/sql/due.sql": r"""DROP TRIGGER IF EXISTS new_claims_are_walked ON subsidies_claim;
DROP TRIGGER IF EXISTS moved_claims_are_walked ON subsidies_claim;
DROP TRIGGER IF EXISTS other_money_is_walked ON subsidies_ledgerentry;
DROP TRIGGER IF EXISTS other_rules_are_walked ON subsidies_policyversion;
DROP FUNCTION IF EXISTS claim_granted CASCADE;
DROP FUNCTION IF EXISTS walk_is_due_for_new_claims CASCADE;
DROP FUNCTION IF EXISTS walk_is_due_for_moved_claims CASCADE;
DROP FUNCTION IF EXISTS walk_is_due_for_money CASCADE;
DROP FUNCTION IF EXISTS walk_is_due_for_rules CASCADE;
""",
    "locks/sql/locks.sql": r"""DROP TRIGGER IF EXISTS lock_register_goes_on ON subsidies_lockregister;
DROP TRIGGER IF EXISTS lock_cells_go_on ON subsidies_lockcell;
DROP TRIGGER IF EXISTS lock_holders_go_on ON subsidies_lockholder;
DROP TRIGGER IF EXISTS locks_stay_with_their_claims ON subsidies_lock;
DROP TRIGGER IF EXISTS lock_entries_are_only_added ON subsidies_lockentry;
DROP TRIGGER IF EXISTS locks_are_never_deleted ON subsidies_lock;
DROP TRIGGER IF EXISTS lock_holders_are_never_deleted ON subsidies_lockholder;
DROP FUNCTION IF EXISTS lock_register_guard CASCADE;
DROP FUNCTION IF EXISTS lock_cell_guard CASCADE;
DROP FUNCTION IF EXISTS lock_holder_guard CASCADE;
DROP FUNCTION IF EXISTS lock_guard CASCADE;
""",
    "payouts/sql/payouts.sql": r"""DROP TRIGGER IF EXISTS payout_lines_are_orders ON subsidies_payoutline;
DROP TRIGGER IF EXISTS payout_batches_are_orders ON subsidies_payoutbatch;
DROP TRIGGER IF EXISTS payout_batches_are_never_deleted ON subsidies_payoutbatch;
DROP TRIGGER IF EXISTS payees_of_lines_are_only_sealed_anew ON subsidies_payoutline;
DROP TRIGGER IF EXISTS payout_lines_are_never_deleted ON subsidies_payoutline;
DROP TRIGGER IF EXISTS answers_of_the_operator_are_only_added ON subsidies_operatoranswer;
DROP TRIGGER IF EXISTS answers_of_the_operator_are_only_added_or_sealed_anew ON subsidies_operatoranswer;
DROP TRIGGER IF EXISTS passes_are_only_added ON subsidies_gatepass;
DROP TRIGGER IF EXISTS stops_go_step_by_step ON subsidies_payoutstop;
DROP TRIGGER IF EXISTS payments_read_back_are_only_added ON subsidies_operatorpayment;
DROP TRIGGER IF EXISTS stops_are_never_deleted ON subsidies_payoutstop;
DROP TRIGGER IF EXISTS evidence_is_proposed_first ON subsidies_lineevidence;
DROP TRIGGER IF EXISTS evidence_is_only_decided ON subsidies_lineevidence;
DROP TRIGGER IF EXISTS evidence_is_never_deleted ON subsidies_lineevidence;
DROP TRIGGER IF EXISTS payee_changes_are_only_added ON subsidies_payeechange;
DROP TRIGGER IF EXISTS payee_changes_are_only_added_or_sealed_anew ON subsidies_payeechange;
DROP FUNCTION IF EXISTS payee_of CASCADE;
DROP FUNCTION IF EXISTS payout_line_guard CASCADE;
DROP FUNCTION IF EXISTS payout_batch_guard CASCADE;
DROP FUNCTION IF EXISTS seen_by_now CASCADE;
DROP FUNCTION IF EXISTS stop_guard CASCADE;
DROP FUNCTION IF EXISTS evidence_guard CASCADE;
DROP FUNCTION IF EXISTS evidence_begins CASCADE;
""",
    "cells/sql/cells.sql": r"""DROP TRIGGER IF EXISTS new_claims_ask_the_register ON subsidies_claim;
DROP TRIGGER IF EXISTS moved_claims_ask_the_register ON subsidies_claim;
DROP TRIGGER IF EXISTS a_cell_joins_with_its_claims ON subsidies_cell;
DROP TRIGGER IF EXISTS an_epoch_begins_when_a_stop_ends ON subsidies_payoutstop;
DROP TRIGGER IF EXISTS epochs_begin_by_two ON subsidies_cell;
DROP TRIGGER IF EXISTS lock_questions_stay ON subsidies_lockquestion;
DROP TRIGGER IF EXISTS lock_questions_are_never_deleted ON subsidies_lockquestion;
DROP FUNCTION IF EXISTS lock_ask CASCADE;
DROP FUNCTION IF EXISTS ask_for_locks CASCADE;
DROP FUNCTION IF EXISTS new_claims_ask CASCADE;
DROP FUNCTION IF EXISTS moved_claims_ask CASCADE;
DROP FUNCTION IF EXISTS cell_joins CASCADE;
DROP FUNCTION IF EXISTS restored_cell_begins_anew CASCADE;
DROP FUNCTION IF EXISTS cell_guard CASCADE;
DROP FUNCTION IF EXISTS lock_question_guard CASCADE;
""",
    "reconciliation/sql/reconciliation.sql": r"""DROP TRIGGER IF EXISTS statements_are_kept_as_read ON subsidies_statementreading;
DROP TRIGGER IF EXISTS statements_are_never_deleted ON subsidies_statementreading;
DROP TRIGGER IF EXISTS statement_entries_are_kept_as_read ON subsidies_statemententry;
DROP TRIGGER IF EXISTS statement_entries_are_never_deleted ON subsidies_statemententry;
DROP TRIGGER IF EXISTS statement_files_are_kept ON subsidies_statementfile;
DROP TRIGGER IF EXISTS statement_files_are_kept_or_sealed_anew ON subsidies_statementfile;
DROP TRIGGER IF EXISTS differences_are_closed_once ON subsidies_difference;
DROP TRIGGER IF EXISTS differences_are_never_deleted ON subsidies_difference;
DROP TRIGGER IF EXISTS the_gate ON subsidies_payoutline;
DROP FUNCTION IF EXISTS statement_reading_guard CASCADE;
DROP FUNCTION IF EXISTS statement_entry_guard CASCADE;
DROP FUNCTION IF EXISTS difference_guard CASCADE;
DROP FUNCTION IF EXISTS gate_guard CASCADE;
""",
    "review/sql/holds.sql": r"""DROP TRIGGER IF EXISTS held_claims_wait ON subsidies_claim;
DROP TRIGGER IF EXISTS held_claims_are_not_released ON subsidies_payoutbatch;
DROP TRIGGER IF EXISTS changed_payees_are_held ON subsidies_payeechange;
DROP TRIGGER IF EXISTS holds_are_only_cleared ON subsidies_hold;
DROP TRIGGER IF EXISTS holds_are_never_deleted ON subsidies_hold;
DROP FUNCTION IF EXISTS refuse_held_claim CASCADE;
DROP FUNCTION IF EXISTS refuse_held_release CASCADE;
DROP FUNCTION IF EXISTS hold_changed_payee CASCADE;
DROP FUNCTION IF EXISTS hold_guard CASCADE;
""",
    "casework/sql/casework.sql": r"""DROP TRIGGER IF EXISTS assignments_only_end ON subsidies_caseassignment;
DROP TRIGGER IF EXISTS assignments_are_never_deleted ON subsidies_caseassignment;
DROP TRIGGER IF EXISTS moved_cases_are_done ON subsidies_claim;
DROP TRIGGER IF EXISTS held_cases_are_done ON subsidies_hold;
DROP TRIGGER IF EXISTS cleared_cases_are_done ON subsidies_hold;
DROP TRIGGER IF EXISTS case_notes_are_only_added ON subsidies_casenote;
DROP TRIGGER IF EXISTS case_notes_are_only_added_or_sealed_anew ON subsidies_casenote;
DROP TRIGGER IF EXISTS work_reminders_are_only_added ON subsidies_workreminder;
DROP TRIGGER IF EXISTS audited_insert ON subsidies_caseassignment;
DROP TRIGGER IF EXISTS audited_update ON subsidies_caseassignment;
DROP TRIGGER IF EXISTS audited_delete ON subsidies_caseassignment;
DROP TRIGGER IF EXISTS truncate_is_refused ON subsidies_caseassignment;
DROP TRIGGER IF EXISTS audited_insert ON subsidies_casenote;
DROP TRIGGER IF EXISTS audited_update ON subsidies_casenote;
DROP TRIGGER IF EXISTS audited_delete ON subsidies_casenote;
DROP TRIGGER IF EXISTS truncate_is_refused ON subsidies_casenote;
REVOKE ALL ON subsidies_caseassignment FROM ebike_auditor;
REVOKE ALL ON subsidies_casenote FROM ebike_auditor;
DROP FUNCTION IF EXISTS assignment_guard CASCADE;
DROP FUNCTION IF EXISTS end_assignments CASCADE;
DROP FUNCTION IF EXISTS moved_cases_are_done CASCADE;
""",
    "papers/sql/papers.sql": r"""DROP TRIGGER IF EXISTS papers_go_step_by_step ON subsidies_paperevidence;
DROP TRIGGER IF EXISTS papers_are_never_deleted ON subsidies_paperevidence;
DROP TRIGGER IF EXISTS refused_claims_reopen_on_paper ON subsidies_claim;
DROP FUNCTION IF EXISTS paper_guard CASCADE;
DROP FUNCTION IF EXISTS reopened_on_paper CASCADE;
""",
    "papers/sql/audited.sql": r"""DROP TRIGGER IF EXISTS audited_insert ON subsidies_paperevidence;
DROP TRIGGER IF EXISTS audited_update ON subsidies_paperevidence;
DROP TRIGGER IF EXISTS audited_delete ON subsidies_paperevidence;
DROP TRIGGER IF EXISTS truncate_is_refused ON subsidies_paperevidence;
""",
    "watchlist/sql/watchlist.sql": r"""DROP TRIGGER IF EXISTS entries_go_step_by_step ON subsidies_watchentry;
DROP TRIGGER IF EXISTS entries_are_never_deleted ON subsidies_watchentry;
DROP FUNCTION IF EXISTS watch_entry_guard CASCADE;
""",
    "watchlist/sql/audited.sql": r"""DROP TRIGGER IF EXISTS audited_insert ON subsidies_watchentry;
DROP TRIGGER IF EXISTS audited_update ON subsidies_watchentry;
DROP TRIGGER IF EXISTS audited_delete ON subsidies_watchentry;
DROP TRIGGER IF EXISTS truncate_is_refused ON subsidies_watchentry;
""",
    "payees/sql/payees.sql": r"""DROP TRIGGER IF EXISTS unmatched_payees_are_held ON subsidies_payeecheck;
DROP TRIGGER IF EXISTS payee_checks_are_only_added ON subsidies_payeecheck;
DROP TRIGGER IF EXISTS payee_checks_are_only_added_or_sealed_anew ON subsidies_payeecheck;
DROP TRIGGER IF EXISTS owners_are_told_of_another_payee ON subsidies_hold;
DROP TRIGGER IF EXISTS owner_notices_are_never_deleted ON subsidies_ownernotice;
DROP FUNCTION IF EXISTS hold_unmatched_payee CASCADE;
DROP FUNCTION IF EXISTS owner_is_to_be_told CASCADE;
""",
    "recoveries/sql/recoveries.sql": r"""DROP TRIGGER IF EXISTS recoveries_go_step_by_step ON subsidies_recoverycase;
DROP TRIGGER IF EXISTS recoveries_are_never_deleted ON subsidies_recoverycase;
DROP TRIGGER IF EXISTS plans_are_not_rewritten ON subsidies_recoveryinstalment;
DROP TRIGGER IF EXISTS plans_are_not_emptied ON subsidies_recoveryinstalment;
DROP TRIGGER IF EXISTS receipts_are_decided_once ON subsidies_recoveryreceipt;
DROP TRIGGER IF EXISTS receipts_are_never_deleted ON subsidies_recoveryreceipt;
DROP TRIGGER IF EXISTS steps_are_decided_once ON subsidies_recoverystep;
DROP TRIGGER IF EXISTS steps_are_never_deleted ON subsidies_recoverystep;
DROP TRIGGER IF EXISTS reminders_are_only_added ON subsidies_recoveryreminder;
DROP TRIGGER IF EXISTS recovered_claims_have_a_case ON subsidies_claim;
DROP FUNCTION IF EXISTS kept_by_claim CASCADE;
DROP FUNCTION IF EXISTS received_of_case CASCADE;
DROP FUNCTION IF EXISTS recovery_guard CASCADE;
DROP FUNCTION IF EXISTS instalment_guard CASCADE;
DROP FUNCTION IF EXISTS receipt_guard CASCADE;
DROP FUNCTION IF EXISTS recovery_step_guard CASCADE;
DROP FUNCTION IF EXISTS claim_follows_recovery CASCADE;
""",
    "supplements/sql/supplements.sql": r"""DROP TRIGGER IF EXISTS supplements_go_step_by_step ON subsidies_supplement;
DROP TRIGGER IF EXISTS supplements_are_never_deleted ON subsidies_supplement;
DROP TRIGGER IF EXISTS supplements_end_before_a_recovery ON subsidies_recoverycase;
DROP TRIGGER IF EXISTS audited_insert ON subsidies_supplement;
DROP TRIGGER IF EXISTS audited_update ON subsidies_supplement;
DROP TRIGGER IF EXISTS audited_delete ON subsidies_supplement;
DROP TRIGGER IF EXISTS truncate_is_refused ON subsidies_supplement;
DROP FUNCTION IF EXISTS supplement_guard CASCADE;
DROP FUNCTION IF EXISTS refuse_recovery_beside_supplement CASCADE;
""",
    "claims/sql/audited.sql": r"""DROP TRIGGER IF EXISTS decisions_are_audited ON subsidies_claim;
DROP TRIGGER IF EXISTS audited_insert ON subsidies_scheme;
DROP TRIGGER IF EXISTS audited_update ON subsidies_scheme;
DROP TRIGGER IF EXISTS audited_delete ON subsidies_scheme;
DROP TRIGGER IF EXISTS truncate_is_refused ON subsidies_scheme;
DROP TRIGGER IF EXISTS audited_insert ON subsidies_stage;
DROP TRIGGER IF EXISTS audited_update ON subsidies_stage;
DROP TRIGGER IF EXISTS audited_delete ON subsidies_stage;
DROP TRIGGER IF EXISTS truncate_is_refused ON subsidies_stage;
DROP TRIGGER IF EXISTS audited_insert ON subsidies_policyversion;
DROP TRIGGER IF EXISTS audited_update ON subsidies_policyversion;
DROP TRIGGER IF EXISTS audited_delete ON subsidies_policyversion;
DROP TRIGGER IF EXISTS truncate_is_refused ON subsidies_policyversion;
DROP TRIGGER IF EXISTS audited_insert ON subsidies_schemechange;
DROP TRIGGER IF EXISTS audited_update ON subsidies_schemechange;
DROP TRIGGER IF EXISTS audited_delete ON subsidies_schemechange;
DROP TRIGGER IF EXISTS truncate_is_refused ON subsidies_schemechange;
DROP TRIGGER IF EXISTS audited_insert ON subsidies_schemestep;
DROP TRIGGER IF EXISTS audited_update ON subsidies_schemestep;
DROP TRIGGER IF EXISTS audited_delete ON subsidies_schemestep;
DROP TRIGGER IF EXISTS truncate_is_refused ON subsidies_schemestep;
DROP TRIGGER IF EXISTS audited_insert ON subsidies_payoutbatch;
DROP TRIGGER IF EXISTS audited_update ON subsidies_payoutbatch;
DROP TRIGGER IF EXISTS audited_delete ON subsidies_payoutbatch;
DROP TRIGGER IF EXISTS truncate_is_refused ON subsidies_payoutbatch;
DROP TRIGGER IF EXISTS audited_insert ON subsidies_lineevidence;
DROP TRIGGER IF EXISTS audited_update ON subsidies_lineevidence;
DROP TRIGGER IF EXISTS audited_delete ON subsidies_lineevidence;
DROP TRIGGER IF EXISTS truncate_is_refused ON subsidies_lineevidence;
DROP TRIGGER IF EXISTS audited_insert ON subsidies_payoutstop;
DROP TRIGGER IF EXISTS audited_update ON subsidies_payoutstop;
DROP TRIGGER IF EXISTS audited_delete ON subsidies_payoutstop;
DROP TRIGGER IF EXISTS truncate_is_refused ON subsidies_payoutstop;
DROP TRIGGER IF EXISTS audited_insert ON subsidies_statementreading;
DROP TRIGGER IF EXISTS audited_update ON subsidies_statementreading;
DROP TRIGGER IF EXISTS audited_delete ON subsidies_statementreading;
DROP TRIGGER IF EXISTS truncate_is_refused ON subsidies_statementreading;
DROP TRIGGER IF EXISTS audited_insert ON subsidies_verification;
DROP TRIGGER IF EXISTS audited_update ON subsidies_verification;
DROP TRIGGER IF EXISTS audited_delete ON subsidies_verification;
DROP TRIGGER IF EXISTS truncate_is_refused ON subsidies_verification;
DROP TRIGGER IF EXISTS audited_insert ON subsidies_statementfile;
DROP TRIGGER IF EXISTS audited_update ON subsidies_statementfile;
DROP TRIGGER IF EXISTS audited_delete ON subsidies_statementfile;
DROP TRIGGER IF EXISTS truncate_is_refused ON subsidies_statementfile;
DROP TRIGGER IF EXISTS audited_insert ON subsidies_statementlayout;
DROP TRIGGER IF EXISTS audited_update ON subsidies_statementlayout;
DROP TRIGGER IF EXISTS audited_delete ON subsidies_statementlayout;
DROP TRIGGER IF EXISTS truncate_is_refused ON subsidies_statementlayout;
DROP TRIGGER IF EXISTS audited_insert ON subsidies_difference;
DROP TRIGGER IF EXISTS audited_update ON subsidies_difference;
DROP TRIGGER IF EXISTS audited_delete ON subsidies_difference;
DROP TRIGGER IF EXISTS truncate_is_refused ON subsidies_difference;
DROP TRIGGER IF EXISTS audited_insert ON subsidies_payeechange;
DROP TRIGGER IF EXISTS audited_update ON subsidies_payeechange;
DROP TRIGGER IF EXISTS audited_delete ON subsidies_payeechange;
DROP TRIGGER IF EXISTS truncate_is_refused ON subsidies_payeechange;
DROP TRIGGER IF EXISTS audited_insert ON subsidies_period;
DROP TRIGGER IF EXISTS audited_update ON subsidies_period;
DROP TRIGGER IF EXISTS audited_delete ON subsidies_period;
DROP TRIGGER IF EXISTS truncate_is_refused ON subsidies_period;
DROP TRIGGER IF EXISTS audited_insert ON subsidies_closingrule;
DROP TRIGGER IF EXISTS audited_update ON subsidies_closingrule;
DROP TRIGGER IF EXISTS audited_delete ON subsidies_closingrule;
DROP TRIGGER IF EXISTS truncate_is_refused ON subsidies_closingrule;
DROP TRIGGER IF EXISTS audited_insert ON subsidies_paymentrequest;
DROP TRIGGER IF EXISTS audited_update ON subsidies_paymentrequest;
DROP TRIGGER IF EXISTS audited_delete ON subsidies_paymentrequest;
DROP TRIGGER IF EXISTS truncate_is_refused ON subsidies_paymentrequest;
DROP TRIGGER IF EXISTS audited_insert ON subsidies_hold;
DROP TRIGGER IF EXISTS audited_update ON subsidies_hold;
DROP TRIGGER IF EXISTS audited_delete ON subsidies_hold;
DROP TRIGGER IF EXISTS truncate_is_refused ON subsidies_hold;
DROP FUNCTION IF EXISTS audit_decisions CASCADE;
""",
    "recoveries/sql/audited.sql": r"""DROP TRIGGER IF EXISTS audited_insert ON subsidies_recoverycase;
DROP TRIGGER IF EXISTS audited_update ON subsidies_recoverycase;
DROP TRIGGER IF EXISTS audited_delete ON subsidies_recoverycase;
DROP TRIGGER IF EXISTS truncate_is_refused ON subsidies_recoverycase;
DROP TRIGGER IF EXISTS audited_insert ON subsidies_recoveryinstalment;
DROP TRIGGER IF EXISTS audited_update ON subsidies_recoveryinstalment;
DROP TRIGGER IF EXISTS audited_delete ON subsidies_recoveryinstalment;
DROP TRIGGER IF EXISTS truncate_is_refused ON subsidies_recoveryinstalment;
DROP TRIGGER IF EXISTS audited_insert ON subsidies_recoveryreceipt;
DROP TRIGGER IF EXISTS audited_update ON subsidies_recoveryreceipt;
DROP TRIGGER IF EXISTS audited_delete ON subsidies_recoveryreceipt;
DROP TRIGGER IF EXISTS truncate_is_refused ON subsidies_recoveryreceipt;
DROP TRIGGER IF EXISTS audited_insert ON subsidies_recoverystep;
DROP TRIGGER IF EXISTS audited_update ON subsidies_recoverystep;
DROP TRIGGER IF EXISTS audited_delete ON subsidies_recoverystep;
DROP TRIGGER IF EXISTS truncate_is_refused ON subsidies_recoverystep;
""",
    "schemes/sql/schemes.sql": r"""DROP TRIGGER IF EXISTS open_schemes_share_no_day ON subsidies_schemechange;
DROP TRIGGER IF EXISTS stages_come_and_go_by_version ON subsidies_stage;
DROP TRIGGER IF EXISTS stages_change_by_version ON subsidies_stage;
DROP TRIGGER IF EXISTS policy_versions_follow_each_other ON subsidies_policyversion;
DROP TRIGGER IF EXISTS policy_versions_are_put_in_force ON subsidies_policyversion;
DROP TRIGGER IF EXISTS scheme_changes_are_decided_once ON subsidies_schemechange;
DROP TRIGGER IF EXISTS scheme_changes_are_never_deleted ON subsidies_schemechange;
DROP FUNCTION IF EXISTS stage_terms CASCADE;
DROP FUNCTION IF EXISTS scheme_on CASCADE;
DROP FUNCTION IF EXISTS schemes_stand_apart CASCADE;
DROP FUNCTION IF EXISTS stage_follows_version CASCADE;
DROP FUNCTION IF EXISTS version_follows_version CASCADE;
DROP FUNCTION IF EXISTS version_is_in_force CASCADE;
DROP FUNCTION IF EXISTS scheme_change_guard CASCADE;
""",
    "schemes/sql/steps.sql": r"""DROP TRIGGER IF EXISTS scheme_state_follows_its_papers ON subsidies_scheme;
DROP TRIGGER IF EXISTS scheme_opens_with_its_first_change ON subsidies_schemechange;
DROP TRIGGER IF EXISTS scheme_steps_are_decided_once ON subsidies_schemestep;
DROP TRIGGER IF EXISTS scheme_steps_are_never_deleted ON subsidies_schemestep;
DROP TRIGGER IF EXISTS scheme_stands_where_its_steps_lead ON subsidies_schemestep;
DROP TRIGGER IF EXISTS claims_come_to_open_schemes ON subsidies_claim;
DROP TRIGGER IF EXISTS no_recovery_begins_in_the_archive ON subsidies_recoverycase;
DROP TRIGGER IF EXISTS no_supplement_begins_in_the_archive ON subsidies_supplement;
DROP FUNCTION IF EXISTS state_after_step CASCADE;
DROP FUNCTION IF EXISTS scheme_state_by_papers CASCADE;
DROP FUNCTION IF EXISTS scheme_state_is_decided CASCADE;
DROP FUNCTION IF EXISTS scheme_takes_change CASCADE;
DROP FUNCTION IF EXISTS scheme_step_guard CASCADE;
DROP FUNCTION IF EXISTS scheme_takes_step CASCADE;
DROP FUNCTION IF EXISTS claims_come_to_open_schemes CASCADE;
DROP FUNCTION IF EXISTS nothing_begins_in_the_archive CASCADE;
""",
    "closing/sql/closing.sql": r"""DROP TRIGGER IF EXISTS ledger_stays_out_of_closed_months ON subsidies_ledgerentry;
DROP TRIGGER IF EXISTS closes_go_step_by_step ON subsidies_period;
DROP TRIGGER IF EXISTS vouchers_are_made_with_the_close ON subsidies_voucher;
DROP TRIGGER IF EXISTS entries_are_made_with_the_close ON subsidies_voucherentry;
DROP TRIGGER IF EXISTS vouchers_are_never_changed ON subsidies_voucher;
DROP TRIGGER IF EXISTS entries_are_never_changed ON subsidies_voucherentry;
DROP TRIGGER IF EXISTS documents_are_never_changed ON subsidies_keptdocument;
DROP TRIGGER IF EXISTS requests_are_never_changed ON subsidies_paymentrequest;
DROP TRIGGER IF EXISTS closes_are_not_truncated ON subsidies_period;
DROP TRIGGER IF EXISTS documents_are_what_they_say ON subsidies_keptdocument;
DROP TRIGGER IF EXISTS requests_add_up ON subsidies_paymentrequest;
DROP TRIGGER IF EXISTS closes_are_kept ON subsidies_period;
DROP TRIGGER IF EXISTS vouchers_are_kept ON subsidies_voucher;
DROP TRIGGER IF EXISTS entries_are_kept ON subsidies_voucherentry;
DROP TRIGGER IF EXISTS documents_are_kept ON subsidies_keptdocument;
DROP TRIGGER IF EXISTS requests_are_kept ON subsidies_paymentrequest;
DROP TRIGGER IF EXISTS closing_rules_are_decided_once ON subsidies_closingrule;
DROP TRIGGER IF EXISTS closing_rules_are_never_deleted ON subsidies_closingrule;
DROP FUNCTION IF EXISTS month_over CASCADE;
DROP FUNCTION IF EXISTS refuse_closed_month CASCADE;
DROP FUNCTION IF EXISTS vouchers_digest CASCADE;
DROP FUNCTION IF EXISTS month_sums CASCADE;
DROP FUNCTION IF EXISTS vouchers_fault CASCADE;
DROP FUNCTION IF EXISTS period_guard CASCADE;
DROP FUNCTION IF EXISTS refuse_late_voucher CASCADE;
DROP FUNCTION IF EXISTS document_guard CASCADE;
DROP FUNCTION IF EXISTS request_guard CASCADE;
DROP FUNCTION IF EXISTS refuse_early_deletion CASCADE;
DROP FUNCTION IF EXISTS closing_rule_guard CASCADE;
""",
    "inquiries/sql/inquiries.sql": r"""DROP TRIGGER IF EXISTS shops_answer_what_is_asked ON subsidies_shopanswer;
DROP TRIGGER IF EXISTS shop_answers_are_only_added ON subsidies_shopanswer;
DROP FUNCTION IF EXISTS shop_answers CASCADE;
""",
    "inquiries/sql/audited.sql": r"""DROP TRIGGER IF EXISTS audited_insert ON subsidies_shopanswer;
DROP TRIGGER IF EXISTS audited_update ON subsidies_shopanswer;
DROP TRIGGER IF EXISTS audited_delete ON subsidies_shopanswer;
DROP TRIGGER IF EXISTS truncate_is_refused ON subsidies_shopanswer;
""",
    "intake/sql/registers.sql": r"""DROP TRIGGER IF EXISTS owners_of_claimed_bikes_change_by_two ON ebikes_filedbike;
DROP FUNCTION IF EXISTS refuse_quiet_change_of_owner CASCADE;
""",
    "laboratory/sql/laboratory.sql": r"""DROP TRIGGER IF EXISTS runs_stay_as_they_were_found ON subsidies_laboratoryrun;
DROP TRIGGER IF EXISTS runs_are_never_deleted ON subsidies_laboratoryrun;
DROP TRIGGER IF EXISTS forecasts_stay_as_they_were_made ON subsidies_dailyforecast;
DROP TRIGGER IF EXISTS forecasts_are_never_deleted ON subsidies_dailyforecast;
DROP TRIGGER IF EXISTS audited_insert ON subsidies_laboratoryrun;
DROP TRIGGER IF EXISTS audited_update ON subsidies_laboratoryrun;
DROP TRIGGER IF EXISTS audited_delete ON subsidies_laboratoryrun;
DROP TRIGGER IF EXISTS truncate_is_refused ON subsidies_laboratoryrun;
DROP FUNCTION IF EXISTS refuse_change_of_run CASCADE;
DROP FUNCTION IF EXISTS refuse_better_forecast CASCADE;
""",
    "stated/sql/stated.sql": r"""DROP TRIGGER IF EXISTS stated_figures_are_decided_once ON subsidies_statedfigure;
DROP TRIGGER IF EXISTS stated_figures_are_never_deleted ON subsidies_statedfigure;
DROP TRIGGER IF EXISTS audited_insert ON subsidies_statedfigure;
DROP TRIGGER IF EXISTS audited_update ON subsidies_statedfigure;
DROP TRIGGER IF EXISTS audited_delete ON subsidies_statedfigure;
DROP TRIGGER IF EXISTS truncate_is_refused ON subsidies_statedfigure;
DROP FUNCTION IF EXISTS stated_figure_guard CASCADE;
""",
    "issues/sql/issues.sql": r"""DROP TRIGGER IF EXISTS report_issues_are_signed_once ON subsidies_reportissue;
DROP TRIGGER IF EXISTS report_issues_are_never_deleted ON subsidies_reportissue;
DROP TRIGGER IF EXISTS figures_are_made_with_the_issue ON subsidies_issuefigure;
DROP TRIGGER IF EXISTS documents_are_made_with_the_issue ON subsidies_issuedocument;
DROP TRIGGER IF EXISTS schemes_are_chosen_with_the_issue ON subsidies_reportissue_schemes;
DROP TRIGGER IF EXISTS figures_are_never_changed ON subsidies_issuefigure;
DROP TRIGGER IF EXISTS report_documents_are_never_changed ON subsidies_issuedocument;
DROP TRIGGER IF EXISTS schemes_of_an_issue_are_never_changed ON subsidies_reportissue_schemes;
DROP TRIGGER IF EXISTS report_templates_are_decided_once ON subsidies_reporttemplate;
DROP TRIGGER IF EXISTS report_templates_are_never_deleted ON subsidies_reporttemplate;
DROP TRIGGER IF EXISTS audited_insert ON subsidies_reportissue;
DROP TRIGGER IF EXISTS audited_update ON subsidies_reportissue;
DROP TRIGGER IF EXISTS audited_delete ON subsidies_reportissue;
DROP TRIGGER IF EXISTS truncate_is_refused ON subsidies_reportissue;
DROP TRIGGER IF EXISTS audited_insert ON subsidies_reporttemplate;
DROP TRIGGER IF EXISTS audited_update ON subsidies_reporttemplate;
DROP TRIGGER IF EXISTS audited_delete ON subsidies_reporttemplate;
DROP TRIGGER IF EXISTS truncate_is_refused ON subsidies_reporttemplate;
DROP FUNCTION IF EXISTS issue_digest CASCADE;
DROP FUNCTION IF EXISTS report_issue_guard CASCADE;
DROP FUNCTION IF EXISTS refuse_late_part_of_issue CASCADE;
DROP FUNCTION IF EXISTS report_template_guard CASCADE;
""",
    "heads/sql/books.sql": r"""DROP TRIGGER IF EXISTS book_seals_are_only_added ON subsidies_bookseal;
DROP TRIGGER IF EXISTS verifications_end_once ON subsidies_verification;
DROP TRIGGER IF EXISTS verifications_are_never_deleted ON subsidies_verification;
GRANT INSERT, UPDATE ON subsidies_bookseal TO ebike_app;
DROP FUNCTION IF EXISTS seal_book CASCADE;
DROP FUNCTION IF EXISTS verification_guard CASCADE;
""",
    "province/sql/province.sql": r"""DROP TRIGGER IF EXISTS cell_heads_are_only_added ON subsidies_cellhead;
DROP TRIGGER IF EXISTS earlier_days_of_cells_stay ON subsidies_cellsum;
DROP TRIGGER IF EXISTS sums_of_cells_are_never_deleted ON subsidies_cellsum;
DROP FUNCTION IF EXISTS cell_sum_guard CASCADE;
""",
    "sql/deleted.sql": r"""REVOKE DELETE ON subsidies_stage FROM ebike_app;
REVOKE DELETE ON subsidies_recoveryinstalment FROM ebike_app;
REVOKE DELETE ON subsidies_caselook FROM ebike_app;
REVOKE DELETE ON subsidies_signalsweep FROM ebike_app;
REVOKE DELETE ON subsidies_walkdue FROM ebike_app;
""",
    "sql/deciders.sql": r"""DROP TRIGGER IF EXISTS approved_by_id_may ON subsidies_claim;
DROP TRIGGER IF EXISTS approved_by_id_may_now ON subsidies_claim;
DROP TRIGGER IF EXISTS made_by_id_may ON subsidies_payoutbatch;
DROP TRIGGER IF EXISTS made_by_id_may_now ON subsidies_payoutbatch;
DROP TRIGGER IF EXISTS released_by_id_may ON subsidies_payoutbatch;
DROP TRIGGER IF EXISTS released_by_id_may_now ON subsidies_payoutbatch;
DROP TRIGGER IF EXISTS proposed_by_id_may ON subsidies_lineevidence;
DROP TRIGGER IF EXISTS proposed_by_id_may_now ON subsidies_lineevidence;
DROP TRIGGER IF EXISTS decided_by_id_may ON subsidies_lineevidence;
DROP TRIGGER IF EXISTS decided_by_id_may_now ON subsidies_lineevidence;
DROP TRIGGER IF EXISTS first_by_id_may ON subsidies_payoutstop;
DROP TRIGGER IF EXISTS first_by_id_may_now ON subsidies_payoutstop;
DROP TRIGGER IF EXISTS second_by_id_may ON subsidies_payoutstop;
DROP TRIGGER IF EXISTS second_by_id_may_now ON subsidies_payoutstop;
DROP TRIGGER IF EXISTS proposed_by_id_may ON subsidies_difference;
DROP TRIGGER IF EXISTS proposed_by_id_may_now ON subsidies_difference;
DROP TRIGGER IF EXISTS signed_by_id_may ON subsidies_difference;
DROP TRIGGER IF EXISTS signed_by_id_may_now ON subsidies_difference;
DROP TRIGGER IF EXISTS decided_by_id_may ON subsidies_statementreading;
DROP TRIGGER IF EXISTS decided_by_id_may_now ON subsidies_statementreading;
DROP TRIGGER IF EXISTS proposed_by_id_may ON subsidies_schemechange;
DROP TRIGGER IF EXISTS proposed_by_id_may_now ON subsidies_schemechange;
DROP TRIGGER IF EXISTS decided_by_id_may ON subsidies_schemechange;
DROP TRIGGER IF EXISTS decided_by_id_may_now ON subsidies_schemechange;
DROP TRIGGER IF EXISTS proposed_by_id_may ON subsidies_schemestep;
DROP TRIGGER IF EXISTS proposed_by_id_may_now ON subsidies_schemestep;
DROP TRIGGER IF EXISTS decided_by_id_may ON subsidies_schemestep;
DROP TRIGGER IF EXISTS decided_by_id_may_now ON subsidies_schemestep;
DROP TRIGGER IF EXISTS closed_by_id_may ON subsidies_period;
DROP TRIGGER IF EXISTS closed_by_id_may_now ON subsidies_period;
DROP TRIGGER IF EXISTS decided_by_id_may ON subsidies_period;
DROP TRIGGER IF EXISTS decided_by_id_may_now ON subsidies_period;
DROP TRIGGER IF EXISTS made_by_id_may ON subsidies_paymentrequest;
DROP TRIGGER IF EXISTS made_by_id_may_now ON subsidies_paymentrequest;
DROP TRIGGER IF EXISTS proposed_by_id_may ON subsidies_closingrule;
DROP TRIGGER IF EXISTS proposed_by_id_may_now ON subsidies_closingrule;
DROP TRIGGER IF EXISTS decided_by_id_may ON subsidies_closingrule;
DROP TRIGGER IF EXISTS decided_by_id_may_now ON subsidies_closingrule;
DROP TRIGGER IF EXISTS proposed_by_id_may ON subsidies_recoverycase;
DROP TRIGGER IF EXISTS proposed_by_id_may_now ON subsidies_recoverycase;
DROP TRIGGER IF EXISTS decided_by_id_may ON subsidies_recoverycase;
DROP TRIGGER IF EXISTS decided_by_id_may_now ON subsidies_recoverycase;
DROP TRIGGER IF EXISTS proposed_by_id_may ON subsidies_recoverystep;
DROP TRIGGER IF EXISTS proposed_by_id_may_now ON subsidies_recoverystep;
DROP TRIGGER IF EXISTS decided_by_id_may ON subsidies_recoverystep;
DROP TRIGGER IF EXISTS decided_by_id_may_now ON subsidies_recoverystep;
DROP TRIGGER IF EXISTS taken_by_id_may ON subsidies_recoveryreceipt;
DROP TRIGGER IF EXISTS taken_by_id_may_now ON subsidies_recoveryreceipt;
DROP TRIGGER IF EXISTS decided_by_id_may ON subsidies_recoveryreceipt;
DROP TRIGGER IF EXISTS decided_by_id_may_now ON subsidies_recoveryreceipt;
DROP TRIGGER IF EXISTS proposed_by_id_may ON subsidies_supplement;
DROP TRIGGER IF EXISTS proposed_by_id_may_now ON subsidies_supplement;
DROP TRIGGER IF EXISTS decided_by_id_may ON subsidies_supplement;
DROP TRIGGER IF EXISTS decided_by_id_may_now ON subsidies_supplement;
DROP TRIGGER IF EXISTS proposed_by_id_may ON subsidies_paperevidence;
DROP TRIGGER IF EXISTS proposed_by_id_may_now ON subsidies_paperevidence;
DROP TRIGGER IF EXISTS decided_by_id_may ON subsidies_paperevidence;
DROP TRIGGER IF EXISTS decided_by_id_may_now ON subsidies_paperevidence;
DROP TRIGGER IF EXISTS proposed_by_id_may ON subsidies_watchentry;
DROP TRIGGER IF EXISTS proposed_by_id_may_now ON subsidies_watchentry;
DROP TRIGGER IF EXISTS decided_by_id_may ON subsidies_watchentry;
DROP TRIGGER IF EXISTS decided_by_id_may_now ON subsidies_watchentry;
DROP TRIGGER IF EXISTS lift_by_id_may ON subsidies_watchentry;
DROP TRIGGER IF EXISTS lift_by_id_may_now ON subsidies_watchentry;
DROP TRIGGER IF EXISTS lifted_by_id_may ON subsidies_watchentry;
DROP TRIGGER IF EXISTS lifted_by_id_may_now ON subsidies_watchentry;
DROP TRIGGER IF EXISTS cleared_by_id_may ON subsidies_hold;
DROP TRIGGER IF EXISTS cleared_by_id_may_now ON subsidies_hold;
DROP TRIGGER IF EXISTS created_by_id_may ON subsidies_policyversion;
DROP TRIGGER IF EXISTS created_by_id_may_now ON subsidies_policyversion;
DROP TRIGGER IF EXISTS approved_by_id_may ON subsidies_policyversion;
DROP TRIGGER IF EXISTS approved_by_id_may_now ON subsidies_policyversion;
DROP TRIGGER IF EXISTS told_by_id_may ON subsidies_statedfigure;
DROP TRIGGER IF EXISTS told_by_id_may_now ON subsidies_statedfigure;
DROP TRIGGER IF EXISTS decided_by_id_may ON subsidies_statedfigure;
DROP TRIGGER IF EXISTS decided_by_id_may_now ON subsidies_statedfigure;
DROP TRIGGER IF EXISTS made_by_id_may ON subsidies_reportissue;
DROP TRIGGER IF EXISTS made_by_id_may_now ON subsidies_reportissue;
DROP TRIGGER IF EXISTS decided_by_id_may ON subsidies_reportissue;
DROP TRIGGER IF EXISTS decided_by_id_may_now ON subsidies_reportissue;
DROP TRIGGER IF EXISTS proposed_by_id_may ON subsidies_reporttemplate;
DROP TRIGGER IF EXISTS proposed_by_id_may_now ON subsidies_reporttemplate;
DROP TRIGGER IF EXISTS decided_by_id_may ON subsidies_reporttemplate;
DROP TRIGGER IF EXISTS decided_by_id_may_now ON subsidies_reporttemplate;
""",
    "sql/auditors.sql": r"""REVOKE ALL ON subsidies_scheme FROM ebike_auditor;
REVOKE ALL ON subsidies_stage FROM ebike_auditor;
REVOKE ALL ON subsidies_policyversion FROM ebike_auditor;
REVOKE ALL ON subsidies_schemechange FROM ebike_auditor;
REVOKE ALL ON subsidies_schemestep FROM ebike_auditor;
REVOKE ALL ON subsidies_claim FROM ebike_auditor;
REVOKE ALL ON subsidies_claimevent FROM ebike_auditor;
REVOKE ALL ON subsidies_eligibilitycheck FROM ebike_auditor;
REVOKE ALL ON subsidies_hold FROM ebike_auditor;
REVOKE ALL ON subsidies_ledgerentry FROM ebike_auditor;
REVOKE ALL ON subsidies_payoutbatch FROM ebike_auditor;
REVOKE ALL ON subsidies_payoutline FROM ebike_auditor;
REVOKE ALL ON subsidies_statementreading FROM ebike_auditor;
REVOKE ALL ON subsidies_statemententry FROM ebike_auditor;
REVOKE ALL ON subsidies_difference FROM ebike_auditor;
REVOKE ALL ON subsidies_period FROM ebike_auditor;
REVOKE ALL ON subsidies_voucher FROM ebike_auditor;
REVOKE ALL ON subsidies_voucherentry FROM ebike_auditor;
REVOKE ALL ON subsidies_paymentrequest FROM ebike_auditor;
REVOKE ALL ON subsidies_recoverycase FROM ebike_auditor;
REVOKE ALL ON subsidies_recoveryreceipt FROM ebike_auditor;
REVOKE ALL ON subsidies_supplement FROM ebike_auditor;
REVOKE ALL ON subsidies_lockquestion FROM ebike_auditor;
REVOKE ALL ON subsidies_lockentry FROM ebike_auditor;
REVOKE ALL ON subsidies_lockholder FROM ebike_auditor;
REVOKE ALL ON subsidies_lock FROM ebike_auditor;
REVOKE ALL ON subsidies_cellsum FROM ebike_auditor;
REVOKE ALL ON subsidies_cellhead FROM ebike_auditor;
""",
    "sql/districts.sql": r"""DROP TRIGGER IF EXISTS claims_are_of_their_district ON subsidies_claim;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_scheme;
DROP POLICY IF EXISTS of_every_district ON subsidies_scheme;
DROP POLICY IF EXISTS of_every_reader ON subsidies_scheme;
ALTER TABLE subsidies_scheme DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_stage;
DROP POLICY IF EXISTS of_every_district ON subsidies_stage;
DROP POLICY IF EXISTS of_every_reader ON subsidies_stage;
ALTER TABLE subsidies_stage DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_policyversion;
DROP POLICY IF EXISTS of_every_district ON subsidies_policyversion;
DROP POLICY IF EXISTS of_every_reader ON subsidies_policyversion;
ALTER TABLE subsidies_policyversion DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_schemechange;
DROP POLICY IF EXISTS of_every_district ON subsidies_schemechange;
DROP POLICY IF EXISTS of_every_reader ON subsidies_schemechange;
ALTER TABLE subsidies_schemechange DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_schemestep;
DROP POLICY IF EXISTS of_every_district ON subsidies_schemestep;
DROP POLICY IF EXISTS of_every_reader ON subsidies_schemestep;
ALTER TABLE subsidies_schemestep DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_walkdue;
DROP POLICY IF EXISTS of_every_district ON subsidies_walkdue;
DROP POLICY IF EXISTS of_every_reader ON subsidies_walkdue;
ALTER TABLE subsidies_walkdue DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_claim;
DROP POLICY IF EXISTS of_every_district ON subsidies_claim;
DROP POLICY IF EXISTS of_every_reader ON subsidies_claim;
ALTER TABLE subsidies_claim DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_claimtally;
DROP POLICY IF EXISTS of_every_district ON subsidies_claimtally;
DROP POLICY IF EXISTS of_every_reader ON subsidies_claimtally;
ALTER TABLE subsidies_claimtally DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_ledgerentry;
DROP POLICY IF EXISTS of_every_district ON subsidies_ledgerentry;
DROP POLICY IF EXISTS of_every_reader ON subsidies_ledgerentry;
ALTER TABLE subsidies_ledgerentry DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_payoutbatch;
DROP POLICY IF EXISTS of_every_district ON subsidies_payoutbatch;
DROP POLICY IF EXISTS of_every_reader ON subsidies_payoutbatch;
ALTER TABLE subsidies_payoutbatch DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_period;
DROP POLICY IF EXISTS of_every_district ON subsidies_period;
DROP POLICY IF EXISTS of_every_reader ON subsidies_period;
ALTER TABLE subsidies_period DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_paymentrequest;
DROP POLICY IF EXISTS of_every_district ON subsidies_paymentrequest;
DROP POLICY IF EXISTS of_every_reader ON subsidies_paymentrequest;
ALTER TABLE subsidies_paymentrequest DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_laboratoryrun;
DROP POLICY IF EXISTS of_every_district ON subsidies_laboratoryrun;
DROP POLICY IF EXISTS of_every_reader ON subsidies_laboratoryrun;
ALTER TABLE subsidies_laboratoryrun DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_dailyforecast;
DROP POLICY IF EXISTS of_every_district ON subsidies_dailyforecast;
DROP POLICY IF EXISTS of_every_reader ON subsidies_dailyforecast;
ALTER TABLE subsidies_dailyforecast DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_lockquestion;
DROP POLICY IF EXISTS of_every_district ON subsidies_lockquestion;
DROP POLICY IF EXISTS of_every_reader ON subsidies_lockquestion;
ALTER TABLE subsidies_lockquestion DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_claimevent;
DROP POLICY IF EXISTS of_every_district ON subsidies_claimevent;
DROP POLICY IF EXISTS of_every_reader ON subsidies_claimevent;
ALTER TABLE subsidies_claimevent DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_eligibilitycheck;
DROP POLICY IF EXISTS of_every_district ON subsidies_eligibilitycheck;
DROP POLICY IF EXISTS of_every_reader ON subsidies_eligibilitycheck;
ALTER TABLE subsidies_eligibilitycheck DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_payeechange;
DROP POLICY IF EXISTS of_every_district ON subsidies_payeechange;
DROP POLICY IF EXISTS of_every_reader ON subsidies_payeechange;
ALTER TABLE subsidies_payeechange DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_payeecheck;
DROP POLICY IF EXISTS of_every_district ON subsidies_payeecheck;
DROP POLICY IF EXISTS of_every_reader ON subsidies_payeecheck;
ALTER TABLE subsidies_payeecheck DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_ownernotice;
DROP POLICY IF EXISTS of_every_district ON subsidies_ownernotice;
DROP POLICY IF EXISTS of_every_reader ON subsidies_ownernotice;
ALTER TABLE subsidies_ownernotice DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_paperevidence;
DROP POLICY IF EXISTS of_every_district ON subsidies_paperevidence;
DROP POLICY IF EXISTS of_every_reader ON subsidies_paperevidence;
ALTER TABLE subsidies_paperevidence DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_caseassignment;
DROP POLICY IF EXISTS of_every_district ON subsidies_caseassignment;
DROP POLICY IF EXISTS of_every_reader ON subsidies_caseassignment;
ALTER TABLE subsidies_caseassignment DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_casenote;
DROP POLICY IF EXISTS of_every_district ON subsidies_casenote;
DROP POLICY IF EXISTS of_every_reader ON subsidies_casenote;
ALTER TABLE subsidies_casenote DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_caselook;
DROP POLICY IF EXISTS of_every_district ON subsidies_caselook;
DROP POLICY IF EXISTS of_every_reader ON subsidies_caselook;
ALTER TABLE subsidies_caselook DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_hold;
DROP POLICY IF EXISTS of_every_district ON subsidies_hold;
DROP POLICY IF EXISTS of_every_reader ON subsidies_hold;
ALTER TABLE subsidies_hold DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_shopanswer;
DROP POLICY IF EXISTS of_every_district ON subsidies_shopanswer;
DROP POLICY IF EXISTS of_every_reader ON subsidies_shopanswer;
ALTER TABLE subsidies_shopanswer DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_supplement;
DROP POLICY IF EXISTS of_every_district ON subsidies_supplement;
DROP POLICY IF EXISTS of_every_reader ON subsidies_supplement;
ALTER TABLE subsidies_supplement DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_workreminder;
DROP POLICY IF EXISTS of_every_district ON subsidies_workreminder;
DROP POLICY IF EXISTS of_every_reader ON subsidies_workreminder;
ALTER TABLE subsidies_workreminder DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_payoutline;
DROP POLICY IF EXISTS of_every_district ON subsidies_payoutline;
DROP POLICY IF EXISTS of_every_reader ON subsidies_payoutline;
ALTER TABLE subsidies_payoutline DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_operatoranswer;
DROP POLICY IF EXISTS of_every_district ON subsidies_operatoranswer;
DROP POLICY IF EXISTS of_every_reader ON subsidies_operatoranswer;
ALTER TABLE subsidies_operatoranswer DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_gatepass;
DROP POLICY IF EXISTS of_every_district ON subsidies_gatepass;
DROP POLICY IF EXISTS of_every_reader ON subsidies_gatepass;
ALTER TABLE subsidies_gatepass DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_lineevidence;
DROP POLICY IF EXISTS of_every_district ON subsidies_lineevidence;
DROP POLICY IF EXISTS of_every_reader ON subsidies_lineevidence;
ALTER TABLE subsidies_lineevidence DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_difference;
DROP POLICY IF EXISTS of_every_district ON subsidies_difference;
DROP POLICY IF EXISTS of_every_reader ON subsidies_difference;
ALTER TABLE subsidies_difference DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_operatorpayment;
DROP POLICY IF EXISTS of_every_district ON subsidies_operatorpayment;
DROP POLICY IF EXISTS of_every_reader ON subsidies_operatorpayment;
ALTER TABLE subsidies_operatorpayment DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_statemententry;
DROP POLICY IF EXISTS of_every_district ON subsidies_statemententry;
DROP POLICY IF EXISTS of_every_reader ON subsidies_statemententry;
ALTER TABLE subsidies_statemententry DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_statementfile;
DROP POLICY IF EXISTS of_every_district ON subsidies_statementfile;
DROP POLICY IF EXISTS of_every_reader ON subsidies_statementfile;
ALTER TABLE subsidies_statementfile DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_voucher;
DROP POLICY IF EXISTS of_every_district ON subsidies_voucher;
DROP POLICY IF EXISTS of_every_reader ON subsidies_voucher;
ALTER TABLE subsidies_voucher DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_voucherentry;
DROP POLICY IF EXISTS of_every_district ON subsidies_voucherentry;
DROP POLICY IF EXISTS of_every_reader ON subsidies_voucherentry;
ALTER TABLE subsidies_voucherentry DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_keptdocument;
DROP POLICY IF EXISTS of_every_district ON subsidies_keptdocument;
DROP POLICY IF EXISTS of_every_reader ON subsidies_keptdocument;
ALTER TABLE subsidies_keptdocument DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_closingrule;
DROP POLICY IF EXISTS of_every_district ON subsidies_closingrule;
DROP POLICY IF EXISTS of_every_reader ON subsidies_closingrule;
ALTER TABLE subsidies_closingrule DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_reporttemplate;
DROP POLICY IF EXISTS of_every_district ON subsidies_reporttemplate;
DROP POLICY IF EXISTS of_every_reader ON subsidies_reporttemplate;
ALTER TABLE subsidies_reporttemplate DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_recoverycase;
DROP POLICY IF EXISTS of_every_district ON subsidies_recoverycase;
DROP POLICY IF EXISTS of_every_reader ON subsidies_recoverycase;
ALTER TABLE subsidies_recoverycase DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_recoveryinstalment;
DROP POLICY IF EXISTS of_every_district ON subsidies_recoveryinstalment;
DROP POLICY IF EXISTS of_every_reader ON subsidies_recoveryinstalment;
ALTER TABLE subsidies_recoveryinstalment DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_recoveryreceipt;
DROP POLICY IF EXISTS of_every_district ON subsidies_recoveryreceipt;
DROP POLICY IF EXISTS of_every_reader ON subsidies_recoveryreceipt;
ALTER TABLE subsidies_recoveryreceipt DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_recoverystep;
DROP POLICY IF EXISTS of_every_district ON subsidies_recoverystep;
DROP POLICY IF EXISTS of_every_reader ON subsidies_recoverystep;
ALTER TABLE subsidies_recoverystep DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_recoveryreminder;
DROP POLICY IF EXISTS of_every_district ON subsidies_recoveryreminder;
DROP POLICY IF EXISTS of_every_reader ON subsidies_recoveryreminder;
ALTER TABLE subsidies_recoveryreminder DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_reportissue;
DROP POLICY IF EXISTS of_every_district ON subsidies_reportissue;
DROP POLICY IF EXISTS of_every_reader ON subsidies_reportissue;
ALTER TABLE subsidies_reportissue DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_reportissue_schemes;
DROP POLICY IF EXISTS of_every_district ON subsidies_reportissue_schemes;
DROP POLICY IF EXISTS of_every_reader ON subsidies_reportissue_schemes;
ALTER TABLE subsidies_reportissue_schemes DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_issuefigure;
DROP POLICY IF EXISTS of_every_district ON subsidies_issuefigure;
DROP POLICY IF EXISTS of_every_reader ON subsidies_issuefigure;
ALTER TABLE subsidies_issuefigure DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_issuedocument;
DROP POLICY IF EXISTS of_every_district ON subsidies_issuedocument;
DROP POLICY IF EXISTS of_every_reader ON subsidies_issuedocument;
ALTER TABLE subsidies_issuedocument DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_statedfigure;
DROP POLICY IF EXISTS of_every_district ON subsidies_statedfigure;
DROP POLICY IF EXISTS of_every_reader ON subsidies_statedfigure;
ALTER TABLE subsidies_statedfigure DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_the_readers_districts ON subsidies_watchentry;
DROP POLICY IF EXISTS of_every_district ON subsidies_watchentry;
DROP POLICY IF EXISTS of_every_reader ON subsidies_watchentry;
ALTER TABLE subsidies_watchentry DISABLE ROW LEVEL SECURITY;
DROP TRIGGER IF EXISTS a_district_is_filled_in ON subsidies_scheme;
DROP TRIGGER IF EXISTS a_district_stays ON subsidies_scheme;
DROP TRIGGER IF EXISTS a_district_is_filled_in ON subsidies_recoverycase;
DROP TRIGGER IF EXISTS a_district_stays ON subsidies_recoverycase;
DROP TRIGGER IF EXISTS a_district_is_filled_in ON subsidies_reportissue;
DROP TRIGGER IF EXISTS a_district_stays ON subsidies_reportissue;
DROP TRIGGER IF EXISTS a_district_is_filled_in ON subsidies_statedfigure;
DROP TRIGGER IF EXISTS a_district_stays ON subsidies_statedfigure;
DROP TRIGGER IF EXISTS a_district_is_filled_in ON subsidies_watchentry;
DROP TRIGGER IF EXISTS a_district_stays ON subsidies_watchentry;
DROP TRIGGER IF EXISTS scheme_id_is_of_the_district ON subsidies_statedfigure;
DROP TRIGGER IF EXISTS scheme_id_is_of_the_district_when_made ON subsidies_statedfigure;
DROP TRIGGER IF EXISTS merchant_id_is_of_the_district ON subsidies_watchentry;
DROP TRIGGER IF EXISTS merchant_id_is_of_the_district_when_made ON subsidies_watchentry;
DROP FUNCTION IF EXISTS schemes_read CASCADE;
DROP FUNCTION IF EXISTS of_scheme CASCADE;
DROP FUNCTION IF EXISTS bike_claimed CASCADE;
DROP FUNCTION IF EXISTS vehicle_claimed CASCADE;
DROP FUNCTION IF EXISTS claimed_in CASCADE;
DROP FUNCTION IF EXISTS claims_stay_in_their_district CASCADE;
""",
}


class Migration(migrations.Migration):
    dependencies: ClassVar = [("subsidies", "0001_initial"), ("ebikes", "0002_guards")]
    operations: ClassVar = [
        migrations.RunSQL([DROPPED.get(path, "") + text], [BACKWARDS[path]]) for path, text in FROZEN.items()
    ]
