-- What must hold at every start. Safe to repeat; passwords come from the environment, so they are in no argument list.
\getenv admin_password BERTH_DATABASE_ADMIN_PASSWORD
\getenv control_password BERTH_CONTROL_DATABASE_PASSWORD
SET client_min_messages = warning;

SELECT format('CREATE ROLE %I', name)
  FROM unnest(ARRAY['berth_admin', 'berth_control', 'berth_tenants']) AS name
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

ALTER ROLE berth_admin LOGIN SUPERUSER PASSWORD :'admin_password';
ALTER ROLE berth_control LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'control_password';
ALTER ROLE berth_tenants NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;

SELECT 'CREATE DATABASE berth_control OWNER berth_control TEMPLATE template0'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'berth_control') \gexec

REVOKE ALL ON DATABASE postgres, template1, berth_control FROM PUBLIC;
\connect berth_control
REVOKE ALL ON SCHEMA public FROM PUBLIC;
\connect template1
REVOKE ALL ON SCHEMA public FROM PUBLIC;
