-- What is known of the health of a secret, and who renews it just now.
-- Runs as bulkhead_owner and as one implicit transaction: it is applied whole or not at all.

ALTER TABLE "client_credentials"
    ADD COLUMN "health_evidence" VARCHAR(60),
    ADD COLUMN "health_failures" INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN "health_expires_at" TIMESTAMPTZ(3),
    ADD COLUMN "renewed_at" TIMESTAMPTZ(3),
    ADD COLUMN "lease_id" UUID,
    ADD COLUMN "leased_until" TIMESTAMPTZ(3);

ALTER TABLE "integrations"
    ADD COLUMN "health_evidence" VARCHAR(60),
    ADD COLUMN "health_failures" INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN "health_expires_at" TIMESTAMPTZ(3),
    ADD COLUMN "renewed_at" TIMESTAMPTZ(3),
    ADD COLUMN "lease_id" UUID,
    ADD COLUMN "leased_until" TIMESTAMPTZ(3);

-- Evidence is a code of ours. Text of a provider, which could hold a secret, does not fit.
ALTER TABLE client_credentials
  ADD CONSTRAINT client_credentials_health_evidence_check CHECK (health_evidence ~ '^[A-Z][A-Z_]*$');
ALTER TABLE integrations
  ADD CONSTRAINT integrations_health_evidence_check CHECK (health_evidence ~ '^[A-Z][A-Z_]*$');

SELECT isolate_by_organization('client_credentials');
SELECT isolate_by_organization('integrations');
