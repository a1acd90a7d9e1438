-- Who put whom on the list of those to be looked into, and took them off again. The value is sealed.
SELECT audit_table('subsidies_watchentry', 'subsidies.watchentry', sealed => '{value,value_index}');
