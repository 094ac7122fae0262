-- What belongs to a product: listings and their publication, events of webhooks, and log-ins that Clerk vouches for.
-- Runs as bulkhead_owner and as one implicit transaction: it is applied whole or not at all.

-- ---------------------------------------------------------------------------------------------------------------
-- Properties
-- ---------------------------------------------------------------------------------------------------------------

CREATE TABLE "properties" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL DEFAULT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid,
    "product" VARCHAR(50) NOT NULL DEFAULT 'bestays',
    "title" TEXT NOT NULL,
    "description" TEXT,
    "type" VARCHAR(20) NOT NULL,
    "offer" VARCHAR(10) NOT NULL,
    "place" TEXT NOT NULL,
    "place_key" TEXT NOT NULL,
    "price" BIGINT NOT NULL,
    "currency" VARCHAR(3) NOT NULL,
    "bedrooms" INTEGER,
    "area_square_meters" INTEGER,
    "is_published" BOOLEAN NOT NULL DEFAULT false,
    "published_at" TIMESTAMPTZ(3),
    "published_by" UUID,
    "created_by" UUID NOT NULL,
    "updated_by" UUID NOT NULL,
    "is_organization_active" BOOLEAN NOT NULL DEFAULT true,
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "deleted_at" TIMESTAMPTZ(3),
    "deleted_by" UUID,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "properties_pkey" PRIMARY KEY ("organization_id","id")
);

CREATE INDEX "properties_organization_id_created_at_idx" ON "properties"("organization_id", "created_at" DESC, "id" DESC);
CREATE INDEX "properties_organization_id_place_key_idx" ON "properties"("organization_id", "place_key");
CREATE INDEX "properties_organization_id_price_idx" ON "properties"("organization_id", "price");
CREATE INDEX "properties_product_published_idx" ON "properties"("product", "is_published", "published_at" DESC, "id" DESC);
-- What everybody may search: published ones only, in the order of the list.
CREATE INDEX "properties_published_place_idx" ON "properties"("product", "place_key", "published_at" DESC, "id" DESC) WHERE "is_published";
CREATE INDEX "properties_published_price_idx" ON "properties"("product", "price", "id") WHERE "is_published";

ALTER TABLE "properties" ADD CONSTRAINT "properties_organization_id_product_fkey" FOREIGN KEY ("organization_id", "product") REFERENCES "organizations"("id", "product") ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE "properties"
  ADD CONSTRAINT properties_type_check CHECK (type IN ('APARTMENT', 'HOUSE', 'VILLA', 'ROOM', 'LAND', 'COMMERCIAL')),
  ADD CONSTRAINT properties_offer_check CHECK (offer IN ('SALE', 'RENT')),
  ADD CONSTRAINT properties_price_check CHECK (price >= 0);

SELECT isolate_by_organization('properties');

-- Full text, LIKE and arrays use no index under row level security (docs/gotchas.md); equal and greater-than of text do.
-- One row for each word of a listing that is published: a word that is gone stays as a row that is not listed.
CREATE TABLE "property_terms" (
    "organization_id" UUID NOT NULL DEFAULT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid,
    "product" VARCHAR(50) NOT NULL DEFAULT 'bestays',
    "property_id" UUID NOT NULL,
    "term" VARCHAR(40) NOT NULL,
    "is_listed" BOOLEAN NOT NULL DEFAULT true,

    CONSTRAINT "property_terms_pkey" PRIMARY KEY ("organization_id","property_id","term")
);

CREATE INDEX "property_terms_listed_idx" ON "property_terms"("product", "term", "property_id") WHERE "is_listed";

ALTER TABLE "property_terms" ADD CONSTRAINT "property_terms_organization_id_product_fkey" FOREIGN KEY ("organization_id", "product") REFERENCES "organizations"("id", "product") ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE "property_terms" ADD CONSTRAINT "property_terms_organization_id_property_id_fkey" FOREIGN KEY ("organization_id", "property_id") REFERENCES "properties"("organization_id", "id") ON DELETE RESTRICT ON UPDATE NO ACTION;

SELECT isolate_by_organization('property_terms');

-- Whoever is not logged in reads as the identity role: published listings of the product, and of these what is public.
-- A draft is no row for it, whatever the statement says.
SELECT isolate_by_product('properties', 'bulkhead_identity');
CREATE POLICY identity_published ON properties AS RESTRICTIVE FOR ALL TO bulkhead_identity
  USING (is_published AND is_active AND is_organization_active);
GRANT SELECT (id, product, title, description, type, offer, place, place_key, price, currency, bedrooms, area_square_meters,
              is_published, published_at) ON properties TO bulkhead_identity;
SELECT isolate_by_product('property_terms', 'bulkhead_identity');
CREATE POLICY identity_published ON property_terms AS RESTRICTIVE FOR ALL TO bulkhead_identity USING (is_listed);
GRANT SELECT (product, property_id, term, is_listed) ON property_terms TO bulkhead_identity;

-- The public reader sees no organizations, so that a listing has to know by itself whether its organization is active.
CREATE FUNCTION follow_organization_activity() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  UPDATE properties SET is_organization_active = NEW.is_active
   WHERE organization_id = NEW.id AND is_organization_active IS DISTINCT FROM NEW.is_active;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION follow_organization_activity() FROM PUBLIC;
