-- The same work, from records that are told once: they come as one list beside the parts instead of inside them, where they
-- were read twice more only to find the parts, and without what their part says of all of them. The answer names the parts
-- that were not written: mostly none.
--
-- Beside the function before, which processes of the version before call until the last of them has stopped.

CREATE FUNCTION append_audit_records(ids uuid[], parts json, records json, waits boolean) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  heads audit_heads[];
  made audit_heads[];
  unwritten json;
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
        "organizationId" uuid, product text, form smallint, "expectedSequence" bigint, "expectedHash" text, "expectedSeal" text,
        sequence bigint, hash text, "occurredAt" numeric, "checkpointSequence" bigint, "checkpointAt" numeric, seal text,
        "checkpointId" uuid, "previousCheckpoint" bigint, "keyId" text, signature text)
      LEFT JOIN unnest(heads) AS h ON h.organization_id = p."organizationId"),
  written AS (
    INSERT INTO audit_logs (id, organization_id, product, actor_type, actor_id, role, entry_point, request_id, action,
                            entity, entity_id, client_id, outcome, reason, fields, occurred_at, repeats, form, sequence,
                            previous_hash, hash)
    SELECT r.id, part."organizationId", part.product, r."actorType", r."actorId", r.role, r."entryPoint", r."requestId",
           r.action, r.entity, r."entityId", r."clientId", r.outcome, r.reason, r.fields,
           to_timestamp(part."occurredAt" / 1000), r.repeats, part.form, r.sequence, r."previousHash", r.hash
      FROM json_to_recordset(records) AS r (
        id uuid, "organizationId" uuid, "actorType" text, "actorId" text, role text, "entryPoint" text, "requestId" text, action text,
        entity text, "entityId" text, "clientId" uuid, outcome text, reason text, fields text[],
        repeats int, sequence bigint, "previousHash" text, hash text)
      JOIN part ON part."organizationId" = r."organizationId"
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
           'organizationId', "organizationId",
           'head', CASE WHEN "isLocked" THEN json_build_object(
             'sequence', "foundSequence", 'hash', "foundHash", 'occurredAt', round(extract(epoch FROM "foundAt") * 1000),
             'checkpointSequence', "foundCheckpoint",
             'checkpointAt', round(extract(epoch FROM "foundCheckpointAt") * 1000), 'seal', "foundSeal") END))
    INTO unwritten FROM part WHERE NOT "isWritten";
  RETURN json_build_object(
    'now', floor(extract(epoch FROM clock_timestamp()) * 1000), 'unwritten', coalesce(unwritten, '[]'::json));
END $$;
REVOKE ALL ON FUNCTION append_audit_records(uuid[], json, json, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION append_audit_records(uuid[], json, json, boolean) TO bulkhead_app, bulkhead_system;
