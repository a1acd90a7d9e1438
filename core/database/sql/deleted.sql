-- What the application deletes from; of every other table it has no right to (`application_deletes` in rights.sql).
SELECT application_deletes('core_session');
SELECT application_deletes('core_knowndevice');
SELECT application_deletes('core_secondfactor');
SELECT application_deletes('core_recoverycode');
SELECT application_deletes('core_passkey');
SELECT application_deletes('core_passwordhistory');
SELECT application_deletes('core_throttle');
SELECT application_deletes('core_savedfilter');
SELECT application_deletes('core_workerheartbeat');
SELECT application_deletes('core_user_groups');
SELECT application_deletes('core_user_user_permissions');
