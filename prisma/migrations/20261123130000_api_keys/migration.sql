-- API keys: secrets with which programs act for the member who made them.
-- Runs as bulkhead_owner and as one implicit transaction: it is applied whole or not at all.

CREATE TABLE "api_keys" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL DEFAULT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid,
    "product" VARCHAR(50) NOT NULL DEFAULT (NULLIF(current_setting('app.product'::text, true), ''::text))::character varying,
    "created_by_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "prefix" VARCHAR(80) NOT NULL,
    "role" VARCHAR(20) NOT NULL,
    "scopes" TEXT[],
    "secret_hash" TEXT NOT NULL,
    "previous_secret_hash" TEXT,
    "previous_expires_at" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "last_used_at" TIMESTAMPTZ(3),
    "rotated_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "revoked_by" UUID,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("organization_id","id")
);

CREATE INDEX "api_keys_organization_id_created_at_idx" ON "api_keys"("organization_id", "created_at" DESC, "id" DESC);
CREATE INDEX "api_keys_organization_id_created_by_id_idx" ON "api_keys"("organization_id", "created_by_id");
-- For the door, which knows the key and its maker, and not yet the organization.
CREATE INDEX "api_keys_product_created_by_id_idx" ON "api_keys"("product", "created_by_id", "id");

ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_organization_id_product_fkey" FOREIGN KEY ("organization_id", "product") REFERENCES "organizations"("id", "product") ON DELETE RESTRICT ON UPDATE NO ACTION;
-- To the membership, not to the user: a key cannot outlive the place in the organization that it was made from.
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_organization_id_created_by_id_fkey" FOREIGN KEY ("organization_id", "created_by_id") REFERENCES "memberships"("organization_id", "user_id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- No key is an owner: what only owners may do stays with persons.
ALTER TABLE api_keys
  ADD CONSTRAINT api_keys_role_check CHECK (role IN ('MEMBER', 'ADMIN'));

SELECT isolate_by_organization('api_keys');

-- The door asks before any organization is known: as of everything that the identity role reads across organizations,
-- it sees of the keys only those of the transaction's person, and it can note nothing but their use.
SELECT isolate_by_product('api_keys', 'bulkhead_identity');
CREATE POLICY identity_actor ON api_keys AS RESTRICTIVE FOR ALL TO bulkhead_identity
  USING (created_by_id = (SELECT nullif(current_setting('app.actor_id', true), '')::uuid))
  WITH CHECK (created_by_id = (SELECT nullif(current_setting('app.actor_id', true), '')::uuid));
GRANT SELECT (id, organization_id, product, created_by_id, role, scopes, secret_hash, previous_secret_hash,
              previous_expires_at, expires_at, last_used_at, revoked_at)
  ON api_keys TO bulkhead_identity;
GRANT UPDATE (last_used_at) ON api_keys TO bulkhead_identity;
