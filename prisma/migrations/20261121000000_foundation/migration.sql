-- The foundation: users, organizations and what organizations own, with the database's half of the isolation.
-- Runs as bulkhead_owner and as one implicit transaction: it is applied whole or not at all.

-- ---------------------------------------------------------------------------------------------------------------
-- How a table becomes isolated: one call in the migration that creates it (and again after a column is added,
-- because the right to update is given column by column).
-- ---------------------------------------------------------------------------------------------------------------

-- The app role sees and writes only rows whose `organization_key` and product equal the transaction's settings.
-- RESTRICTIVE: a permissive policy that somebody adds later is AND-ed with it, not OR-ed.
-- `append_only`: rows can be added and read, and neither changed nor removed by any runtime role.
CREATE FUNCTION isolate_by_organization(
  target regclass, organization_key name DEFAULT 'organization_id', append_only boolean DEFAULT false)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
  writable text;
BEGIN
  PERFORM isolate_by_product(target, 'bulkhead_app');
  EXECUTE format('DROP POLICY IF EXISTS app_organization ON %s', target);
  EXECUTE format(
    'CREATE POLICY app_organization ON %1$s AS RESTRICTIVE FOR ALL TO bulkhead_app
       USING (%2$I = (SELECT nullif(current_setting(''app.organization_id'', true), '''')::uuid))
       WITH CHECK (%2$I = (SELECT nullif(current_setting(''app.organization_id'', true), '''')::uuid))',
    target, organization_key);
  SELECT string_agg(quote_ident(attname), ', ') INTO writable
    FROM pg_attribute
   WHERE attrelid = target AND attnum > 0 AND NOT attisdropped
     AND attname NOT IN ('id', 'product', 'organization_id', organization_key);
  EXECUTE format('REVOKE ALL ON %s FROM bulkhead_app, bulkhead_system', target);
  EXECUTE format('GRANT SELECT, INSERT ON %s TO bulkhead_app, bulkhead_system', target);
  IF NOT append_only THEN
    EXECUTE format('GRANT UPDATE (%s) ON %s TO bulkhead_app', writable, target);
    EXECUTE format('GRANT UPDATE, DELETE ON %s TO bulkhead_system', target);
  END IF;
END $$;

-- `reader` sees and writes only rows of the transaction's product. Gives no rights: those are granted per table.
CREATE FUNCTION isolate_by_product(target regclass, reader name)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
  prefix text := replace(reader, 'bulkhead_', '');
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  EXECUTE format('DROP POLICY IF EXISTS %I ON %s', prefix || '_access', target);
  EXECUTE format('DROP POLICY IF EXISTS %I ON %s', prefix || '_product', target);
  EXECUTE format('CREATE POLICY %I ON %s AS PERMISSIVE FOR ALL TO %I USING (true) WITH CHECK (true)',
    prefix || '_access', target, reader);
  EXECUTE format(
    'CREATE POLICY %I ON %s AS RESTRICTIVE FOR ALL TO %I
       USING (product = (SELECT nullif(current_setting(''app.product'', true), '''')))
       WITH CHECK (product = (SELECT nullif(current_setting(''app.product'', true), '''')))',
    prefix || '_product', target, reader);
END $$;

REVOKE ALL ON FUNCTION isolate_by_organization(regclass, name, boolean), isolate_by_product(regclass, name) FROM PUBLIC;

-- ---------------------------------------------------------------------------------------------------------------
-- Tables
-- ---------------------------------------------------------------------------------------------------------------

-- CreateTable
CREATE TABLE "users" (
    "id" UUID NOT NULL,
    "product" VARCHAR(50) NOT NULL DEFAULT 'bestays',
    "email" TEXT NOT NULL,
    "password_hash" TEXT,
    "first_name" TEXT NOT NULL,
    "last_name" TEXT NOT NULL,
    "platform_role" VARCHAR(20) NOT NULL DEFAULT 'USER',
    "clerk_user_id" TEXT,
    "home_organization_id" UUID,
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "deleted_at" TIMESTAMPTZ(3),
    "deleted_by" UUID,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "users_pkey" PRIMARY KEY ("product","id")
);

-- CreateTable
CREATE TABLE "sessions" (
    "id" UUID NOT NULL,
    "product" VARCHAR(50) NOT NULL DEFAULT 'bestays',
    "user_id" UUID NOT NULL,
    "refresh_token_hash" TEXT NOT NULL,
    "active_organization_id" UUID,
    "user_agent" TEXT,
    "ip_address" TEXT,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "end_reason" TEXT,
    "last_used_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("product","id")
);

-- CreateTable
CREATE TABLE "organizations" (
    "id" UUID NOT NULL,
    "product" VARCHAR(50) NOT NULL DEFAULT (NULLIF(current_setting('app.product'::text, true), ''::text))::character varying,
    "name" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "email" TEXT,
    "owner_id" UUID NOT NULL,
    "features" JSONB NOT NULL DEFAULT '{}',
    "subscription_state" VARCHAR(20) NOT NULL DEFAULT 'ACTIVE',
    "subscription_ends_at" TIMESTAMPTZ(3),
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "deleted_at" TIMESTAMPTZ(3),
    "deleted_by" UUID,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "organizations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "memberships" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL DEFAULT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid,
    "product" VARCHAR(50) NOT NULL DEFAULT (NULLIF(current_setting('app.product'::text, true), ''::text))::character varying,
    "user_id" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "role" VARCHAR(20) NOT NULL,
    "invited_by_id" UUID,
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "deleted_at" TIMESTAMPTZ(3),
    "deleted_by" UUID,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "memberships_pkey" PRIMARY KEY ("organization_id","id")
);

-- CreateTable
CREATE TABLE "businesses" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL DEFAULT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid,
    "product" VARCHAR(50) NOT NULL DEFAULT (NULLIF(current_setting('app.product'::text, true), ''::text))::character varying,
    "name" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "description" TEXT,
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "deleted_at" TIMESTAMPTZ(3),
    "deleted_by" UUID,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "businesses_pkey" PRIMARY KEY ("organization_id","id")
);

-- CreateTable
CREATE TABLE "integrations" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL DEFAULT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid,
    "product" VARCHAR(50) NOT NULL DEFAULT (NULLIF(current_setting('app.product'::text, true), ''::text))::character varying,
    "business_id" UUID NOT NULL,
    "type" VARCHAR(40) NOT NULL,
    "name" TEXT NOT NULL,
    "settings" JSONB NOT NULL DEFAULT '{}',
    "secrets_envelope" TEXT,
    "health_state" VARCHAR(20) NOT NULL DEFAULT 'UNKNOWN',
    "health_checked_at" TIMESTAMPTZ(3),
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "deleted_at" TIMESTAMPTZ(3),
    "deleted_by" UUID,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "integrations_pkey" PRIMARY KEY ("organization_id","id")
);

-- CreateTable
CREATE TABLE "facebook_pages" (
    "integration_id" UUID NOT NULL,
    "organization_id" UUID NOT NULL DEFAULT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid,
    "product" VARCHAR(50) NOT NULL DEFAULT (NULLIF(current_setting('app.product'::text, true), ''::text))::character varying,
    "page_id" TEXT NOT NULL,
    "page_name" TEXT NOT NULL,
    "page_category" TEXT,
    "page_url" TEXT,
    "access_token_envelope" TEXT,
    "page_access_token_envelope" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "facebook_pages_pkey" PRIMARY KEY ("organization_id","integration_id")
);

-- CreateTable
CREATE TABLE "clients" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL DEFAULT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid,
    "product" VARCHAR(50) NOT NULL DEFAULT (NULLIF(current_setting('app.product'::text, true), ''::text))::character varying,
    "name" TEXT NOT NULL,
    "website_url" TEXT,
    "business_objectives" TEXT,
    "target_audience" TEXT,
    "google_analytics_property_id" TEXT,
    "search_console_property_url" TEXT,
    "legacy_credentials_envelope" TEXT,
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "deleted_at" TIMESTAMPTZ(3),
    "deleted_by" UUID,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "clients_pkey" PRIMARY KEY ("organization_id","id")
);

-- CreateTable
CREATE TABLE "client_credentials" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL DEFAULT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid,
    "product" VARCHAR(50) NOT NULL DEFAULT (NULLIF(current_setting('app.product'::text, true), ''::text))::character varying,
    "client_id" UUID NOT NULL,
    "provider" VARCHAR(40) NOT NULL,
    "envelope" TEXT,
    "fingerprint" TEXT,
    "health_state" VARCHAR(20) NOT NULL DEFAULT 'UNKNOWN',
    "health_checked_at" TIMESTAMPTZ(3),
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "deleted_at" TIMESTAMPTZ(3),
    "deleted_by" UUID,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "client_credentials_pkey" PRIMARY KEY ("organization_id","id")
);

-- CreateTable
CREATE TABLE "seo_projects" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL DEFAULT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid,
    "product" VARCHAR(50) NOT NULL DEFAULT (NULLIF(current_setting('app.product'::text, true), ''::text))::character varying,
    "client_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT,
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "deleted_at" TIMESTAMPTZ(3),
    "deleted_by" UUID,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "seo_projects_pkey" PRIMARY KEY ("organization_id","id")
);

-- CreateTable
CREATE TABLE "keywords" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL DEFAULT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid,
    "product" VARCHAR(50) NOT NULL DEFAULT (NULLIF(current_setting('app.product'::text, true), ''::text))::character varying,
    "seo_project_id" UUID NOT NULL,
    "term" TEXT NOT NULL,
    "target_url" TEXT,
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "deleted_at" TIMESTAMPTZ(3),
    "deleted_by" UUID,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "keywords_pkey" PRIMARY KEY ("organization_id","id")
);

