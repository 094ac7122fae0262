-- Support sessions: how somebody of the platform works in an organization, with its knowledge.

CREATE TABLE "support_sessions" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL DEFAULT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid,
    "product" VARCHAR(50) NOT NULL DEFAULT (NULLIF(current_setting('app.product'::text, true), ''::text))::character varying,
    "user_id" UUID NOT NULL,
    "user_email" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "is_read_only" BOOLEAN NOT NULL DEFAULT true,
    "approval" VARCHAR(20) NOT NULL DEFAULT 'NOT_NEEDED',
    "approved_by" UUID,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "ended_by" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "support_sessions_pkey" PRIMARY KEY ("organization_id","id")
);

CREATE INDEX "support_sessions_organization_id_created_at_idx" ON "support_sessions"("organization_id", "created_at" DESC, "id" DESC);
CREATE INDEX "support_sessions_product_user_id_idx" ON "support_sessions"("product", "user_id");

ALTER TABLE "support_sessions" ADD CONSTRAINT "support_sessions_organization_id_product_fkey" FOREIGN KEY ("organization_id", "product") REFERENCES "organizations"("id", "product") ON DELETE RESTRICT ON UPDATE NO ACTION;
-- No key to users: an organization could find out with it who else has an account.
ALTER TABLE "support_sessions"
  ADD CONSTRAINT support_sessions_reason_check CHECK (btrim(reason) <> ''),
  ADD CONSTRAINT support_sessions_approval_check CHECK (approval IN ('NOT_NEEDED', 'PENDING', 'GIVEN')),
  ADD CONSTRAINT support_sessions_time_check CHECK (expires_at <= created_at + interval '8 hours');

SELECT isolate_by_organization('support_sessions');
-- Who, why and how long stay as they were written: an organization can only agree and end.
REVOKE UPDATE, DELETE ON support_sessions FROM bulkhead_app;
GRANT UPDATE (approval, approved_by, ended_at, ended_by) ON support_sessions TO bulkhead_app;

-- The door looks for the sessions of one person before any organization is known.
SELECT isolate_by_product('support_sessions', 'bulkhead_identity');
CREATE POLICY identity_actor ON support_sessions AS RESTRICTIVE FOR ALL TO bulkhead_identity
  USING (user_id = (SELECT nullif(current_setting('app.actor_id', true), '')::uuid));
GRANT SELECT ON support_sessions TO bulkhead_identity;
ALTER POLICY identity_actor ON organizations
  USING (EXISTS (
    SELECT FROM memberships m
     WHERE m.organization_id = organizations.id
       AND m.user_id = (SELECT nullif(current_setting('app.actor_id', true), '')::uuid))
  OR EXISTS (
    SELECT FROM support_sessions s
     WHERE s.organization_id = organizations.id
       AND s.user_id = (SELECT nullif(current_setting('app.actor_id', true), '')::uuid)
       AND s.ended_at IS NULL AND s.expires_at > now() AND s.approval <> 'PENDING'));

-- Whether somebody of the platform may come in only after an owner agreed.
ALTER TABLE "organizations" ADD COLUMN "requires_support_approval" BOOLEAN NOT NULL DEFAULT false;
GRANT UPDATE (requires_support_approval) ON organizations TO bulkhead_app;
