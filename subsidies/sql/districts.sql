-- A scheme is one district's, and so are its claims and its money. Schemes are few: what names its scheme is compared with an
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
