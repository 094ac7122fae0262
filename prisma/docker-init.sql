-- Runs once, as the superuser, when the PostgreSQL of docker-compose.yml creates its data folder.
-- Roles as in roles.sql, their passwords from the container's environment, and a database that only they may enter.
-- cspell:ignore getenv

\set ON_ERROR_STOP on
\i /bulkhead/roles.sql

-- A variable that is not set stays as it is written here, which is a syntax error and ends the initialisation.
\getenv owner_password BULKHEAD_OWNER_PASSWORD
\getenv app_password BULKHEAD_APP_PASSWORD
\getenv identity_password BULKHEAD_IDENTITY_PASSWORD
\getenv system_password BULKHEAD_SYSTEM_PASSWORD
ALTER ROLE bulkhead_owner PASSWORD :'owner_password';
ALTER ROLE bulkhead_app PASSWORD :'app_password';
ALTER ROLE bulkhead_identity PASSWORD :'identity_password';
ALTER ROLE bulkhead_system PASSWORD :'system_password';

-- The same as scripts/database-roles.mjs does in development.
CREATE DATABASE bulkhead OWNER bulkhead_owner ENCODING 'UTF8' LOCALE 'C' LOCALE_PROVIDER libc TEMPLATE template0;
REVOKE ALL ON DATABASE bulkhead FROM PUBLIC;
GRANT CONNECT ON DATABASE bulkhead TO bulkhead_app, bulkhead_identity, bulkhead_system;

\connect bulkhead
ALTER SCHEMA public OWNER TO bulkhead_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO bulkhead_app, bulkhead_identity, bulkhead_system;
