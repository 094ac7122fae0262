-- The four log-in roles of one Bulkhead server. Safe to run again, also by two processes at once.
-- Sets no passwords. scripts/database-roles.mjs sets them in development; in production the operator does
-- (\password bulkhead_app in psql), together with what that script grants on the database.

BEGIN;

-- Roles belong to the whole server: without it two sessions would create or change the same catalogue row.
SELECT pg_advisory_xact_lock(hashtextextended('bulkhead.roles', 0));

DO $$
DECLARE
  wanted record;
  present pg_roles%ROWTYPE;
BEGIN
  FOR wanted IN
    SELECT * FROM (VALUES
      -- Owns tables and functions; runs migrations and nothing else.
      ('bulkhead_owner', false, true),
      -- NOINHERIT: a membership that somebody grants by mistake gives these three no right by itself.
      ('bulkhead_app', false, false),
      ('bulkhead_identity', false, false),
      ('bulkhead_system', true, false)
    ) AS role (name, bypasses_row_security, inherits)
  LOOP
    SELECT * INTO present FROM pg_roles WHERE rolname = wanted.name;

    IF NOT FOUND THEN
      BEGIN
        EXECUTE format(
          'CREATE ROLE %I LOGIN NOCREATEDB NOCREATEROLE NOREPLICATION %s %s',
          wanted.name,
          CASE WHEN wanted.inherits THEN 'INHERIT' ELSE 'NOINHERIT' END,
          CASE WHEN wanted.bypasses_row_security THEN 'BYPASSRLS' ELSE 'NOBYPASSRLS' END
        );
      EXCEPTION
        -- A session in another database of this server holds another advisory lock.
        WHEN duplicate_object OR unique_violation THEN NULL;
      END;
      SELECT * INTO present FROM pg_roles WHERE rolname = wanted.name;
    END IF;

    -- Only what deviates is named: PostgreSQL wants a superuser for a mention of SUPERUSER or BYPASSRLS, even of their absence.
    IF present.rolsuper THEN
      EXECUTE format('ALTER ROLE %I NOSUPERUSER', wanted.name);
    END IF;
    IF present.rolreplication THEN
      EXECUTE format('ALTER ROLE %I NOREPLICATION', wanted.name);
    END IF;
    IF present.rolbypassrls <> wanted.bypasses_row_security THEN
      EXECUTE format('ALTER ROLE %I %s', wanted.name,
        CASE WHEN wanted.bypasses_row_security THEN 'BYPASSRLS' ELSE 'NOBYPASSRLS' END);
    END IF;
    IF NOT present.rolcanlogin OR present.rolcreatedb OR present.rolcreaterole OR present.rolinherit <> wanted.inherits THEN
      EXECUTE format('ALTER ROLE %I LOGIN NOCREATEDB NOCREATEROLE %s', wanted.name,
        CASE WHEN wanted.inherits THEN 'INHERIT' ELSE 'NOINHERIT' END);
    END IF;
  END LOOP;
END
$$;

DO $$
DECLARE
  wanted record;
BEGIN
  FOR wanted IN
    SELECT role.name AS role_name, setting.name AS setting_name, setting.value AS setting_value
    FROM (VALUES
      ('bulkhead_app', '5s', '1s', '10s'),
      ('bulkhead_identity', '5s', '1s', '10s'),
      ('bulkhead_system', '60s', '5s', '60s'),
      -- A migration may take its time.
      ('bulkhead_owner', NULL, NULL, NULL)
    ) AS role (name, statement_timeout, lock_timeout, idle_timeout)
    CROSS JOIN LATERAL (VALUES
      ('statement_timeout', role.statement_timeout),
      ('lock_timeout', role.lock_timeout),
      ('idle_in_transaction_session_timeout', role.idle_timeout),
      ('row_security', 'on')
    ) AS setting (name, value)
    WHERE setting.value IS NOT NULL
      AND NOT EXISTS (
        SELECT FROM pg_db_role_setting
        WHERE setrole = (SELECT oid FROM pg_roles WHERE rolname = role.name)
          AND setdatabase = 0
          AND setting.name || '=' || setting.value = ANY (setconfig)
      )
  LOOP
    EXECUTE format('ALTER ROLE %I SET %I = %L', wanted.role_name, wanted.setting_name, wanted.setting_value);
  END LOOP;
END
$$;

-- An administrator who is no superuser must be able to become the owner to give it a database.
DO $$
DECLARE
  -- From PostgreSQL 16 on, whoever creates a role may grant it but not become it.
  required text := CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END;
BEGIN
  IF NOT pg_has_role(CURRENT_USER, 'bulkhead_owner', required) THEN
    GRANT bulkhead_owner TO CURRENT_USER;
  END IF;
END
$$;

COMMIT;
