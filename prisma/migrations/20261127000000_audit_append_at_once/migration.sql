-- The same function, which now works on all parts at once: one statement locks the ends of the chains, one writes. Before,
-- it entered the walls of each organization by itself, with four statements for each, which cost more than the records.
--
-- SECURITY DEFINER, because rows of several organizations in one statement are more than a policy of the app role lets
-- through. What it may write is what it could write before: records at the end of the chains of the transaction's product,
-- of organizations that the caller names. The rights are the owner's, the product's wall is a policy of its own, and the
-- app role still reads none of it outside of its own organization.

DO $$
DECLARE
  of_product text := 'product = (SELECT nullif(current_setting(''app.product'', true), ''''))';
  target text;
BEGIN
  FOREACH target IN ARRAY ARRAY['audit_logs', 'audit_heads', 'audit_checkpoints'] LOOP
    EXECUTE format('CREATE POLICY owner_append ON %I AS PERMISSIVE FOR INSERT TO bulkhead_owner WITH CHECK (%s)', target, of_product);
  END LOOP;
  EXECUTE format('CREATE POLICY owner_ends ON audit_heads AS PERMISSIVE FOR SELECT TO bulkhead_owner USING (%s)', of_product);
  EXECUTE format('CREATE POLICY owner_move ON audit_heads AS PERMISSIVE FOR UPDATE TO bulkhead_owner USING (%1$s) WITH CHECK (%1$s)', of_product);
  -- For the trigger that asks whether the organization of a record exists.
  EXECUTE format('CREATE POLICY owner_check ON organizations AS PERMISSIVE FOR SELECT TO bulkhead_owner USING (%s)', of_product);
END $$;

-- Planned once per connection, for the indexes: planning takes longer than a small batch, and what is planned while the
-- tables are small would read all of them later.
CREATE OR REPLACE FUNCTION append_audit_records(parts json, waits boolean) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  ids uuid[] := ARRAY(SELECT p."organizationId" FROM json_to_recordset(parts) AS p ("organizationId" uuid));
  heads audit_heads[];
  made audit_heads[];
  answers json;
BEGIN
  -- In the order of their ids, like everybody: whoever locks several cannot wait in a circle.
  IF waits THEN
    heads := ARRAY(
      SELECT h FROM audit_heads h WHERE h.organization_id = ANY (ids) AND h.id = h.organization_id
       ORDER BY h.organization_id FOR UPDATE);
  ELSE
    heads := ARRAY(
      SELECT h FROM audit_heads h WHERE h.organization_id = ANY (ids) AND h.id = h.organization_id
       ORDER BY h.organization_id FOR UPDATE SKIP LOCKED);
  END IF;
  IF cardinality(heads) < cardinality(ids) THEN
    WITH added AS (
      INSERT INTO audit_heads (id, organization_id, product, sequence, hash, occurred_at, checkpoint_sequence, checkpoint_at)
      SELECT p."organizationId", p."organizationId", p.product, 0, repeat('0', 64), 'epoch', 0, 'epoch'
        FROM json_to_recordset(parts) AS p ("organizationId" uuid, product text)
       WHERE NOT EXISTS (SELECT FROM audit_heads h WHERE h.organization_id = p."organizationId" AND h.id = h.organization_id)
       ORDER BY p."organizationId"
      ON CONFLICT (organization_id, id) DO NOTHING
      RETURNING audit_heads AS head)
    SELECT array_agg(head) INTO made FROM added;
    heads := heads || made;
  END IF;
  WITH part AS MATERIALIZED (
    SELECT p.*, p."organizationId" AS "headId", h.organization_id IS NOT NULL AS "isLocked", h.sequence AS "foundSequence", h.hash AS "foundHash",
           h.occurred_at AS "foundAt", h.checkpoint_sequence AS "foundCheckpoint", h.checkpoint_at AS "foundCheckpointAt",
           h.seal AS "foundSeal",
           coalesce(h.sequence = p."expectedSequence" AND h.hash = p."expectedHash"
             AND h.seal IS NOT DISTINCT FROM p."expectedSeal", false) AS "isWritten"
      FROM json_to_recordset(parts) AS p (
        "organizationId" uuid, product text, "expectedSequence" bigint, "expectedHash" text, "expectedSeal" text,
        sequence bigint, hash text, "occurredAt" numeric, "checkpointSequence" bigint, "checkpointAt" numeric, seal text,
        "checkpointId" uuid, "previousCheckpoint" bigint, "keyId" text, signature text, records json)
      LEFT JOIN unnest(heads) AS h ON h.organization_id = p."organizationId"),
  written AS (
    INSERT INTO audit_logs (id, organization_id, product, actor_type, actor_id, role, entry_point, request_id, action,
                            entity, entity_id, client_id, outcome, reason, fields, occurred_at, repeats, form, sequence,
                            previous_hash, hash)
    SELECT r.id, part."organizationId", part.product, r."actorType", r."actorId", r.role, r."entryPoint", r."requestId",
           r.action, r.entity, r."entityId", r."clientId", r.outcome, r.reason, r.fields, r."occurredAt", r.repeats,
           r.form, r.sequence, r."previousHash", r.hash
      FROM part CROSS JOIN LATERAL json_to_recordset(part.records) AS r (
        id uuid, "actorType" text, "actorId" text, role text, "entryPoint" text, "requestId" text, action text,
        entity text, "entityId" text, "clientId" uuid, outcome text, reason text, fields text[],
        "occurredAt" timestamptz, repeats int, form smallint, sequence bigint, "previousHash" text, hash text)
     WHERE part."isWritten"),
  moved AS (
    UPDATE audit_heads h
       SET sequence = part.sequence, hash = part.hash, occurred_at = to_timestamp(part."occurredAt" / 1000),
           checkpoint_sequence = part."checkpointSequence", checkpoint_at = to_timestamp(part."checkpointAt" / 1000),
           seal = part.seal
      FROM part
     -- By another name for the same: told that both columns are equal, the planner expects one row and reads all.
     WHERE part."isWritten" AND h.organization_id = part."organizationId" AND h.id = part."headId"),
  signed AS (
    INSERT INTO audit_checkpoints (id, organization_id, product, sequence, hash, previous_sequence, key_id, signature, created_at)
    SELECT "checkpointId", "organizationId", product, sequence, hash, "previousCheckpoint", "keyId", signature,
           to_timestamp("checkpointAt" / 1000)
      FROM part WHERE "isWritten" AND signature IS NOT NULL)
  SELECT json_agg(json_build_object(
           'organizationId', "organizationId", 'isWritten', "isWritten",
           'head', CASE WHEN "isLocked" AND NOT "isWritten" THEN json_build_object(
             'sequence', "foundSequence", 'hash', "foundHash", 'occurredAt', round(extract(epoch FROM "foundAt") * 1000),
             'checkpointSequence', "foundCheckpoint",
             'checkpointAt', round(extract(epoch FROM "foundCheckpointAt") * 1000), 'seal', "foundSeal") END))
    INTO answers FROM part;
  RETURN json_build_object('now', floor(extract(epoch FROM clock_timestamp()) * 1000), 'parts', coalesce(answers, '[]'::json));
END $$;
