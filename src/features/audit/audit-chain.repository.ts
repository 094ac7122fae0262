import { Injectable } from '@nestjs/common';
import { BatchSql } from '../../platform/database/batch-sql.js';
import { OrganizationSql } from '../../platform/database/organization-sql.js';
import { SystemDatabase } from '../../platform/database/system-database.js';
import type { TransactionSql } from '../../platform/database/transaction.service.js';
import type { ChainedRecord, ChainHead, Checkpoint } from './audit.types.js';

/** So many records are in memory twice: those that are checked, and those that the database reads meanwhile. */
const PAGE_RECORDS = 5_000;

const NO_FIELDS: readonly string[] = [];

const TIME = (column: string) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const MS = (column: string) => `round(date_part('epoch', ${column}) * 1000)`;

// The columns, not what is selected under their names: only those are in an index, and each page would sort the whole log.
const RECORDS = `
  SELECT form, sequence::float8 AS sequence, id, organization_id AS "organizationId", coalesce(written_for, product) AS product,
         ${MS('occurred_at')} AS "occurredAt", actor_type AS "actorType", actor_id AS "actorId", role,
         entry_point AS "entryPoint", request_id AS "requestId", action, entity, entity_id AS "entityId",
         client_id AS "clientId", outcome, reason, repeats, CASE WHEN fields <> '{}' THEN fields END AS fields,
         fields = '{}' AS "isWithoutFields", previous_hash AS "previousHash", hash
    FROM audit_logs WHERE organization_id = $1 AND sequence > $2 AND sequence <= $3
   ORDER BY audit_logs.sequence, audit_logs.id LIMIT ${PAGE_RECORDS}`;
const CHECKPOINT = `
  SELECT organization_id AS "organizationId", coalesce(written_for, product) AS product, sequence::float8 AS sequence, hash,
         previous_sequence::float8 AS "previousSequence", ${TIME('created_at')} AS "createdAt", key_id AS "keyId", signature
    FROM audit_checkpoints WHERE organization_id = $1`;
const CHECKPOINTS = `${CHECKPOINT} AND sequence > $2 AND sequence <= $3 ORDER BY sequence LIMIT $4`;
const CHECKPOINT_BEFORE = `${CHECKPOINT} AND sequence <= $2 ORDER BY sequence DESC LIMIT 1`;
// One statement, so that all of it is of one moment.
const STATE = `
  SELECT (SELECT max(sequence) FROM audit_logs l WHERE l.organization_id = o.organization_id)::float8 AS "lastRecord",
         (SELECT max(sequence) FROM audit_checkpoints c WHERE c.organization_id = o.organization_id)::float8 AS "lastCheckpoint",
         h.sequence::float8 AS sequence, h.hash, ${MS('h.occurred_at')} AS "occurredAt",
         h.checkpoint_sequence::float8 AS "checkpointSequence", ${MS('h.checkpoint_at')} AS "checkpointAt", h.seal
    FROM (SELECT $1::uuid AS organization_id) o
    LEFT JOIN audit_heads h ON h.organization_id = o.organization_id AND h.id = o.organization_id
   WHERE o.organization_id = $1`;
const BOUNDS = `
  SELECT min(sequence)::float8 AS first, max(sequence)::float8 AS last FROM audit_logs
   WHERE organization_id = $1 AND ($2::timestamptz IS NULL OR occurred_at >= $2) AND ($3::timestamptz IS NULL OR occurred_at < $3)`;

/** Most records have no fields: told by a flag, so that nobody parses an empty list. */
type RecordRow = Omit<ChainedRecord, 'occurredAt' | 'fields'> & {
  occurredAt: number | string;
  fields: readonly string[] | null;
  readonly isWithoutFields: boolean | null;
};
const APPEND = 'SELECT append_audit_records($1, $2, $3, $4) AS answer';
const DELETED_AT_ONCE = 10_000;
const PRUNE = `
  DELETE FROM audit_logs WHERE product = $1 AND organization_id = $2 AND sequence IN (
    SELECT sequence FROM audit_logs WHERE product = $1 AND organization_id = $2 AND sequence <= $3
     ORDER BY sequence LIMIT ${DELETED_AT_ONCE})
  RETURNING 1`;

type StateRow = { [Name in keyof ChainHead]: ChainHead[Name] | null } & {
  readonly lastRecord: number | null;
  readonly lastCheckpoint: number | null;
};

/** How a chain stands at one moment. */
export interface ChainState {
  readonly head: ChainHead | null;
  /** The highest sequences there are; 0: none. */
  readonly lastRecord: number;
  readonly lastCheckpoint: number;
}

