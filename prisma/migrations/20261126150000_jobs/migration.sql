-- Jobs: work that an organization asked for and a worker does. The row is the outbox: it is added with the write that the
-- job follows from, and what stands in Redis can be made of it again.

CREATE TABLE "jobs" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL DEFAULT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid,
    "product" VARCHAR(50) NOT NULL DEFAULT (NULLIF(current_setting('app.product'::text, true), ''::text))::character varying,
    "name" VARCHAR(60) NOT NULL,
    "key" VARCHAR(200),
    "state" VARCHAR(20) NOT NULL DEFAULT 'QUEUED',
    "data" JSONB NOT NULL,
    "digest" TEXT NOT NULL,
    "signature" TEXT NOT NULL,
    "actor_type" VARCHAR(20) NOT NULL,
    "actor_id" UUID NOT NULL,
    "actor_user_id" UUID,
    "entry_point" VARCHAR(20) NOT NULL,
    "progress" INTEGER,
    "result" JSONB,
    "failure_code" VARCHAR(60),
    "failure_message" TEXT,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "crashes" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(3) DEFAULT CURRENT_TIMESTAMP,
    "delivered_at" TIMESTAMPTZ(3),
    "cancel_requested_at" TIMESTAMPTZ(3),
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "jobs_pkey" PRIMARY KEY ("organization_id","id")
);

-- The same key in another organization is another job.
CREATE UNIQUE INDEX "jobs_organization_id_name_key_key" ON "jobs"("organization_id", "name", "key");
CREATE INDEX "jobs_organization_id_created_at_idx" ON "jobs"("organization_id", "created_at" DESC, "id" DESC);
-- Unfinished jobs only: the relay goes from organization to organization in the first, and counts by the second.
CREATE INDEX "jobs_due_idx" ON "jobs"("product", "organization_id", "due_at", "id") WHERE "due_at" IS NOT NULL;
CREATE INDEX "jobs_delivered_idx" ON "jobs"("product", "organization_id") WHERE "delivered_at" IS NOT NULL;

ALTER TABLE "jobs" ADD CONSTRAINT "jobs_organization_id_product_fkey" FOREIGN KEY ("organization_id", "product") REFERENCES "organizations"("id", "product") ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE "jobs"
  ADD CONSTRAINT jobs_state_check CHECK (state IN ('QUEUED', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELED', 'DEAD')),
  ADD CONSTRAINT jobs_actor_type_check CHECK (actor_type IN ('user', 'apiKey', 'system')),
  ADD CONSTRAINT jobs_entry_point_check CHECK (entry_point IN ('http', 'socket', 'job', 'cli'));

SELECT isolate_by_organization('jobs');
-- What is to be done, and who asked for it, stays as it was signed.
REVOKE UPDATE ON jobs FROM bulkhead_app;
GRANT UPDATE (state, progress, result, failure_code, failure_message, attempt, failures, crashes, due_at, delivered_at,
              cancel_requested_at, started_at, finished_at, updated_at) ON jobs TO bulkhead_app;

-- The relay asks across organizations which jobs are due, as the identity role: of unfinished jobs only, and of these the
-- ids and the signature, never data or results. All that it can do to one is to have it delivered.
SELECT isolate_by_product('jobs', 'bulkhead_identity');
CREATE POLICY identity_unfinished ON jobs AS RESTRICTIVE FOR ALL TO bulkhead_identity
  USING (due_at IS NOT NULL)
  WITH CHECK (due_at IS NOT NULL AND state = 'QUEUED');
GRANT SELECT (id, organization_id, product, name, state, digest, signature, actor_type, actor_id, actor_user_id,
              entry_point, crashes, due_at, delivered_at, created_at) ON jobs TO bulkhead_identity;
GRANT UPDATE (state, crashes, due_at, delivered_at) ON jobs TO bulkhead_identity;

-- Wakes the relays when the transaction is committed. The name of the product is all that is said.
CREATE FUNCTION announce_due_job() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  PERFORM pg_notify('jobs_due', NEW.product);
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION announce_due_job() FROM PUBLIC;
-- A second more, because the column rounds to milliseconds.
CREATE TRIGGER jobs_announce_new AFTER INSERT ON jobs
  FOR EACH ROW WHEN (NEW.state = 'QUEUED' AND NEW.due_at <= now() + interval '1 second')
  EXECUTE FUNCTION announce_due_job();
CREATE TRIGGER jobs_announce_again AFTER UPDATE ON jobs
  FOR EACH ROW WHEN (NEW.state = 'QUEUED' AND NEW.delivered_at IS NULL AND NEW.due_at <= now() + interval '1 second')
  EXECUTE FUNCTION announce_due_job();

-- Messages that came out of Redis and were refused. Nothing in them is certain, so they belong to no organization.
CREATE TABLE "dead_letters" (
    "id" UUID NOT NULL,
    "product" VARCHAR(50) NOT NULL DEFAULT 'bestays',
    "reason" VARCHAR(60) NOT NULL,
    "digest" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "count" INTEGER NOT NULL DEFAULT 1,
    "last_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "dead_letters_pkey" PRIMARY KEY ("product","id")
);

CREATE UNIQUE INDEX "dead_letters_product_digest_reason_key" ON "dead_letters"("product", "digest", "reason");
CREATE INDEX "dead_letters_product_last_at_idx" ON "dead_letters"("product", "last_at" DESC);

SELECT isolate_by_product('dead_letters', 'bulkhead_identity');
GRANT SELECT, INSERT ON dead_letters TO bulkhead_identity;
GRANT UPDATE (count, last_at) ON dead_letters TO bulkhead_identity;
GRANT SELECT, INSERT, UPDATE, DELETE ON dead_letters TO bulkhead_system;
