-- Research, and crews that work through tasks with tools.

-- Whom a client competes with: research reads there. isolate_by_organization is not called again, because it would give
-- the right to set data_version.
ALTER TABLE "clients" ADD COLUMN "competitors" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[];
GRANT UPDATE (competitors) ON clients TO bulkhead_app;

-- A report has the id of the job that writes it, in a column of its own too: no id can be changed, and this is a reference.
-- What stands in it is there when the job is done.
CREATE TABLE "research_reports" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL DEFAULT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid,
    "product" VARCHAR(50) NOT NULL DEFAULT (NULLIF(current_setting('app.product'::text, true), ''::text))::character varying,
    "job_id" UUID NOT NULL,
    "client_id" UUID NOT NULL,
    "question" TEXT,
    "asked_sources" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[],
    "title" TEXT,
    "body" TEXT,
    "method" VARCHAR(20),
    "sources" JSONB NOT NULL DEFAULT '[]',
    "findings" JSONB NOT NULL DEFAULT '[]',
    "completed_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "research_reports_pkey" PRIMARY KEY ("organization_id","id")
);

CREATE TABLE "crews" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL DEFAULT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid,
    "product" VARCHAR(50) NOT NULL DEFAULT (NULLIF(current_setting('app.product'::text, true), ''::text))::character varying,
    "name" TEXT NOT NULL,
    "description" TEXT,
    "tasks" JSONB NOT NULL,
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "deleted_at" TIMESTAMPTZ(3),
    "deleted_by" UUID,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "crews_pkey" PRIMARY KEY ("organization_id","id")
);

-- An execution has the id of its job too.
CREATE TABLE "crew_executions" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL DEFAULT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid,
    "product" VARCHAR(50) NOT NULL DEFAULT (NULLIF(current_setting('app.product'::text, true), ''::text))::character varying,
    "job_id" UUID NOT NULL,
    "crew_id" UUID NOT NULL,
    "client_id" UUID,
    "name" TEXT NOT NULL,
    "inputs" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "crew_executions_pkey" PRIMARY KEY ("organization_id","id")
);

-- The plan as it was when the execution was asked for, and what became of each task. State is the machine's, lane is where
-- people see it.
CREATE TABLE "crew_tasks" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL DEFAULT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid,
    "product" VARCHAR(50) NOT NULL DEFAULT (NULLIF(current_setting('app.product'::text, true), ''::text))::character varying,
    "execution_id" UUID NOT NULL,
    "key" VARCHAR(60) NOT NULL,
    "position" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "agent" TEXT NOT NULL,
    "instructions" TEXT NOT NULL,
    "tool" VARCHAR(60),
    "inputs" JSONB NOT NULL DEFAULT '{}',
    "depends_on" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[],
    "state" VARCHAR(20) NOT NULL DEFAULT 'PENDING',
    "lane" VARCHAR(20) NOT NULL DEFAULT 'TODO',
    "assignee_id" UUID,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "output" JSONB,
    "failure_code" VARCHAR(60),
    "failure_message" TEXT,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "crew_tasks_pkey" PRIMARY KEY ("organization_id","id")
);

CREATE TABLE "crew_task_comments" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL DEFAULT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid,
    "product" VARCHAR(50) NOT NULL DEFAULT (NULLIF(current_setting('app.product'::text, true), ''::text))::character varying,
    "task_id" UUID NOT NULL,
    "author_type" VARCHAR(20) NOT NULL,
    "author_id" UUID NOT NULL,
    "text" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "crew_task_comments_pkey" PRIMARY KEY ("organization_id","id")
);

CREATE INDEX "research_reports_organization_id_created_at_idx" ON "research_reports"("organization_id", "created_at" DESC, "id" DESC);
CREATE INDEX "research_reports_organization_id_client_id_created_at_idx" ON "research_reports"("organization_id", "client_id", "created_at" DESC, "id" DESC);
CREATE INDEX "crews_organization_id_created_at_idx" ON "crews"("organization_id", "created_at" DESC, "id" DESC);
CREATE INDEX "crew_executions_organization_id_created_at_idx" ON "crew_executions"("organization_id", "created_at" DESC, "id" DESC);
CREATE INDEX "crew_executions_organization_id_crew_id_created_at_idx" ON "crew_executions"("organization_id", "crew_id", "created_at" DESC, "id" DESC);
CREATE UNIQUE INDEX "crew_tasks_organization_id_execution_id_key_key" ON "crew_tasks"("organization_id", "execution_id", "key");
CREATE INDEX "crew_tasks_organization_id_updated_at_idx" ON "crew_tasks"("organization_id", "updated_at" DESC);
CREATE INDEX "crew_task_comments_organization_id_task_id_created_at_idx" ON "crew_task_comments"("organization_id", "task_id", "created_at" DESC, "id" DESC);

