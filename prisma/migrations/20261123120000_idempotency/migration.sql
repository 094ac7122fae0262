-- Idempotency keys: what was asked under a key, and what was answered. Runs as bulkhead_owner and as one implicit
-- transaction: it is applied whole or not at all.

CREATE TABLE "idempotency_keys" (
    "id" UUID NOT NULL,
    "product" VARCHAR(50) NOT NULL DEFAULT 'bestays',
    "actor_id" UUID NOT NULL,
    "organization_id" UUID,
    "digest" TEXT NOT NULL,
    "request_envelope" TEXT NOT NULL,
    "answer_envelope" TEXT,
    "attempt" INTEGER NOT NULL DEFAULT 1,
    "effect_at" TIMESTAMPTZ(3),
    "lease_until" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("product","id")
);

CREATE UNIQUE INDEX "idempotency_keys_product_actor_id_digest_key" ON "idempotency_keys"("product", "actor_id", "digest");
CREATE INDEX "idempotency_keys_product_expires_at_idx" ON "idempotency_keys"("product", "expires_at");

-- The identity role claims and completes keys, before and after the request's own work: those of one caller at a time.
-- Of other callers it sees expired rows only, to remove them; they can be opened with the root key alone.
SELECT isolate_by_product('idempotency_keys', 'bulkhead_identity');
CREATE POLICY identity_actor ON idempotency_keys AS RESTRICTIVE FOR ALL TO bulkhead_identity
  USING (actor_id = (SELECT nullif(current_setting('app.actor_id', true), '')::uuid) OR expires_at < now())
  WITH CHECK (actor_id = (SELECT nullif(current_setting('app.actor_id', true), '')::uuid));
GRANT SELECT, INSERT, DELETE ON idempotency_keys TO bulkhead_identity;
GRANT UPDATE (request_envelope, answer_envelope, attempt, effect_at, lease_until, expires_at)
  ON idempotency_keys TO bulkhead_identity;

-- The app role marks the caller's own key inside the transaction of the work that it stands for, and sees no more of it.
SELECT isolate_by_product('idempotency_keys', 'bulkhead_app');
CREATE POLICY app_actor ON idempotency_keys AS RESTRICTIVE FOR ALL TO bulkhead_app
  USING (actor_id = (SELECT nullif(current_setting('app.actor_id', true), '')::uuid))
  WITH CHECK (actor_id = (SELECT nullif(current_setting('app.actor_id', true), '')::uuid));
GRANT SELECT (id, product, attempt) ON idempotency_keys TO bulkhead_app;
GRANT UPDATE (effect_at) ON idempotency_keys TO bulkhead_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO bulkhead_system;
