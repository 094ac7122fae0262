-- The audit log becomes a chain per organization: each record holds the hash of the one before.
-- docs/decisions/2026-11-26-audit-chain.md

CREATE TABLE "audit_heads" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL DEFAULT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid,
    "product" VARCHAR(50) NOT NULL DEFAULT (NULLIF(current_setting('app.product'::text, true), ''::text))::character varying,
    "sequence" BIGINT NOT NULL,
    "hash" VARCHAR(64) NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "checkpoint_sequence" BIGINT NOT NULL,
    "checkpoint_at" TIMESTAMPTZ(3) NOT NULL,
    "seal" TEXT,

    CONSTRAINT "audit_heads_pkey" PRIMARY KEY ("organization_id","id")
);

CREATE TABLE "audit_checkpoints" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL DEFAULT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid,
    "product" VARCHAR(50) NOT NULL DEFAULT (NULLIF(current_setting('app.product'::text, true), ''::text))::character varying,
    "sequence" BIGINT NOT NULL,
    "hash" VARCHAR(64) NOT NULL,
    "previous_sequence" BIGINT NOT NULL,
    "key_id" VARCHAR(20) NOT NULL,
    "signature" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "audit_checkpoints_pkey" PRIMARY KEY ("organization_id","id")
);

CREATE UNIQUE INDEX "audit_checkpoints_organization_id_sequence_key" ON "audit_checkpoints"("organization_id", "sequence");

ALTER TABLE "audit_heads" ADD CONSTRAINT "audit_heads_organization_id_product_fkey" FOREIGN KEY ("organization_id", "product") REFERENCES "organizations"("id", "product") ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE "audit_checkpoints" ADD CONSTRAINT "audit_checkpoints_organization_id_product_fkey" FOREIGN KEY ("organization_id", "product") REFERENCES "organizations"("id", "product") ON DELETE RESTRICT ON UPDATE NO ACTION;

ALTER TABLE "audit_logs"
    ADD COLUMN "repeats" INTEGER NOT NULL DEFAULT 1,
    ADD COLUMN "form" SMALLINT,
    ADD COLUMN "sequence" BIGINT,
    ADD COLUMN "previous_hash" VARCHAR(64),
    ADD COLUMN "hash" VARCHAR(64);

-- ---------------------------------------------------------------------------------------------------------------
-- What was recorded before is taken over as form 0, in the order of its time. The application seals its end with the
-- next record; that nobody edited it earlier, nothing can prove.
-- ---------------------------------------------------------------------------------------------------------------

CREATE FUNCTION audit_cell(value text) RETURNS text LANGUAGE sql IMMUTABLE AS
  $$ SELECT coalesce(octet_length(convert_to(value, 'UTF8')) || ':' || value, '-') $$;

ALTER TABLE audit_logs NO FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_heads NO FORCE ROW LEVEL SECURITY;

DO $$
DECLARE
  entry record;
  chained_organization uuid;
  place bigint;
  former text;
  content text;