-- CreateTable
CREATE TABLE "audit_logs" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL DEFAULT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid,
    "product" VARCHAR(50) NOT NULL DEFAULT 'bestays',
    "actor_type" VARCHAR(20) NOT NULL,
    "actor_id" TEXT,
    "role" VARCHAR(20),
    "entry_point" VARCHAR(20) NOT NULL,
    "request_id" TEXT NOT NULL,
    "action" VARCHAR(60) NOT NULL,
    "entity" VARCHAR(60) NOT NULL,
    "entity_id" TEXT,
    "client_id" UUID,
    "outcome" VARCHAR(20) NOT NULL,
    "reason" TEXT,
    "fields" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "occurred_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "audit_logs_pkey" PRIMARY KEY ("organization_id","id")
);

-- CreateTable
CREATE TABLE "security_events" (
    "id" UUID NOT NULL,
    "product" VARCHAR(50) NOT NULL DEFAULT 'bestays',
    "organization_id" UUID,
    "actor_type" VARCHAR(20) NOT NULL,
    "actor_id" TEXT,
    "entry_point" VARCHAR(20) NOT NULL,
    "request_id" TEXT NOT NULL,
    "action" VARCHAR(60) NOT NULL,
    "outcome" VARCHAR(20) NOT NULL,
    "reason" TEXT,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "security_events_pkey" PRIMARY KEY ("product","id")
);