CREATE TRIGGER organizations_properties_follow AFTER UPDATE ON organizations FOR EACH ROW
  WHEN (OLD.is_active IS DISTINCT FROM NEW.is_active)
  EXECUTE FUNCTION follow_organization_activity();

-- ---------------------------------------------------------------------------------------------------------------
-- Webhooks
-- ---------------------------------------------------------------------------------------------------------------

-- What a provider told us and whether it is done: the row is the queue. Of the body only what is used is kept, and that
-- until it was used; its digest stays.
CREATE TABLE "webhook_events" (
    "id" UUID NOT NULL,
    "product" VARCHAR(50) NOT NULL DEFAULT 'bestays',
    "source" VARCHAR(20) NOT NULL,
    "external_id" VARCHAR(200) NOT NULL,
    "type" VARCHAR(100) NOT NULL,
    "subject" VARCHAR(200),
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "digest" TEXT NOT NULL,
    "data" JSONB,
    "state" VARCHAR(20) NOT NULL DEFAULT 'RECEIVED',
    "outcome" VARCHAR(60),
    "deliveries" INTEGER NOT NULL DEFAULT 1,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(3),
    "processed_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "webhook_events_pkey" PRIMARY KEY ("product","id")
);

CREATE UNIQUE INDEX "webhook_events_product_source_external_id_key" ON "webhook_events"("product", "source", "external_id");
CREATE INDEX "webhook_events_product_created_at_idx" ON "webhook_events"("product", "created_at" DESC, "id" DESC);
CREATE INDEX "webhook_events_product_subject_idx" ON "webhook_events"("product", "source", "subject", "occurred_at" DESC);
CREATE INDEX "webhook_events_due_idx" ON "webhook_events"("product", "due_at") WHERE "due_at" IS NOT NULL;

ALTER TABLE "webhook_events"
  ADD CONSTRAINT webhook_events_source_check CHECK (source IN ('clerk')),
  ADD CONSTRAINT webhook_events_state_check CHECK (state IN ('RECEIVED', 'APPLIED', 'SUPERSEDED', 'IGNORED', 'FAILED'));

SELECT isolate_by_product('webhook_events', 'bulkhead_identity');
GRANT SELECT, INSERT ON webhook_events TO bulkhead_identity;
GRANT UPDATE (data, state, outcome, deliveries, attempts, due_at, processed_at) ON webhook_events TO bulkhead_identity;
GRANT SELECT, UPDATE, DELETE ON webhook_events TO bulkhead_system;

-- Wakes the workers when the event is committed. The name of the product is all that is said.
CREATE FUNCTION announce_due_webhook() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  PERFORM pg_notify('webhook_events_due', NEW.product);
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION announce_due_webhook() FROM PUBLIC;
CREATE TRIGGER webhook_events_announce AFTER INSERT ON webhook_events
  FOR EACH ROW WHEN (NEW.due_at IS NOT NULL) EXECUTE FUNCTION announce_due_webhook();

-- ---------------------------------------------------------------------------------------------------------------
-- People and log-ins that Clerk vouches for
-- ---------------------------------------------------------------------------------------------------------------

-- A log-in at Clerk is one row here from its first request on, so that it can be listed and ended like any other.
ALTER TABLE "sessions" ADD COLUMN "clerk_session_id" TEXT;
CREATE UNIQUE INDEX "sessions_product_clerk_session_id_key" ON "sessions"("product", "clerk_session_id");

GRANT UPDATE (email, clerk_user_id) ON users TO bulkhead_identity;
-- Where a person's address is written down again, that follows; of one person at a time (policy identity_actor).
GRANT UPDATE (email, updated_at) ON memberships TO bulkhead_identity;

