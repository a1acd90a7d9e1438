-- The ledger: append-only, numbered without a gap, hash-chained; and the sums on scheme and stage, which are its own.

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
