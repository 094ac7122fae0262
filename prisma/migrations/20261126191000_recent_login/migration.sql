-- When the person last proved who they are in this log-in, and log-ins that end when nobody uses them: each refresh
-- moves the end, up to a fixed one.
ALTER TABLE "sessions" ADD COLUMN "authenticated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;
-- Those that are open were opened by a password, and that is all that is known of them. The owner sees no rows otherwise.
ALTER TABLE sessions NO FORCE ROW LEVEL SECURITY;
UPDATE sessions SET authenticated_at = created_at;
ALTER TABLE sessions FORCE ROW LEVEL SECURITY;
GRANT UPDATE (authenticated_at) ON sessions TO bulkhead_identity;

-- An end that moves away takes nothing from anybody.
DROP TRIGGER sessions_access_changed ON sessions;
CREATE TRIGGER sessions_access_changed AFTER UPDATE ON sessions FOR EACH ROW
  WHEN (OLD.ended_at IS DISTINCT FROM NEW.ended_at OR NEW.expires_at < OLD.expires_at)
  EXECUTE FUNCTION announce_access_change('sessionId', 'id');
