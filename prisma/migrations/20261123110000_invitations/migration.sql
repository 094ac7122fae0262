-- Invitations, and the database's half of "an organization keeps an owner".
-- Runs as bulkhead_owner and as one implicit transaction: it is applied whole or not at all.

-- CreateTable
CREATE TABLE "invitations" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL DEFAULT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid,
    "product" VARCHAR(50) NOT NULL DEFAULT (NULLIF(current_setting('app.product'::text, true), ''::text))::character varying,
    "email" TEXT NOT NULL,
    "role" VARCHAR(20) NOT NULL,
    "token_hash" TEXT NOT NULL,
    "state" VARCHAR(20) NOT NULL DEFAULT 'PENDING',
    "invited_by_id" UUID,
    "accepted_by_id" UUID,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "invitations_pkey" PRIMARY KEY ("organization_id","id")
);

-- CreateIndex
CREATE UNIQUE INDEX "invitations_organization_id_token_hash_key" ON "invitations"("organization_id", "token_hash");

-- CreateIndex
CREATE INDEX "invitations_organization_id_created_at_idx" ON "invitations"("organization_id", "created_at" DESC, "id" DESC);

-- An address is invited once at a time. Prisma knows no partial indexes, and leaves them alone.
CREATE UNIQUE INDEX "invitations_one_pending_key" ON "invitations"("organization_id", "email") WHERE "state" = 'PENDING';

-- AddForeignKey
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_organization_id_product_fkey" FOREIGN KEY ("organization_id", "product") REFERENCES "organizations"("id", "product") ON DELETE RESTRICT ON UPDATE NO ACTION;

ALTER TABLE invitations
  ADD CONSTRAINT invitations_email_check CHECK (email = lower(email) AND email <> ''),
  ADD CONSTRAINT invitations_role_check CHECK (role IN ('OWNER', 'ADMIN', 'MEMBER')),
  ADD CONSTRAINT invitations_state_check CHECK (state IN ('PENDING', 'ACCEPTED', 'REVOKED', 'EXPIRED'));

SELECT isolate_by_organization('invitations');

-- ---------------------------------------------------------------------------------------------------------------
-- The last owner
-- ---------------------------------------------------------------------------------------------------------------

-- Whoever takes an owner away, by whatever statement, leaves another one or is refused (SQLSTATE OW001). The owner that
-- the organization names follows: if it was the one that went, the owner of longest standing takes its place.
CREATE FUNCTION keep_an_owner() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
  remaining uuid;
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.is_active AND NEW.role = 'OWNER'
     AND NEW.organization_id = OLD.organization_id AND NEW.user_id = OLD.user_id THEN
    RETURN NULL;
  END IF;
  -- The row's lock makes such changes wait for each other, and each statement below sees what was committed meanwhile.
  -- An update and not SELECT … FOR UPDATE: in a repeatable-read transaction it fails instead of counting what is old.
  UPDATE organizations SET updated_at = now() WHERE id = OLD.organization_id;
  IF NOT FOUND THEN
    RETURN NULL; -- The organization goes in the same statement (purge); a foreign key holds it otherwise.
  END IF;
  SELECT user_id INTO remaining FROM memberships
   WHERE organization_id = OLD.organization_id AND role = 'OWNER' AND is_active ORDER BY created_at, id LIMIT 1;
  IF remaining IS NULL THEN
    RAISE EXCEPTION 'an organization keeps an owner'
      USING ERRCODE = 'OW001', CONSTRAINT = 'memberships_keep_an_owner', TABLE = 'memberships';
  END IF;
  UPDATE organizations SET owner_id = remaining WHERE id = OLD.organization_id AND owner_id = OLD.user_id;
  RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION keep_an_owner() FROM PUBLIC;

-- After the statement, so that one that exchanges two owners passes.
CREATE CONSTRAINT TRIGGER memberships_keep_an_owner AFTER UPDATE OR DELETE ON memberships
  FOR EACH ROW WHEN (OLD.role = 'OWNER' AND OLD.is_active) EXECUTE FUNCTION keep_an_owner();

-- ---------------------------------------------------------------------------------------------------------------
-- The purge
-- ---------------------------------------------------------------------------------------------------------------

-- A purged organization takes its audit log along; what happened stays in security_events. The app role still cannot.
GRANT DELETE ON audit_logs TO bulkhead_system;
