-- Who had which shop looked into because of doubtful claims.
SELECT audit_table('subsidies_inspectiontask', 'subsidies.inspectiontask');