ALTER TABLE "research_reports" ADD CONSTRAINT "research_reports_organization_id_product_fkey" FOREIGN KEY ("organization_id", "product") REFERENCES "organizations"("id", "product") ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE "research_reports" ADD CONSTRAINT "research_reports_organization_id_job_id_fkey" FOREIGN KEY ("organization_id", "job_id") REFERENCES "jobs"("organization_id", "id") ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE "research_reports" ADD CONSTRAINT "research_reports_organization_id_client_id_fkey" FOREIGN KEY ("organization_id", "client_id") REFERENCES "clients"("organization_id", "id") ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE "crews" ADD CONSTRAINT "crews_organization_id_product_fkey" FOREIGN KEY ("organization_id", "product") REFERENCES "organizations"("id", "product") ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE "crew_executions" ADD CONSTRAINT "crew_executions_organization_id_product_fkey" FOREIGN KEY ("organization_id", "product") REFERENCES "organizations"("id", "product") ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE "crew_executions" ADD CONSTRAINT "crew_executions_organization_id_job_id_fkey" FOREIGN KEY ("organization_id", "job_id") REFERENCES "jobs"("organization_id", "id") ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE "crew_executions" ADD CONSTRAINT "crew_executions_organization_id_crew_id_fkey" FOREIGN KEY ("organization_id", "crew_id") REFERENCES "crews"("organization_id", "id") ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE "crew_executions" ADD CONSTRAINT "crew_executions_organization_id_client_id_fkey" FOREIGN KEY ("organization_id", "client_id") REFERENCES "clients"("organization_id", "id") ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE "crew_tasks" ADD CONSTRAINT "crew_tasks_organization_id_product_fkey" FOREIGN KEY ("organization_id", "product") REFERENCES "organizations"("id", "product") ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE "crew_tasks" ADD CONSTRAINT "crew_tasks_organization_id_execution_id_fkey" FOREIGN KEY ("organization_id", "execution_id") REFERENCES "crew_executions"("organization_id", "id") ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE "crew_tasks" ADD CONSTRAINT "crew_tasks_organization_id_assignee_id_fkey" FOREIGN KEY ("organization_id", "assignee_id") REFERENCES "memberships"("organization_id", "user_id") ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE "crew_task_comments" ADD CONSTRAINT "crew_task_comments_organization_id_product_fkey" FOREIGN KEY ("organization_id", "product") REFERENCES "organizations"("id", "product") ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE "crew_task_comments" ADD CONSTRAINT "crew_task_comments_organization_id_task_id_fkey" FOREIGN KEY ("organization_id", "task_id") REFERENCES "crew_tasks"("organization_id", "id") ON DELETE RESTRICT ON UPDATE NO ACTION;

ALTER TABLE "research_reports"
  ADD CONSTRAINT research_reports_method_check CHECK (method IN ('EXTRACTIVE', 'LLM'));
ALTER TABLE "crew_tasks"
  ADD CONSTRAINT crew_tasks_state_check CHECK (state IN ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'SKIPPED')),
  ADD CONSTRAINT crew_tasks_lane_check CHECK (lane IN ('TODO', 'IN_PROGRESS', 'REVIEW', 'DONE', 'BLOCKED'));
ALTER TABLE "crew_task_comments"
  ADD CONSTRAINT crew_task_comments_author_type_check CHECK (author_type IN ('user', 'apiKey', 'system'));

SELECT isolate_by_organization('research_reports');
SELECT isolate_by_organization('crews');
SELECT isolate_by_organization('crew_executions');
SELECT isolate_by_organization('crew_tasks');
SELECT isolate_by_organization('crew_task_comments');
