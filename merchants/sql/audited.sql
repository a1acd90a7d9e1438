-- Which tables of people, shops and rights are audited: one line each. Of passwords and devices only that they changed.

SELECT audit_table('merchants_user', 'merchants.user', ignored => '{last_login}', sealed => '{password}');
SELECT audit_table('merchants_user_groups', 'merchants.user_groups', part_of => 'merchants.user', of_column => 'user_id');
SELECT audit_table('merchants_user_user_permissions', 'merchants.user_user_permissions',
                   part_of => 'merchants.user', of_column => 'user_id');
SELECT audit_table('merchants_membership', 'merchants.membership', ignored => '{seen_event_id}',
                   part_of => 'merchants.user', of_column => 'user_id');
SELECT audit_table('merchants_secondfactor', 'merchants.secondfactor', ignored => '{last_step}',
                   part_of => 'merchants.user', of_column => 'user_id');
SELECT audit_table('auth_group', 'auth.group');
SELECT audit_table('auth_group_permissions', 'auth.group_permissions', part_of => 'auth.group', of_column => 'group_id');
SELECT audit_table('merchants_invitation', 'merchants.invitation', ignored => '{token_hash}');
SELECT audit_table('merchants_merchant', 'merchants.merchant', ignored => '{content_index}');
SELECT audit_table('merchants_agentpoint', 'merchants.agentpoint');
SELECT audit_table('merchants_agentauthorization', 'merchants.agentauthorization', ignored => '{content_index}',
                   part_of => 'merchants.agentpoint', of_column => 'agent_point_id');
SELECT audit_table('merchants_commitmentletter', 'merchants.commitmentletter',
                   part_of => 'merchants.merchant', of_column => 'merchant_id');
SELECT audit_table('merchants_training', 'merchants.training');
SELECT audit_table('merchants_training_attended_by', 'merchants.training_attended_by',
                   part_of => 'merchants.training', of_column => 'training_id');
