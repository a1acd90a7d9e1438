-- What the auditor's own login reads of the money: rules, decisions, ledger, orders, months. Of persons only their numbers.

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
