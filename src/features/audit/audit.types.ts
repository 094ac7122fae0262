/** How an act ended. NOT_FOUND covers missing and foreign alike: nobody can tell them apart. */
export type AuditOutcome = 'SUCCESS' | 'DENIED' | 'NOT_FOUND' | 'FAILED';

/** One act inside an organization. Who, where from and when are filled in from the context. */
export interface AuditEntry {
  /** `noun.verb-past`, e.g. `client.read`. */
  readonly action: string;
  /** Name of the model acted on, e.g. `Client`. */
  readonly entity: string;
  readonly entityId?: string | null;
  /** The client whose data was touched, if any. */
  readonly clientId?: string | null;
  readonly outcome?: AuditOutcome;
  readonly reason?: string | null;
  /** Names of fields and credentials that were touched; never their values. */
  readonly fields?: readonly string[];
}

/** One act outside organizations: sign-in, refused organizations, unscoped work. */
export interface SecurityEventEntry {
  readonly action: string;
  readonly outcome: AuditOutcome;
  readonly organizationId?: string | null;
  readonly actorId?: string | null;
  readonly reason?: string | null;
  /** Name of the model acted on, its row, and names of the fields that were touched; never their values. */
  readonly entity?: string | null;
  readonly entityId?: string | null;
  readonly fields?: readonly string[];
}

/**
 * The part of a statement of the identity role that puts a change on the product's record: both are stored, or neither.
 * `$2` is what SecurityEventService.toRecord returns; `changed`, before it, gives the one row that was changed, with its id.
 */
export const ON_RECORD = `recorded AS (
  INSERT INTO security_events (product, id, organization_id, actor_type, actor_id, entry_point, request_id, action, outcome,
                               reason, entity, entity_id, fields)
  SELECT $1::text, (r->>'id')::uuid, (r->>'organizationId')::uuid, r->>'actorType', r->>'actorId', r->>'entryPoint', r->>'requestId',
         r->>'action', r->>'outcome', r->>'reason', r->>'entity', coalesce(r->>'entityId', c.id::text),
         ARRAY(SELECT jsonb_array_elements_text(r->'fields'))
    FROM changed c, (SELECT $2::jsonb AS r) record)`;

/** All that is known of an act when it is recorded. What it gets with its place in the chain is not in it. */
export interface AuditContent {
  readonly id: string;
  readonly organizationId: string;
  readonly product: string;
  readonly actorType: string;
  readonly actorId: string | null;
  readonly role: string | null;
  readonly entryPoint: string;
  readonly requestId: string;
  readonly action: string;
  readonly entity: string;
  readonly entityId: string | null;
  readonly clientId: string | null;
  readonly outcome: string;
  readonly reason: string | null;
  readonly fields: readonly string[] | null;
  /** How many acts it stands for. */
  readonly repeats: number;
}

/** A record in its chain. */
export interface ChainedRecord extends AuditContent {
  readonly form: number;
  readonly sequence: number;
  /** UTC, ISO 8601, milliseconds. */
  readonly occurredAt: string;
  readonly previousHash: string;
  readonly hash: string;
}

/** Where a chain ends. Times are milliseconds of the epoch. */
export interface ChainHead {
  readonly sequence: number;
  readonly hash: string;
  readonly occurredAt: number;
  readonly checkpointSequence: number;
  readonly checkpointAt: number;
  readonly seal: string | null;
}

/** A signed statement of how a chain stood at one record. */
export interface Checkpoint {
  readonly organizationId: string;
  readonly product: string;
  readonly sequence: number;
  readonly hash: string;
  /** The checkpoint before; 0: none. */
  readonly previousSequence: number;
  /** UTC, ISO 8601, milliseconds. */
  readonly createdAt: string;
  readonly keyId: string;
  /** Ed25519, base64url. */
  readonly signature: string;
}

/** What can be wrong with a chain. */
export const TAMPER_KINDS = [
  /** Its content is not the one that was hashed. */
  'EDITED',
  /** Content and place are another record's. */
  'MOVED',
  'REMOVED',
  'INSERTED',
  /** It fits by itself, but is not the one that others point to. */
  'REWRITTEN',
  /** Records are missing at the end. */
  'TRUNCATED',
  /** The end of the chain was written by somebody without the key, now or earlier. */
  'HEAD_FORGED',
  'CHECKPOINT_FORGED',
  'CHECKPOINT_REMOVED',
] as const;
export type TamperKind = (typeof TAMPER_KINDS)[number];

/** One thing that is wrong, and where: from `sequence` up to `untilSequence`. */
export interface TamperFinding {
  readonly kind: TamperKind;
  readonly sequence: number;
  readonly untilSequence: number;
  /** The record that shows it, if there is one. */
  readonly id: string | null;
}

/** What shows that an export is whole and unchanged: its last line. */
export interface AuditProof {
  readonly kind: 'proof';
  readonly version: 1;
  readonly organizationId: string;
  readonly product: string;
  readonly records: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
  /** What the first record names as the hash before it. */
  readonly previousHash: string;
  readonly lastHash: string;
  /** Signed: that the record at `sequence` has that hash. Null if nothing was exported, or it does not fit the chain. */
  readonly checkpoint: Checkpoint | null;
  readonly publicKey: string | null;
}

/** Marks the first record after those that a migration took over. */
export const CHAIN_ADOPTED = 'audit-log.adopted';
/** Marks where the application found an end that it had not written. */
export const CHAIN_BROKEN = 'audit-log.broken';
/** Says up to which record the log was removed. */
export const CHAIN_PRUNED = 'audit-log.pruned';

/** What a verification came to. */
export interface AuditVerification {
  readonly isIntact: boolean;
  readonly records: number;
  /** 1, or the first one after what was pruned. */
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly lastHash: string;
  /** The latest signed statement. */
  readonly checkpoint: (Checkpoint & { readonly publicKey: string | null }) | null;
  /** The first 1,000. */
  readonly findings: readonly TamperFinding[];
  readonly findingCount: number;
}