-- Brings one person to what the latest event about it says, whichever event woke us: however many come at once and in
-- whatever order, the last word is the same. A deletion is the last word for good; Clerk gives no id twice.
-- plpgsql and not one statement: what follows the lock must see what was committed while it waited. Invoker's rights.
CREATE FUNCTION settle_clerk_user(of_product text, of_subject text, new_user_id uuid, record_id uuid, system_id uuid, cause text)
RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
  newest webhook_events%ROWTYPE;
  person users%ROWTYPE;
  address text;
  is_banned boolean;
  is_known boolean;
  result text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('clerk user ' || of_product || ' ' || of_subject, 0));
  SELECT * INTO newest FROM webhook_events e
   WHERE e.product = of_product AND e.source = 'clerk' AND e.subject = of_subject AND e.type LIKE 'user.%'
   ORDER BY e.type = 'user.deleted' DESC, e.occurred_at DESC, e.external_id DESC LIMIT 1;
  UPDATE webhook_events e SET state = 'SUPERSEDED', data = NULL, due_at = NULL, processed_at = now()
   WHERE e.product = of_product AND e.source = 'clerk' AND e.subject = of_subject AND e.type LIKE 'user.%'
     AND e.state = 'RECEIVED' AND e.id <> newest.id;
  IF newest.state IS DISTINCT FROM 'RECEIVED' THEN
    RETURN 'SUPERSEDED';
  END IF;

  SELECT * INTO person FROM users u WHERE u.product = of_product AND u.clerk_user_id = of_subject FOR UPDATE;
  is_known := FOUND;
  address := newest.data ->> 'email';
  is_banned := newest.type = 'user.deleted' OR coalesce((newest.data ->> 'isBanned')::boolean, false);
  IF NOT is_known AND newest.type = 'user.deleted' THEN
    result := 'USER_UNKNOWN';
  ELSIF NOT is_known AND address IS NULL THEN
    result := 'EMAIL_UNVERIFIED';
  ELSIF NOT is_known THEN
    SELECT * INTO person FROM users u WHERE u.product = of_product AND u.email = address FOR UPDATE;
    IF NOT FOUND THEN
      INSERT INTO users (product, id, email, first_name, last_name, clerk_user_id)
      VALUES (of_product, new_user_id, address, newest.data ->> 'firstName', newest.data ->> 'lastName', of_subject)
      RETURNING * INTO person;
      result := 'USER_CREATED';
    ELSIF person.clerk_user_id IS NOT NULL OR person.platform_role <> 'USER' THEN
      RETURN 'EMAIL_TAKEN';
    ELSE
      -- Whoever registered the address here has not proved that it is theirs, and Clerk has: nothing that was set up
      -- before to come in by may stay.
      UPDATE users u SET clerk_user_id = of_subject, password_hash = NULL, password_reset_hash = NULL,
             password_reset_until = NULL, password_changed_at = clock_timestamp()
       WHERE u.product = of_product AND u.id = person.id;
      UPDATE sessions s SET ended_at = now(), end_reason = 'linked to Clerk'
       WHERE s.product = of_product AND s.user_id = person.id AND s.ended_at IS NULL;
      result := 'USER_LINKED';
    END IF;
  ELSIF newest.type = 'user.deleted' THEN
    result := 'USER_DEACTIVATED';
  ELSIF address <> person.email
    AND EXISTS (SELECT FROM users u WHERE u.product = of_product AND u.email = address AND u.id <> person.id) THEN
    RETURN 'EMAIL_TAKEN';
  ELSE
    result := 'USER_UPDATED';
  END IF;

  IF person.id IS NOT NULL THEN
    UPDATE users u SET
        email = coalesce(address, u.email),
        first_name = coalesce(newest.data ->> 'firstName', u.first_name),
        last_name = coalesce(newest.data ->> 'lastName', u.last_name),
        -- What somebody here deactivated, Clerk does not bring back.
        is_active = CASE WHEN is_banned THEN false WHEN u.deleted_by = system_id THEN true ELSE u.is_active END,
        deleted_at = CASE WHEN is_banned THEN coalesce(u.deleted_at, now()) WHEN u.deleted_by = system_id THEN NULL ELSE u.deleted_at END,
        deleted_by = CASE WHEN is_banned THEN coalesce(u.deleted_by, system_id) WHEN u.deleted_by = system_id THEN NULL ELSE u.deleted_by END,
        version = u.version + 1, updated_at = now()
     WHERE u.product = of_product AND u.id = person.id;
    IF is_banned THEN
      UPDATE sessions s SET ended_at = now(), end_reason = 'deactivated at Clerk'
       WHERE s.product = of_product AND s.user_id = person.id AND s.ended_at IS NULL;
    END IF;
    IF address <> person.email THEN
      PERFORM set_config('app.actor_id', person.id::text, true);
      UPDATE memberships m SET email = address, updated_at = now()
       WHERE m.product = of_product AND m.user_id = person.id AND m.email = person.email;
    END IF;
  END IF;

  UPDATE webhook_events e SET state = CASE WHEN person.id IS NULL THEN 'IGNORED' ELSE 'APPLIED' END, outcome = result,
         data = NULL, due_at = NULL, processed_at = now()
   WHERE e.product = of_product AND e.id = newest.id;
  INSERT INTO security_events (product, id, actor_type, actor_id, entry_point, request_id, action, outcome, reason)
  VALUES (of_product, record_id, 'system', system_id::text, 'job', cause, 'clerk.' || replace(lower(result), '_', '-'),
          'SUCCESS', coalesce(person.id::text, newest.id::text));
  RETURN result;
END $$;
REVOKE ALL ON FUNCTION settle_clerk_user(text, text, uuid, uuid, uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION settle_clerk_user(text, text, uuid, uuid, uuid, text) TO bulkhead_identity;

-- ---------------------------------------------------------------------------------------------------------------
-- An organization that changes its product
-- ---------------------------------------------------------------------------------------------------------------

-- Hashes and signatures of the audit log name the product that a record was written for. A record that came from another
-- one says so here, and stays as true as it was: null means the product of the row. Only product:reassign writes it.
ALTER TABLE "audit_logs" ADD COLUMN "written_for" VARCHAR(50);
ALTER TABLE "audit_checkpoints" ADD COLUMN "written_for" VARCHAR(50);
GRANT UPDATE (product, written_for) ON audit_logs, audit_checkpoints TO bulkhead_system;