-- CreateIndex
CREATE INDEX "users_product_role_idx" ON "users"("product", "platform_role");

-- CreateIndex
CREATE INDEX "users_home_organization_id_idx" ON "users"("home_organization_id");

-- CreateIndex
CREATE UNIQUE INDEX "users_product_email_key" ON "users"("product", "email");

-- CreateIndex
CREATE UNIQUE INDEX "users_product_clerk_user_id_key" ON "users"("product", "clerk_user_id");

-- CreateIndex
CREATE INDEX "sessions_product_user_id_idx" ON "sessions"("product", "user_id");

-- CreateIndex
CREATE INDEX "organizations_owner_id_idx" ON "organizations"("owner_id");

-- CreateIndex
CREATE INDEX "organizations_slug_idx" ON "organizations"("slug");

-- CreateIndex
CREATE INDEX "organizations_owner_id_is_active_idx" ON "organizations"("owner_id", "is_active");

-- CreateIndex
CREATE UNIQUE INDEX "organizations_id_product_key" ON "organizations"("id", "product");

-- CreateIndex
CREATE UNIQUE INDEX "organizations_product_slug_key" ON "organizations"("product", "slug");

-- CreateIndex
CREATE INDEX "memberships_organization_id_is_active_idx" ON "memberships"("organization_id", "is_active", "product");

