-- Announces what may take somebody's access away, so that every process can close what it holds open for it.
-- By the transaction that changes the rows: SQL from outside the application is announced as well, and what is rolled
-- back is not. The payload holds ids only; every process of every product hears it.

-- The arguments name what to announce, in pairs: the name in the payload, and the column.
CREATE FUNCTION announce_access_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  changed jsonb := to_jsonb(CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END);
  payload jsonb := jsonb_build_object('product', changed ->> 'product');
BEGIN
  FOR position IN 0 .. TG_NARGS - 1 BY 2 LOOP
    payload := payload || jsonb_build_object(TG_ARGV[position], changed ->> TG_ARGV[position + 1]);
  END LOOP;
  PERFORM pg_notify('access_changed', payload::text);
  RETURN NULL;
END $$;

CREATE TRIGGER memberships_access_changed AFTER UPDATE ON memberships FOR EACH ROW
  WHEN (OLD.is_active IS DISTINCT FROM NEW.is_active OR OLD.role IS DISTINCT FROM NEW.role)
  EXECUTE FUNCTION announce_access_change('organizationId', 'organization_id', 'userId', 'user_id');
CREATE TRIGGER memberships_access_ended AFTER DELETE ON memberships FOR EACH ROW
  EXECUTE FUNCTION announce_access_change('organizationId', 'organization_id', 'userId', 'user_id');

CREATE TRIGGER users_access_changed AFTER UPDATE ON users FOR EACH ROW
  WHEN (OLD.is_active IS DISTINCT FROM NEW.is_active OR OLD.platform_role IS DISTINCT FROM NEW.platform_role)
  EXECUTE FUNCTION announce_access_change('userId', 'id');
CREATE TRIGGER users_access_ended AFTER DELETE ON users FOR EACH ROW
  EXECUTE FUNCTION announce_access_change('userId', 'id');

-- Not when a refresh token is rotated: that happens all the time and takes nothing away.
CREATE TRIGGER sessions_access_changed AFTER UPDATE ON sessions FOR EACH ROW
  WHEN (OLD.ended_at IS DISTINCT FROM NEW.ended_at OR OLD.expires_at IS DISTINCT FROM NEW.expires_at)
  EXECUTE FUNCTION announce_access_change('sessionId', 'id');
CREATE TRIGGER sessions_access_ended AFTER DELETE ON sessions FOR EACH ROW
  EXECUTE FUNCTION announce_access_change('sessionId', 'id');

CREATE TRIGGER organizations_access_changed AFTER UPDATE ON organizations FOR EACH ROW
  WHEN (OLD.is_active IS DISTINCT FROM NEW.is_active)
  EXECUTE FUNCTION announce_access_change('organizationId', 'id');
CREATE TRIGGER organizations_access_ended AFTER DELETE ON organizations FOR EACH ROW
  EXECUTE FUNCTION announce_access_change('organizationId', 'id');

-- Not when a use is noted, nor when the key is renamed.
CREATE TRIGGER api_keys_access_changed AFTER UPDATE ON api_keys FOR EACH ROW
  WHEN ((OLD.revoked_at, OLD.expires_at, OLD.secret_hash, OLD.previous_secret_hash, OLD.previous_expires_at, OLD.role, OLD.scopes)
    IS DISTINCT FROM
        (NEW.revoked_at, NEW.expires_at, NEW.secret_hash, NEW.previous_secret_hash, NEW.previous_expires_at, NEW.role, NEW.scopes))
  EXECUTE FUNCTION announce_access_change('keyId', 'id');
CREATE TRIGGER api_keys_access_ended AFTER DELETE ON api_keys FOR EACH ROW
  EXECUTE FUNCTION announce_access_change('keyId', 'id');

CREATE TRIGGER support_sessions_access_changed AFTER UPDATE ON support_sessions FOR EACH ROW
  WHEN ((OLD.ended_at, OLD.expires_at, OLD.approval) IS DISTINCT FROM (NEW.ended_at, NEW.expires_at, NEW.approval))
  EXECUTE FUNCTION announce_access_change('organizationId', 'organization_id', 'userId', 'user_id');
CREATE TRIGGER support_sessions_access_ended AFTER DELETE ON support_sessions FOR EACH ROW
  EXECUTE FUNCTION announce_access_change('organizationId', 'organization_id', 'userId', 'user_id');
