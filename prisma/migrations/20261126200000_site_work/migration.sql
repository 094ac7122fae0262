-- What jobs found on the sites of clients. A result has the id of the job that made it, so that a job has one at most.

CREATE TABLE "seo_audits" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL DEFAULT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid,
    "product" VARCHAR(50) NOT NULL DEFAULT (NULLIF(current_setting('app.product'::text, true), ''::text))::character varying,
    "client_id" UUID NOT NULL,
    "website_url" TEXT NOT NULL,
    "score" INTEGER NOT NULL,
    "pages" INTEGER NOT NULL,
    "errors" INTEGER NOT NULL,
    "warnings" INTEGER NOT NULL,
    "notices" INTEGER NOT NULL,
    "detail" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "seo_audits_pkey" PRIMARY KEY ("organization_id","id")
);

CREATE TABLE "seo_audit_issues" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL DEFAULT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid,
    "product" VARCHAR(50) NOT NULL DEFAULT (NULLIF(current_setting('app.product'::text, true), ''::text))::character varying,
    "seo_audit_id" UUID NOT NULL,
    "rule" VARCHAR(60) NOT NULL,
    "severity" VARCHAR(20) NOT NULL,
    "url" TEXT NOT NULL,
    "detail" TEXT NOT NULL,
    "is_new" BOOLEAN NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "seo_audit_issues_pkey" PRIMARY KEY ("organization_id","id")
);

CREATE TABLE "meta_tag_snapshots" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL DEFAULT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid,
    "product" VARCHAR(50) NOT NULL DEFAULT (NULLIF(current_setting('app.product'::text, true), ''::text))::character varying,
    "client_id" UUID NOT NULL,
    "website_url" TEXT NOT NULL,
    "pages" INTEGER NOT NULL,
    "added" INTEGER NOT NULL,
    "removed" INTEGER NOT NULL,
    "changed" INTEGER NOT NULL,
    "detail" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "meta_tag_snapshots_pkey" PRIMARY KEY ("organization_id","id")
);

CREATE TABLE "optimizations" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL DEFAULT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid,
    "product" VARCHAR(50) NOT NULL DEFAULT (NULLIF(current_setting('app.product'::text, true), ''::text))::character varying,
    "client_id" UUID NOT NULL,
    "website_url" TEXT NOT NULL,
    "url" TEXT,
    "keyword" TEXT,
    "score" INTEGER NOT NULL,
    "pages" INTEGER NOT NULL,
    "suggestions" INTEGER NOT NULL,
    "detail" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "optimizations_pkey" PRIMARY KEY ("organization_id","id")
);

CREATE INDEX "seo_audits_organization_id_created_at_idx" ON "seo_audits"("organization_id", "created_at" DESC, "id" DESC);
CREATE INDEX "seo_audits_organization_id_client_id_created_at_idx" ON "seo_audits"("organization_id", "client_id", "created_at" DESC, "id" DESC);
CREATE INDEX "meta_tag_snapshots_organization_id_created_at_idx" ON "meta_tag_snapshots"("organization_id", "created_at" DESC, "id" DESC);
CREATE INDEX "meta_tag_snapshots_organization_id_client_id_created_at_idx" ON "meta_tag_snapshots"("organization_id", "client_id", "created_at" DESC, "id" DESC);
CREATE INDEX "optimizations_organization_id_created_at_idx" ON "optimizations"("organization_id", "created_at" DESC, "id" DESC);
CREATE INDEX "optimizations_organization_id_client_id_created_at_idx" ON "optimizations"("organization_id", "client_id", "created_at" DESC, "id" DESC);
CREATE INDEX "seo_audit_issues_organization_id_audit_created_at_idx" ON "seo_audit_issues"("organization_id", "seo_audit_id", "created_at", "id");

ALTER TABLE "seo_audits" ADD CONSTRAINT "seo_audits_organization_id_product_fkey" FOREIGN KEY ("organization_id", "product") REFERENCES "organizations"("id", "product") ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE "seo_audit_issues" ADD CONSTRAINT "seo_audit_issues_organization_id_product_fkey" FOREIGN KEY ("organization_id", "product") REFERENCES "organizations"("id", "product") ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE "meta_tag_snapshots" ADD CONSTRAINT "meta_tag_snapshots_organization_id_product_fkey" FOREIGN KEY ("organization_id", "product") REFERENCES "organizations"("id", "product") ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE "optimizations" ADD CONSTRAINT "optimizations_organization_id_product_fkey" FOREIGN KEY ("organization_id", "product") REFERENCES "organizations"("id", "product") ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE "seo_audits" ADD CONSTRAINT "seo_audits_organization_id_client_id_fkey" FOREIGN KEY ("organization_id", "client_id") REFERENCES "clients"("organization_id", "id") ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE "meta_tag_snapshots" ADD CONSTRAINT "meta_tag_snapshots_organization_id_client_id_fkey" FOREIGN KEY ("organization_id", "client_id") REFERENCES "clients"("organization_id", "id") ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE "optimizations" ADD CONSTRAINT "optimizations_organization_id_client_id_fkey" FOREIGN KEY ("organization_id", "client_id") REFERENCES "clients"("organization_id", "id") ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE "seo_audit_issues" ADD CONSTRAINT "seo_audit_issues_organization_id_seo_audit_id_fkey" FOREIGN KEY ("organization_id", "seo_audit_id") REFERENCES "seo_audits"("organization_id", "id") ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE "seo_audit_issues" ADD CONSTRAINT seo_audit_issues_severity_check CHECK (severity IN ('ERROR', 'WARNING', 'NOTICE'));

SELECT isolate_by_organization('seo_audits');
SELECT isolate_by_organization('seo_audit_issues');
SELECT isolate_by_organization('meta_tag_snapshots');
SELECT isolate_by_organization('optimizations');
