-- A data key for each organization, wrapped by a root key; and which root keys are needed to open what is here.
-- Runs as bulkhead_owner and as one implicit transaction: it is applied whole or not at all.

CREATE TABLE "root_keys" (
    "id" TEXT NOT NULL,
    "product" VARCHAR(50) NOT NULL DEFAULT 'bestays',
    "proof" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "root_keys_pkey" PRIMARY KEY ("product","id")
);

CREATE TABLE "organization_keys" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL DEFAULT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid,
    "product" VARCHAR(50) NOT NULL DEFAULT (NULLIF(current_setting('app.product'::text, true), ''::text))::character varying,
    "version" INTEGER NOT NULL,
    "state" VARCHAR(20) NOT NULL DEFAULT 'ACTIVE',
    "root_key_id" TEXT,
    "wrapped_key" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "retired_at" TIMESTAMPTZ(3),
    "destroyed_at" TIMESTAMPTZ(3),

    CONSTRAINT "organization_keys_pkey" PRIMARY KEY ("organization_id","id")
);

CREATE UNIQUE INDEX "organization_keys_organization_id_version_key" ON "organization_keys"("organization_id", "version");
CREATE INDEX "organization_keys_product_root_key_id_idx" ON "organization_keys"("product", "root_key_id");
-- Two processes that need the first key at once make one; where keys were destroyed, none is made again.
CREATE UNIQUE INDEX "organization_keys_one_active_key" ON "organization_keys"("organization_id") WHERE "state" IN ('ACTIVE', 'DESTROYED');

ALTER TABLE "organization_keys" ADD CONSTRAINT "organization_keys_organization_id_product_fkey" FOREIGN KEY ("organization_id", "product") REFERENCES "organizations"("id", "product") ON DELETE RESTRICT ON UPDATE NO ACTION;
-- A root key cannot be forgotten while it wraps a data key, and one that was forgotten wraps none.
ALTER TABLE "organization_keys" ADD CONSTRAINT "organization_keys_product_root_key_id_fkey" FOREIGN KEY ("product", "root_key_id") REFERENCES "root_keys"("product", "id") ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE "organization_keys"
  ADD CONSTRAINT organization_keys_state_check CHECK (state IN ('ACTIVE', 'RETIRING', 'RETIRED', 'DESTROYED')),
  ADD CONSTRAINT organization_keys_wrapped_check CHECK ((wrapped_key IS NULL) = (root_key_id IS NULL)),
  ADD CONSTRAINT organization_keys_destroyed_check CHECK ((wrapped_key IS NULL) = (destroyed_at IS NOT NULL)),
  ADD CONSTRAINT organization_keys_usable_check
    CHECK (CASE WHEN state IN ('ACTIVE', 'RETIRING') THEN wrapped_key IS NOT NULL WHEN state = 'DESTROYED' THEN wrapped_key IS NULL ELSE true END);

SELECT isolate_by_organization('organization_keys');
-- A key keeps its number and the time when it was made.
REVOKE UPDATE (version, created_at) ON organization_keys FROM bulkhead_app;

-- The start compares them with the configuration, before any organization is known.
SELECT isolate_by_product('root_keys', 'bulkhead_identity');
GRANT SELECT, INSERT ON root_keys TO bulkhead_identity;
GRANT UPDATE (proof) ON root_keys TO bulkhead_identity;
GRANT SELECT, DELETE ON root_keys TO bulkhead_system;

-- Every process hears that a key has ended, and forgets it.
CREATE FUNCTION announce_ended_key() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  PERFORM pg_notify('organization_key_ended', OLD.organization_id || '/' || OLD.id);
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION announce_ended_key() FROM PUBLIC;
CREATE TRIGGER organization_key_destroyed AFTER UPDATE OF wrapped_key ON organization_keys
  FOR EACH ROW WHEN (OLD.wrapped_key IS NOT NULL AND NEW.wrapped_key IS NULL) EXECUTE FUNCTION announce_ended_key();
CREATE TRIGGER organization_key_deleted AFTER DELETE ON organization_keys
  FOR EACH ROW WHEN (OLD.wrapped_key IS NOT NULL) EXECUTE FUNCTION announce_ended_key();

-- Secrets that are here already were encrypted by root keys themselves. The owner sees no rows while the force stands.
ALTER TABLE client_credentials NO FORCE ROW LEVEL SECURITY;
ALTER TABLE clients NO FORCE ROW LEVEL SECURITY;
ALTER TABLE integrations NO FORCE ROW LEVEL SECURITY;
ALTER TABLE facebook_pages NO FORCE ROW LEVEL SECURITY;
ALTER TABLE root_keys NO FORCE ROW LEVEL SECURITY;
INSERT INTO root_keys (product, id)
  SELECT DISTINCT product, split_part(envelope, '.', 2) FROM (
    SELECT product, envelope FROM client_credentials
    UNION ALL SELECT product, legacy_credentials_envelope FROM clients
    UNION ALL SELECT product, secrets_envelope FROM integrations
    UNION ALL SELECT product, access_token_envelope FROM facebook_pages
    UNION ALL SELECT product, page_access_token_envelope FROM facebook_pages) AS sealed (product, envelope)
   WHERE starts_with(envelope, 'v1.');
ALTER TABLE client_credentials FORCE ROW LEVEL SECURITY;
ALTER TABLE clients FORCE ROW LEVEL SECURITY;
ALTER TABLE integrations FORCE ROW LEVEL SECURITY;
ALTER TABLE facebook_pages FORCE ROW LEVEL SECURITY;
ALTER TABLE root_keys FORCE ROW LEVEL SECURITY;