-- CreateIndex
CREATE INDEX "memberships_product_user_id_idx" ON "memberships"("product", "user_id");

-- CreateIndex
CREATE UNIQUE INDEX "memberships_organization_id_user_id_key" ON "memberships"("organization_id", "user_id");

-- CreateIndex
CREATE UNIQUE INDEX "memberships_organization_id_email_key" ON "memberships"("organization_id", "email");

-- CreateIndex
CREATE INDEX "businesses_organization_id_is_active_idx" ON "businesses"("organization_id", "is_active", "product");

-- CreateIndex
CREATE INDEX "businesses_organization_id_created_at_idx" ON "businesses"("organization_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "businesses_organization_id_slug_key" ON "businesses"("organization_id", "slug");

-- CreateIndex
CREATE INDEX "integrations_organization_id_business_id_idx" ON "integrations"("organization_id", "business_id");

-- CreateIndex
CREATE INDEX "integrations_organization_id_type_idx" ON "integrations"("organization_id", "type");

-- CreateIndex
CREATE INDEX "integrations_organization_id_business_id_type_idx" ON "integrations"("organization_id", "business_id", "type");

-- CreateIndex
CREATE INDEX "integrations_organization_id_created_at_idx" ON "integrations"("organization_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "clients_organization_id_is_active_idx" ON "clients"("organization_id", "is_active", "product");

-- CreateIndex
CREATE INDEX "clients_organization_id_created_at_idx" ON "clients"("organization_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "client_credentials_organization_id_client_id_provider_key" ON "client_credentials"("organization_id", "client_id", "provider");

-- CreateIndex
CREATE INDEX "seo_projects_organization_id_client_id_is_active_idx" ON "seo_projects"("organization_id", "client_id", "is_active");

-- CreateIndex
CREATE UNIQUE INDEX "keywords_organization_id_seo_project_id_term_key" ON "keywords"("organization_id", "seo_project_id", "term");

-- CreateIndex
CREATE INDEX "audit_logs_organization_id_occurred_at_idx" ON "audit_logs"("organization_id", "occurred_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "audit_logs_organization_id_client_id_idx" ON "audit_logs"("organization_id", "client_id", "occurred_at" DESC);

-- CreateIndex
CREATE INDEX "audit_logs_product_entity_idx" ON "audit_logs"("product", "entity");

-- CreateIndex
CREATE INDEX "security_events_product_occurred_at_idx" ON "security_events"("product", "occurred_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "security_events_product_action_idx" ON "security_events"("product", "action");

-- AddForeignKey
ALTER TABLE "users" ADD CONSTRAINT "users_home_organization_id_product_fkey" FOREIGN KEY ("home_organization_id", "product") REFERENCES "organizations"("id", "product") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_product_user_id_fkey" FOREIGN KEY ("product", "user_id") REFERENCES "users"("product", "id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "organizations" ADD CONSTRAINT "organizations_product_owner_id_fkey" FOREIGN KEY ("product", "owner_id") REFERENCES "users"("product", "id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_organization_id_product_fkey" FOREIGN KEY ("organization_id", "product") REFERENCES "organizations"("id", "product") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_product_user_id_fkey" FOREIGN KEY ("product", "user_id") REFERENCES "users"("product", "id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "businesses" ADD CONSTRAINT "businesses_organization_id_product_fkey" FOREIGN KEY ("organization_id", "product") REFERENCES "organizations"("id", "product") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "integrations" ADD CONSTRAINT "integrations_organization_id_product_fkey" FOREIGN KEY ("organization_id", "product") REFERENCES "organizations"("id", "product") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "integrations" ADD CONSTRAINT "integrations_organization_id_business_id_fkey" FOREIGN KEY ("organization_id", "business_id") REFERENCES "businesses"("organization_id", "id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "facebook_pages" ADD CONSTRAINT "facebook_pages_organization_id_product_fkey" FOREIGN KEY ("organization_id", "product") REFERENCES "organizations"("id", "product") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "facebook_pages" ADD CONSTRAINT "facebook_pages_organization_id_integration_id_fkey" FOREIGN KEY ("organization_id", "integration_id") REFERENCES "integrations"("organization_id", "id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "clients" ADD CONSTRAINT "clients_organization_id_product_fkey" FOREIGN KEY ("organization_id", "product") REFERENCES "organizations"("id", "product") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "client_credentials" ADD CONSTRAINT "client_credentials_organization_id_product_fkey" FOREIGN KEY ("organization_id", "product") REFERENCES "organizations"("id", "product") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "client_credentials" ADD CONSTRAINT "client_credentials_organization_id_client_id_fkey" FOREIGN KEY ("organization_id", "client_id") REFERENCES "clients"("organization_id", "id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "seo_projects" ADD CONSTRAINT "seo_projects_organization_id_product_fkey" FOREIGN KEY ("organization_id", "product") REFERENCES "organizations"("id", "product") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "seo_projects" ADD CONSTRAINT "seo_projects_organization_id_client_id_fkey" FOREIGN KEY ("organization_id", "client_id") REFERENCES "clients"("organization_id", "id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "keywords" ADD CONSTRAINT "keywords_organization_id_product_fkey" FOREIGN KEY ("organization_id", "product") REFERENCES "organizations"("id", "product") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "keywords" ADD CONSTRAINT "keywords_organization_id_seo_project_id_fkey" FOREIGN KEY ("organization_id", "seo_project_id") REFERENCES "seo_projects"("organization_id", "id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "audit_logs" ADD CONSTRAINT "audit_logs_organization_id_product_fkey" FOREIGN KEY ("organization_id", "product") REFERENCES "organizations"("id", "product") ON DELETE RESTRICT ON UPDATE NO ACTION;


-- ---------------------------------------------------------------------------------------------------------------
-- Values
-- ---------------------------------------------------------------------------------------------------------------

ALTER TABLE users
  ADD CONSTRAINT users_product_check CHECK (product <> ''),
  ADD CONSTRAINT users_email_check CHECK (email = lower(email) AND email <> ''),
  ADD CONSTRAINT users_platform_role_check CHECK (platform_role IN ('USER', 'SUPERUSER', 'SYSTEM'));
ALTER TABLE organizations
  ADD CONSTRAINT organizations_slug_check CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  ADD CONSTRAINT organizations_features_check CHECK (jsonb_typeof(features) = 'object'),
  ADD CONSTRAINT organizations_subscription_state_check CHECK (subscription_state IN ('TRIAL', 'ACTIVE', 'PAST_DUE', 'CANCELED'));
ALTER TABLE memberships
  ADD CONSTRAINT memberships_email_check CHECK (email = lower(email) AND email <> ''),
  ADD CONSTRAINT memberships_role_check CHECK (role IN ('OWNER', 'ADMIN', 'MEMBER'));
ALTER TABLE businesses
  ADD CONSTRAINT businesses_slug_check CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$');
ALTER TABLE integrations
  ADD CONSTRAINT integrations_type_check CHECK (type IN ('FACEBOOK_PAGE')),
  ADD CONSTRAINT integrations_settings_check CHECK (jsonb_typeof(settings) = 'object'),
  ADD CONSTRAINT integrations_health_state_check CHECK (health_state IN ('HEALTHY', 'EXPIRING', 'FAILING', 'REVOKED', 'UNKNOWN'));
ALTER TABLE client_credentials
  ADD CONSTRAINT client_credentials_provider_check CHECK (provider IN ('GOOGLE_ANALYTICS', 'SEARCH_CONSOLE')),
  ADD CONSTRAINT client_credentials_health_state_check CHECK (health_state IN ('HEALTHY', 'EXPIRING', 'FAILING', 'REVOKED', 'UNKNOWN'));

-- One system user per product. Without a password nobody can log in as it.
INSERT INTO users (id, product, email, first_name, last_name, platform_role, clerk_user_id) VALUES
  ('00000000-0000-7000-8000-000000000001', 'bestays', 'system@bestays.app', 'System', 'bestays', 'SYSTEM', 'system_bestays'),
  ('00000000-0000-7000-8000-000000000002', 'realestate', 'system@realestate.dev', 'System', 'realestate', 'SYSTEM', 'system_realestate');

-- ---------------------------------------------------------------------------------------------------------------
-- Isolation
-- ---------------------------------------------------------------------------------------------------------------

SELECT isolate_by_organization('organizations', 'id');
SELECT isolate_by_organization('memberships');
SELECT isolate_by_organization('businesses');
SELECT isolate_by_organization('integrations');
SELECT isolate_by_organization('facebook_pages');
SELECT isolate_by_organization('clients');
SELECT isolate_by_organization('client_credentials');
SELECT isolate_by_organization('seo_projects');
SELECT isolate_by_organization('keywords');
SELECT isolate_by_organization('audit_logs', append_only => true);

-- An organization sees of the product's users only its own members, and of them no password.
SELECT isolate_by_product('users', 'bulkhead_app');
CREATE POLICY app_members ON users AS RESTRICTIVE FOR ALL TO bulkhead_app
  USING (EXISTS (
    SELECT FROM memberships m
     WHERE m.organization_id = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid)
       AND m.product = users.product AND m.user_id = users.id));
GRANT SELECT (id, product, email, first_name, last_name, is_active, created_at, updated_at) ON users TO bulkhead_app;

-- Log-in happens before any organization is known: the identity role crosses organizations, but only for one person
-- at a time. Memberships and organizations are visible to it as far as they belong to the transaction's actor.
SELECT isolate_by_product('users', 'bulkhead_identity');
SELECT isolate_by_product('sessions', 'bulkhead_identity');
SELECT isolate_by_product('security_events', 'bulkhead_identity');
SELECT isolate_by_product('memberships', 'bulkhead_identity');
SELECT isolate_by_product('organizations', 'bulkhead_identity');
CREATE POLICY identity_actor ON memberships AS RESTRICTIVE FOR ALL TO bulkhead_identity
  USING (user_id = (SELECT nullif(current_setting('app.actor_id', true), '')::uuid));
CREATE POLICY identity_actor ON organizations AS RESTRICTIVE FOR ALL TO bulkhead_identity
  USING (EXISTS (
    SELECT FROM memberships m
     WHERE m.organization_id = organizations.id
       AND m.user_id = (SELECT nullif(current_setting('app.actor_id', true), '')::uuid)));
GRANT SELECT, INSERT ON users TO bulkhead_identity;
GRANT UPDATE (password_hash, first_name, last_name, home_organization_id, is_active, deleted_at, deleted_by, version, updated_at)
  ON users TO bulkhead_identity;
GRANT SELECT, INSERT ON sessions TO bulkhead_identity;
GRANT UPDATE (refresh_token_hash, active_organization_id, expires_at, ended_at, end_reason, last_used_at)
  ON sessions TO bulkhead_identity;
GRANT INSERT ON security_events TO bulkhead_identity;
GRANT SELECT (id, organization_id, product, user_id, email, role, is_active) ON memberships TO bulkhead_identity;
GRANT SELECT (id, product, name, slug, email, owner_id, features, subscription_state, subscription_ends_at, is_active, version, created_at, updated_at)
  ON organizations TO bulkhead_identity;

-- The system role crosses organizations on purpose (BYPASSRLS); it is reached only through a recorded reason.
GRANT SELECT, INSERT, UPDATE, DELETE ON users, sessions TO bulkhead_system;
GRANT SELECT, INSERT ON security_events TO bulkhead_system;
