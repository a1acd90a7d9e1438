-- A claim moves only along the table of moves, and every move leaves an event row: whoever moves it, by whatever SQL.
-- The table repeats subsidies/states.py; a test holds the two together.

CREATE VIEW subsidies_claim_move (from_state, to_state) AS VALUES
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
    ('approved', 'in_payout'), ('approved', 'refused'), ('approved', 'cancelled'),
    ('in_payout', 'paid'), ('in_payout', 'payout_failed'), ('in_payout', 'payout_unknown'), ('in_payout', 'approved'),
    ('payout_unknown', 'paid'), ('payout_unknown', 'payout_failed'),
    ('payout_failed', 'approved'), ('payout_failed', 'cancelled'),
    ('paid', 'recovering'),
    ('recovering', 'recovered'), ('recovering', 'paid');

-- Who acts, by which verb, at what time: set by `subsidies.services.acting`; a change made by hand shows as '(sql)'.
CREATE FUNCTION acting() RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce(nullif(current_setting('ebikes.acting', true), ''), '{}')::jsonb
$$;

CREATE FUNCTION claim_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ctx jsonb := acting();
    wrong text;
BEGIN
    SELECT state INTO wrong FROM new_rows WHERE state NOT IN ('received', 'refused') LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'a claim does not begin as %', wrong USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO subsidies_claimevent (claim_id, from_state, to_state, at, verb, by_id, refusals, note)
    SELECT id, '', state, coalesce((ctx->>'at')::timestamptz, now()), coalesce(ctx->>'verb', '(sql)'),
           (ctx->>'by')::bigint, refusals, coalesce(ctx->>'note', '')
    FROM new_rows ORDER BY id;

    -- Every rank is a sum of these. They are the last rows that a transaction locks, and in order: no two wait in a ring.
    INSERT INTO subsidies_queuehour (scheme_id, hour, live)
    SELECT scheme_id, date_trunc('hour', completed_at, 'UTC'), count(*) FROM new_rows WHERE state <> 'refused'
    GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (scheme_id, hour) DO UPDATE SET live = subsidies_queuehour.live + EXCLUDED.live;
    RETURN NULL;
END $$;

CREATE TRIGGER claims_begin_as_received AFTER INSERT ON subsidies_claim
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION claim_inserted();

-- Transition tables have no statistics: without the setting, a LIMIT 1 invites a nested loop over all of them.
CREATE FUNCTION claim_updated() RETURNS trigger LANGUAGE plpgsql SET enable_nestloop = off AS $$
DECLARE
    ctx jsonb := acting();
    wrong record;
BEGIN
    SELECT o.id, o.state AS from_state, n.state AS to_state INTO wrong
    FROM old_rows o JOIN new_rows n USING (id)
    WHERE o.state <> n.state
      AND (o.state, n.state) NOT IN (SELECT from_state, to_state FROM subsidies_claim_move)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'claim % may not move from % to %', wrong.id, wrong.from_state, wrong.to_state
            USING ERRCODE = 'check_violation';
    END IF;

    -- Whose claim it is never changes; place, stage and amount are frozen once the checks are through.
    SELECT o.id INTO wrong
    FROM old_rows o JOIN new_rows n USING (id)
    WHERE (o.scheme_id, o.trade_in_id, o.owner_id, o.received_at)
          IS DISTINCT FROM (n.scheme_id, n.trade_in_id, n.owner_id, n.received_at)
       OR (o.state NOT IN ('received', 'checking', 'needs_correction', 'review')
           AND (o.completed_at, o.completed_by, o.stage_id, o.amount_fen, o.filing_plate_no, o.vehicle_code)
               IS DISTINCT FROM
               (n.completed_at, n.completed_by, n.stage_id, n.amount_fen, n.filing_plate_no, n.vehicle_code))
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the place and amount of claim % are frozen', wrong.id USING ERRCODE = 'check_violation';
    END IF;

    -- The approver cannot be swapped, to take another part in the payout, without approving again.
    SELECT o.id INTO wrong
    FROM old_rows o JOIN new_rows n USING (id)
    WHERE o.approved_by_id IS DISTINCT FROM n.approved_by_id
      AND (n.state <> 'approved' OR o.state IN ('approved', 'in_payout'))
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the approver of claim % is not changed by hand', wrong.id USING ERRCODE = 'check_violation';
    END IF;

    INSERT INTO subsidies_claimevent (claim_id, from_state, to_state, at, verb, by_id, refusals, note)
    SELECT n.id, o.state, n.state, coalesce((ctx->>'at')::timestamptz, now()), coalesce(ctx->>'verb', '(sql)'),
           (ctx->>'by')::bigint, n.refusals, coalesce(ctx->>'note', '')
    FROM old_rows o JOIN new_rows n USING (id)
    WHERE o.state <> n.state
    ORDER BY n.completed_at, n.received_at, n.id;

    INSERT INTO subsidies_queuehour (scheme_id, hour, live)
    SELECT scheme_id, hour, sum(n) FROM (
        SELECT scheme_id, date_trunc('hour', completed_at, 'UTC') AS hour, 1 AS n FROM new_rows
        WHERE state NOT IN ('refused', 'cancelled', 'recovered')
        UNION ALL
        SELECT scheme_id, date_trunc('hour', completed_at, 'UTC'), -1 FROM old_rows
        WHERE state NOT IN ('refused', 'cancelled', 'recovered')
    ) changes
    GROUP BY 1, 2 HAVING sum(n) <> 0 ORDER BY 1, 2
    ON CONFLICT (scheme_id, hour) DO UPDATE SET live = subsidies_queuehour.live + EXCLUDED.live;
    RETURN NULL;
END $$;

CREATE TRIGGER claims_move_by_the_table AFTER UPDATE ON subsidies_claim
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION claim_updated();

CREATE TRIGGER claims_are_never_deleted BEFORE DELETE OR TRUNCATE ON subsidies_claim
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- History is what happened: a plain statement cannot add to it (depth 0 = not called by a trigger).
CREATE FUNCTION refuse_history_by_hand() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are written by moves alone', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER claim_events_are_written_by_moves BEFORE INSERT ON subsidies_claimevent FOR EACH STATEMENT
    WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION refuse_history_by_hand();
CREATE TRIGGER queue_hours_follow_the_moves BEFORE INSERT OR UPDATE OR DELETE ON subsidies_queuehour FOR EACH STATEMENT
    WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION refuse_history_by_hand();
CREATE TRIGGER claim_events_are_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON subsidies_claimevent
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER checks_are_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON subsidies_eligibilitycheck
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER policy_versions_are_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON subsidies_policyversion
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
