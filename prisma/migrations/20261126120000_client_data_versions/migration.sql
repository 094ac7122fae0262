-- What a client's data is a version of: raised by every write to the client, its credentials, projects and keywords,
-- whoever makes it, in the same transaction; and announced, so that caches hear of it.

-- AlterTable
-- isolate_by_organization is not called again, and must not be for this column: nobody may set it, the triggers do.
ALTER TABLE "clients" ADD COLUMN "data_version" DOUBLE PRECISION NOT NULL DEFAULT 0;

-- Whatever a statement says of it. Microseconds and not 1, 2, 3: a client that is deleted and comes back by a restored
-- backup goes on from the clock, above everything that was ever kept of it.
CREATE FUNCTION raise_client_data_version() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  NEW.data_version := floor(extract(epoch FROM clock_timestamp()) * 1000000);
  IF TG_OP = 'UPDATE' THEN
    NEW.data_version := greatest(NEW.data_version, OLD.data_version + 1);
  END IF;
  RETURN NEW;
END $$;

-- Product, organization, client, version: ids only, for every process of every product hears it. A new client is not
-- announced, for nothing can have been kept of it.
CREATE FUNCTION announce_client_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
  version double precision := OLD.data_version + 1;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    version := NEW.data_version;
  END IF;
  PERFORM pg_notify('client_changed', concat_ws(' ', OLD.product, OLD.organization_id, OLD.id, version::bigint));
  RETURN NULL;
END $$;

-- The clients of changed credentials and projects: one touch for each, however many rows the statement changed. As the
-- caller, under row level security: an update that changes nothing, which the trigger above answers with a new version.
-- Rows are locked in one order, so that two such statements wait for each other instead of dying together.
CREATE FUNCTION touch_clients() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  WITH touched AS (
    SELECT c.organization_id, c.id FROM clients c
     WHERE (c.organization_id, c.id) IN (SELECT organization_id, client_id FROM changed)
     ORDER BY c.organization_id, c.id FOR NO KEY UPDATE)
  UPDATE clients c SET updated_at = c.updated_at FROM touched t
   WHERE c.organization_id = t.organization_id AND c.id = t.id;
  RETURN NULL;
END $$;

-- The same for keywords, which know their project only.
CREATE FUNCTION touch_clients_of_projects() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  WITH touched AS (
    SELECT c.organization_id, c.id FROM clients c
     WHERE (c.organization_id, c.id) IN (
       SELECT p.organization_id, p.client_id FROM seo_projects p
        WHERE (p.organization_id, p.id) IN (SELECT organization_id, seo_project_id FROM changed))
     ORDER BY c.organization_id, c.id FOR NO KEY UPDATE)
  UPDATE clients c SET updated_at = c.updated_at FROM touched t
   WHERE c.organization_id = t.organization_id AND c.id = t.id;
  RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION raise_client_data_version(), announce_client_change(), touch_clients(), touch_clients_of_projects()
  FROM PUBLIC;

CREATE TRIGGER clients_raise_data_version BEFORE INSERT OR UPDATE ON clients
  FOR EACH ROW EXECUTE FUNCTION raise_client_data_version();
CREATE TRIGGER clients_announce_change AFTER UPDATE OR DELETE ON clients
  FOR EACH ROW EXECUTE FUNCTION announce_client_change();

-- PostgreSQL gives a trigger the changed rows of one kind of statement only. Of an update, old and new: a row that moves
-- to another client changes both.
DO $$
DECLARE
  part text;
  touch text;
BEGIN
  FOREACH part IN ARRAY ARRAY['client_credentials', 'seo_projects', 'keywords'] LOOP
    touch := CASE part WHEN 'keywords' THEN 'touch_clients_of_projects' ELSE 'touch_clients' END;
    EXECUTE format('CREATE TRIGGER %1$s_touch_of_new AFTER INSERT ON %1$s REFERENCING NEW TABLE AS changed
                      FOR EACH STATEMENT EXECUTE FUNCTION %2$s()', part, touch);
    EXECUTE format('CREATE TRIGGER %1$s_touch_of_former AFTER UPDATE ON %1$s REFERENCING OLD TABLE AS changed
                      FOR EACH STATEMENT EXECUTE FUNCTION %2$s()', part, touch);
    EXECUTE format('CREATE TRIGGER %1$s_touch_of_changed AFTER UPDATE ON %1$s REFERENCING NEW TABLE AS changed
                      FOR EACH STATEMENT EXECUTE FUNCTION %2$s()', part, touch);
    EXECUTE format('CREATE TRIGGER %1$s_touch_of_deleted AFTER DELETE ON %1$s REFERENCING OLD TABLE AS changed
                      FOR EACH STATEMENT EXECUTE FUNCTION %2$s()', part, touch);
  END LOOP;
END $$;
