-- Every demand of money and what people decided of it.

SELECT audit_table('subsidies_recoverycase', 'subsidies.recoverycase');
SELECT audit_table('subsidies_recoveryinstalment', 'subsidies.recoveryinstalment',
                   part_of => 'subsidies.recoverycase', of_column => 'case_id');
SELECT audit_table('subsidies_recoveryreceipt', 'subsidies.recoveryreceipt',
                   part_of => 'subsidies.recoverycase', of_column => 'case_id');
SELECT audit_table('subsidies_recoverystep', 'subsidies.recoverystep',
                   part_of => 'subsidies.recoverycase', of_column => 'case_id');