/** What the database reads of chains that are to be extended. */
export interface Appended {
  readonly organizationIds: readonly string[];
  /** Of each chain: where it is thought to end, and where it ends then. */
  readonly parts: readonly object[];
  /** Of all of them, each with its organization; without what its part says of it. */
  readonly records: readonly object[];
}

/** What the database answers to that. */
export interface AppendAnswer {
  /** Its time. */
  readonly now: number;
  readonly unwritten: readonly {
    readonly organizationId: string;
    /** Where the chain ends, if not where the caller thought; null while somebody else extends it. */
    readonly head: ChainHead | null;
  }[];
}

/** The chains as the database has them: extends those of many organizations, and reads the current one's in its order. */
@Injectable()
export class AuditChainRepository {
  constructor(
    private readonly batch: BatchSql,
    private readonly sql: OrganizationSql,
    private readonly system: SystemDatabase,
  ) {}

  /** Extends chains in one commit. Passes over those that somebody else extends at this moment. */
  async append(appended: Appended): Promise<AppendAnswer> {
    const [row] = await this.batch.call<{ answer: AppendAnswer }>(APPEND, ...toValues(appended), false);
    return (row as { answer: AppendAnswer }).answer;
  }

  /** Extends a chain inside an open transaction; waits for whoever extends it at this moment. */
  async appendInTransaction(appended: Appended, sql: TransactionSql): Promise<AppendAnswer> {
    const [row] = await sql<{ answer: AppendAnswer }>(APPEND, ...toValues(appended), true);
    return (row as { answer: AppendAnswer }).answer;
  }

  /** Removes the first records, up to a sequence. Answers inside runUnscoped only; many statements. */
  async prune(organizationId: string, untilSequence: number): Promise<void> {
    for (let count = DELETED_AT_ONCE; count === DELETED_AT_ONCE;) {
      count = (await this.system.query(PRUNE, organizationId, untilSequence)).length;
    }
  }

  async readState(): Promise<ChainState> {
    const [row] = await this.sql.read<StateRow>(STATE);
    const { lastRecord, lastCheckpoint, ...head } = row as StateRow;
    const known = head.sequence === null ? null : (head as ChainHead);
    return { head: known, lastRecord: lastRecord ?? 0, lastCheckpoint: lastCheckpoint ?? 0 };
  }

  /** Returns the first and the last record of a span of time, or null if there is none. A chain's time never goes back. */
  async findBounds(from: Date | undefined, to: Date | undefined): Promise<{ first: number; last: number } | null> {
    const [row] = await this.sql.read<{ first: number | null; last: number | null }>(BOUNDS, from ?? null, to ?? null);
    return row && row.first !== null && row.last !== null ? { first: row.first, last: row.last } : null;
  }

  /** Returns the pages after `after` up to `until`; the next one is read while the caller works on one. */
  async *pages(after: number, until: number): AsyncGenerator<readonly ChainedRecord[], void> {
    let next: Promise<ChainedRecord[]> | undefined = this.readRecords(after, until);
    while (next) {
      const page: ChainedRecord[] = await next;
      const last = page.length === PAGE_RECORDS ? page.at(-1)?.sequence : undefined;
      next = last === undefined ? undefined : this.readRecords(last, until);
      // It is awaited when the caller comes back, which may be never.
      next?.catch(() => undefined);
      if (page.length > 0) yield page;
    }
  }

  /** Returns the latest checkpoint up to a record. */
  async findCheckpointBefore(sequence: number): Promise<Checkpoint | null> {
    return (await this.sql.read<Checkpoint>(CHECKPOINT_BEFORE, sequence))[0] ?? null;
  }

  async readCheckpoints(after: number, until: number, limit = 2_147_483_647): Promise<Checkpoint[]> {
    return await this.sql.read<Checkpoint>(CHECKPOINTS, after, until, limit);
  }

  private async readRecords(after: number, until: number): Promise<ChainedRecord[]> {
    const rows = await this.sql.read<RecordRow>(RECORDS, after, until);
    let [ms, time]: [number | string, string] = [Number.NaN, ''];
    for (const row of rows) {
      if (row.isWithoutFields) row.fields = NO_FIELDS;
      // Those that were written together have the same time.
      if (row.occurredAt !== ms) [ms, time] = [row.occurredAt, toTime(Number(row.occurredAt))];
      row.occurredAt = time;
    }
    return rows as ChainedRecord[];
  }
}

function toValues({ organizationIds, parts, records }: Appended): readonly unknown[] {
  return [organizationIds, JSON.stringify(parts), JSON.stringify(records)];
}

/** A time that nobody of us wrote (`infinity`) is no time. */
function toTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString();
}
