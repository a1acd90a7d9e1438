-- Whatever may change what the walk down a queue decides leaves a row that says so, in the transaction that changes it.

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
