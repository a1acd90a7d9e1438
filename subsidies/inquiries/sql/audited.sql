-- What shops supplied when they were asked.
SELECT audit_table('subsidies_shopanswer', 'subsidies.shopanswer');