BEGIN
  FOR entry IN SELECT * FROM audit_logs ORDER BY organization_id, occurred_at, id LOOP
    IF entry.organization_id IS DISTINCT FROM chained_organization THEN
      chained_organization := entry.organization_id;
      place := 0;
      former := repeat('0', 64);
    END IF;
    place := place + 1;
    -- The canonical form of src/features/audit/audit-chain.ts.
    content := concat(
      audit_cell('0'), audit_cell(former), audit_cell(place::text), audit_cell(entry.id::text),
      audit_cell(entry.organization_id::text), audit_cell(entry.product),
      audit_cell(to_char(entry.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')),
      audit_cell(entry.actor_type), audit_cell(entry.actor_id), audit_cell(entry.role), audit_cell(entry.entry_point),
      audit_cell(entry.request_id), audit_cell(entry.action), audit_cell(entry.entity), audit_cell(entry.entity_id),
      audit_cell(entry.client_id::text), audit_cell(entry.outcome), audit_cell(entry.reason), audit_cell('1'),
      audit_cell(cardinality(entry.fields)::text),
      (SELECT string_agg(audit_cell(field), '' ORDER BY n) FROM unnest(entry.fields) WITH ORDINALITY AS f (field, n)));
    UPDATE audit_logs
       SET form = 0, sequence = place, previous_hash = former, hash = encode(sha256(convert_to(content, 'UTF8')), 'hex')
     WHERE organization_id = entry.organization_id AND id = entry.id RETURNING hash INTO former;
    INSERT INTO audit_heads (id, organization_id, product, sequence, hash, occurred_at, checkpoint_sequence, checkpoint_at)
    VALUES (entry.organization_id, entry.organization_id, entry.product, place, former, entry.occurred_at, 0, 'epoch')
    ON CONFLICT (organization_id, id)
      DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash, occurred_at = excluded.occurred_at;
  END LOOP;
END $$;

ALTER TABLE audit_heads FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_logs FORCE ROW LEVEL SECURITY;
DROP FUNCTION audit_cell(text);

ALTER TABLE "audit_logs"
    ALTER COLUMN "form" SET NOT NULL,
    ALTER COLUMN "sequence" SET NOT NULL,
    ALTER COLUMN "previous_hash" SET NOT NULL,
    ALTER COLUMN "hash" SET NOT NULL;

CREATE UNIQUE INDEX "audit_logs_organization_id_sequence_key" ON "audit_logs"("organization_id", "sequence");

-- ---------------------------------------------------------------------------------------------------------------
-- Rights
-- ---------------------------------------------------------------------------------------------------------------

SELECT isolate_by_organization('audit_logs', append_only => true);
SELECT isolate_by_organization('audit_checkpoints', append_only => true);
SELECT isolate_by_organization('audit_heads');
-- The purge takes them along, and retention removes records that a checkpoint covers.
GRANT DELETE ON audit_logs, audit_checkpoints TO bulkhead_system;

-- ---------------------------------------------------------------------------------------------------------------
-- Writing
-- ---------------------------------------------------------------------------------------------------------------

-- Appends records to the chains of several organizations, each inside its own walls: runs with the rights of its caller.
-- A part is written if the chain still ends where the caller thought; else the answer says where it ends. Whoever does
-- not wait for a chain that somebody else extends now (`waits` false) passes it over, so that batches cannot deadlock.
-- Hashes, seals and signatures come from the application: the database has no key.
CREATE FUNCTION append_audit_records(parts json, waits boolean) RETURNS json
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
  caller text := current_setting('app.organization_id', true);
  part json;
  owner uuid;
  head audit_heads%ROWTYPE;
  is_written boolean;
  answers json[] := '{}';
BEGIN
  FOR part IN SELECT json_array_elements(parts) LOOP
    owner := part ->> 'organizationId';
    PERFORM set_config('app.organization_id', part ->> 'organizationId', true);
    IF waits THEN
      SELECT * INTO head FROM audit_heads WHERE organization_id = owner AND id = owner FOR UPDATE;
    ELSE
      SELECT * INTO head FROM audit_heads WHERE organization_id = owner AND id = owner FOR UPDATE SKIP LOCKED;
    END IF;
    IF NOT FOUND THEN
      INSERT INTO audit_heads (id, organization_id, product, sequence, hash, occurred_at, checkpoint_sequence, checkpoint_at)
      SELECT owner, owner, part ->> 'product', 0, repeat('0', 64), 'epoch', 0, 'epoch'
       WHERE NOT EXISTS (SELECT FROM audit_heads WHERE organization_id = owner AND id = owner)
      ON CONFLICT (organization_id, id) DO NOTHING
      RETURNING * INTO head;
    END IF;
    is_written := head.sequence = (part ->> 'expectedSequence')::bigint AND head.hash = part ->> 'expectedHash'
      AND head.seal IS NOT DISTINCT FROM part ->> 'expectedSeal';
    IF is_written THEN
      INSERT INTO audit_logs (id, organization_id, product, actor_type, actor_id, role, entry_point, request_id, action,
                              entity, entity_id, client_id, outcome, reason, fields, occurred_at, repeats, form, sequence,
                              previous_hash, hash)
      SELECT id, owner, part ->> 'product', "actorType", "actorId", role, "entryPoint", "requestId", action,
             entity, "entityId", "clientId", outcome, reason, fields, "occurredAt", repeats, form, sequence,
             "previousHash", hash
        FROM json_to_recordset(part -> 'records') AS r (
          id uuid, "actorType" text, "actorId" text, role text, "entryPoint" text, "requestId" text, action text,
          entity text, "entityId" text, "clientId" uuid, outcome text, reason text, fields text[],
          "occurredAt" timestamptz, repeats int, form smallint, sequence bigint, "previousHash" text, hash text);
      UPDATE audit_heads
         SET sequence = (part ->> 'sequence')::bigint, hash = part ->> 'hash',
             occurred_at = to_timestamp((part ->> 'occurredAt')::numeric / 1000),
             checkpoint_sequence = (part ->> 'checkpointSequence')::bigint,
             checkpoint_at = to_timestamp((part ->> 'checkpointAt')::numeric / 1000), seal = part ->> 'seal'
       WHERE organization_id = owner AND id = owner;
      IF part ->> 'signature' IS NOT NULL THEN
        INSERT INTO audit_checkpoints (id, organization_id, product, sequence, hash, previous_sequence, key_id, signature, created_at)
        VALUES ((part ->> 'checkpointId')::uuid, owner, part ->> 'product', (part ->> 'sequence')::bigint, part ->> 'hash',
                (part ->> 'previousCheckpoint')::bigint, part ->> 'keyId', part ->> 'signature',
                to_timestamp((part ->> 'checkpointAt')::numeric / 1000));
      END IF;
    END IF;
    answers := answers || json_build_object(
      'organizationId', owner, 'isWritten', coalesce(is_written, false),
      'head', CASE WHEN head.sequence IS NOT NULL AND NOT is_written THEN json_build_object(
        'sequence', head.sequence, 'hash', head.hash, 'occurredAt', round(extract(epoch FROM head.occurred_at) * 1000),
        'checkpointSequence', head.checkpoint_sequence,
        'checkpointAt', round(extract(epoch FROM head.checkpoint_at) * 1000), 'seal', head.seal) END);
  END LOOP;
  PERFORM set_config('app.organization_id', coalesce(caller, ''), true);
  RETURN json_build_object('now', floor(extract(epoch FROM clock_timestamp()) * 1000), 'parts', array_to_json(answers));
END $$;

REVOKE ALL ON FUNCTION append_audit_records(json, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION append_audit_records(json, boolean) TO bulkhead_app, bulkhead_system;
