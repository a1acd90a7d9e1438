-- What the auditor's own login reads of accounts and of the trail. Names are not among it: the user name tells who it was.

SELECT auditors_read('core_user', but => '{password,email}');
SELECT auditors_read('core_user_groups');
SELECT auditors_read('auth_group');
SELECT auditors_read('core_auditentry');
SELECT auditors_read('core_auditseal', also => '{digest,hash}');
SELECT auditors_read('core_export');
