-- What people change about the money's rules and orders. The ledger's sums are explained by the ledger.

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
