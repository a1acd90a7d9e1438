-- What the auditor's own login reads of shops: businesses, and what was found in them.

SELECT auditors_read('merchants_merchant');
SELECT auditors_read('merchants_agentpoint');
SELECT auditors_read('merchants_agentauthorization');
SELECT auditors_read('merchants_inspection');
SELECT auditors_read('merchants_inspectiontask');
SELECT auditors_read('merchants_correctionorder');
SELECT auditors_read('merchants_enforcementcase', but => '{facts}');
SELECT auditors_read('merchants_publicity', but => '{note}');
