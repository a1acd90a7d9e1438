-- Who brought and who confirmed which paper about a claim.
SELECT audit_table('subsidies_paperevidence', 'subsidies.paperevidence', sealed => '{other_id_no}',
                   part_of => 'subsidies.claim', of_column => 'claim_id');
