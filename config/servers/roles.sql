-- The roles of the programme, for a server's administrator (superuser): once, and it can be applied again.
-- ebike_owner owns the database and its schema: migrations alone log in as it. ebike_app is what the website logs in as: it sees
-- the districts of whoever reads. ebike_worker is the workers and commands: what the application may, in every district.
-- ebike_auditor reads what is not personal. None of them is more on the server; passwords are set beside this.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['ebike_owner', 'ebike_app', 'ebike_worker', 'ebike_auditor'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', name);
        END IF;
        EXECUTE format('ALTER ROLE %I NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS', name);
    END LOOP;
END $$;
ALTER ROLE ebike_worker BYPASSRLS;
GRANT ebike_app TO ebike_worker;
-- What the application may, its owner may; so it can end the application's sessions, and give it rights.
GRANT ebike_app, ebike_worker, ebike_auditor TO ebike_owner;
-- Whose transactions are open, so that the audit trail is sealed when it is complete.
GRANT pg_read_all_stats TO ebike_owner;
