-- A claim moves only along the table of moves, and every move leaves an event row: whoever moves it, by whatever SQL.
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
