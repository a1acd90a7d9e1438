#!/bin/sh
# Run once by PostgreSQL's image, as its administrator, when the data folder is new: the roles, their passwords, the database.
set -eu
run() { psql --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres "$@"; }
run --file /roles.sql
run --set owner="$OWNER_PASSWORD" --set app="$APP_PASSWORD" --set worker="$WORKER_PASSWORD" <<'SQL'
ALTER ROLE ebike_owner PASSWORD :'owner';
ALTER ROLE ebike_app PASSWORD :'app';
ALTER ROLE ebike_worker PASSWORD :'worker';
ALTER ROLE ebike_auditor NOLOGIN; -- until somebody audits: ALTER ROLE ebike_auditor LOGIN PASSWORD '…'
CREATE DATABASE ebike OWNER ebike_owner;
REVOKE CONNECT ON DATABASE postgres FROM PUBLIC;
SQL
