-- What a released database holds, put in as its tables have it, without the code of today.
INSERT INTO core_user (password, is_superuser, username, email, is_staff, is_active, date_joined,
                       must_change_password)
VALUES ('!', false, 'officer', '', true, true, '2022-06-01 09:00+08', false);
INSERT INTO merchants_merchant (uscc, name, subdistrict) VALUES ('92330105MA2GXXXX0A', '拱墅车行', '米市巷');
INSERT INTO merchants_agentpoint (point_no, merchant_id) SELECT 'P-1', id FROM merchants_merchant;
INSERT INTO merchants_agentauthorization (starts_on, agent_point_id) SELECT '2022-01-01', id FROM merchants_agentpoint;
INSERT INTO ebikes_owner (id_kind, id_country, id_no, id_index, number_index, name)
VALUES ('居民身份证', '', '\x00', decode('01' || substr(md5('owner'), 3), 'hex'), decode('01' || substr(md5('number'), 3), 'hex'), '\x00');
INSERT INTO ebikes_filedbike (filing_plate_no, filed_on, frame_no, motor_no, brand, subdistrict, content_index, owner_id)
SELECT '杭A1', '2018-01-01', '', '', '雅迪', '米市巷', '\x00', id FROM ebikes_owner;
INSERT INTO ebikes_tradein
    (record_no, filing_plate_no, owner_name, deregistered_at, collected_at, purchased_at, plated_at, day_only,
     vehicle_code, digital_plate_no, brand, invoice_no, remark, wallet_operator, content_index, received_at,
     agent_point_id, merchant_id, owner_id)
SELECT 'T-1', '杭A1', '\x00', '2022-06-10 09:00+08', '2022-06-10 10:00+08', '2022-06-10 11:00+08', '2022-06-10 12:00+08', '{}',
       '123422200000001', '浙A1', '雅迪', '', '', '', '\x00', '2022-06-11 09:00+08', p.id, p.merchant_id, o.id
FROM merchants_agentpoint p, ebikes_owner o;
BEGIN;
SET LOCAL session_replication_role = replica;  -- open, without the papers of the two who opened it
INSERT INTO subsidies_scheme (reserved_fen, paid_fen, code, name, state, filing_plate_pattern, digital_plate_pattern,
                              funded_fen, ledger_seq, ledger_head)
VALUES (0, 0, '2022', '补贴', 'open', '', '', 0, 0, decode(repeat('00', 32), 'hex'));
SET LOCAL session_replication_role = origin;
INSERT INTO subsidies_stage (reserved_fen, paid_fen, no, starts_on, ends_on, amount_fen, scheme_id)
SELECT 0, 0, 1, '2022-06-01', '2022-06-30', 30000, id FROM subsidies_scheme;
INSERT INTO subsidies_policyversion (version, head_of_line, settle_lag_hours, stages, note, created_at, scheme_id)
SELECT 1, 'strict', 0, '[{"no": 1, "starts_on": "2022-06-01", "ends_on": "2022-06-30", "amount_fen": 30000, "cap_fen": null}]',
       '', '2022-06-01 09:00+08', id FROM subsidies_scheme;
COMMIT;
INSERT INTO subsidies_claim
    (scheme_id, trade_in_id, owner_id, filing_plate_no, vehicle_code, state, refusals, stage_id, amount_fen,
     completed_at, completed_by, received_at, policy_id, check_attempts)
SELECT s.id, t.id, t.owner_id, t.filing_plate_no, t.vehicle_code, 'received', '{}', st.id, 30000, t.plated_at, 'plated_at',
       t.received_at, p.id, 0
FROM subsidies_scheme s JOIN subsidies_stage st ON st.scheme_id = s.id JOIN subsidies_policyversion p ON p.scheme_id = s.id,
     ebikes_tradein t;
