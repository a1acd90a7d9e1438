-- Which tables of accounts and rights are audited: one line each. Of passwords and devices only that they changed.

SELECT audit_table('core_user', 'core.user', ignored => '{last_login}', sealed => '{password}');
SELECT audit_table('core_user_groups', 'core.user_groups', part_of => 'core.user', of_column => 'user_id');
SELECT audit_table('core_user_user_permissions', 'core.user_user_permissions',
                   part_of => 'core.user', of_column => 'user_id');
SELECT audit_table('core_secondfactor', 'core.secondfactor', ignored => '{last_step}',
                   part_of => 'core.user', of_column => 'user_id');
SELECT audit_table('core_passkey', 'core.passkey', ignored => '{sign_count,used_at}',
                   part_of => 'core.user', of_column => 'user_id');
SELECT audit_table('auth_group', 'auth.group');
SELECT audit_table('auth_group_permissions', 'auth.group_permissions', part_of => 'auth.group', of_column => 'group_id');
