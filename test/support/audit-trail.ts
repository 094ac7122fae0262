import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { GENESIS_HASH, hashRecord } from '../../src/features/audit/audit-chain.js';
import { AuditService } from '../../src/features/audit/audit.service.js';
import type { AuditEntry, AuditVerification, ChainedRecord } from '../../src/features/audit/audit.types.js';
import { AuditVerificationService } from '../../src/features/audit/audit-verification.service.js';
import { createContext, OrganizationContextService } from '../../src/tenancy/index.js';
import { buildOrganization, type BuiltOrganization } from './builders.js';
import { superuserUrl } from './superuser.js';
import type { TestApp } from './test-app.js';

const pools = new Map<string, pg.Pool>();

/** As askAsSuperuser, but on connections that are kept: tampering takes many statements. */
async function ask<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
  const connectionString = superuserUrl();
  const pool =
    pools.get(connectionString) ?? new pg.Pool({ connectionString, idleTimeoutMillis: 200, allowExitOnIdle: true });
  pools.set(connectionString, pool);
  return (await pool.query(text, values)).rows as Row[];
}

const TABLES = ['audit_logs', 'audit_heads', 'audit_checkpoints'] as const;
const COLUMNS = `
  form, sequence::float8 AS sequence, id, organization_id AS "organizationId", product,
  to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "occurredAt", actor_type AS "actorType",
  actor_id AS "actorId", role, entry_point AS "entryPoint", request_id AS "requestId", action, entity,
  entity_id AS "entityId", client_id AS "clientId", outcome, reason, repeats, fields, previous_hash AS "previousHash", hash`;

export type Snapshot = Readonly<Record<(typeof TABLES)[number], unknown>>;

/** The audit log of one organization, and what an attacker with the whole database can do to it. */
export class AuditTrail {
  private constructor(
    readonly app: TestApp,
    readonly organization: BuiltOrganization,
  ) {}

  static async build(app: TestApp): Promise<AuditTrail> {
    return new AuditTrail(app, await buildOrganization(app));
  }

  get id(): string {
    return this.organization.id;
  }

  async inside<T>(work: () => Promise<T>): Promise<T> {
    const context = createContext({
      product: 'bestays',
      organizationId: this.id,
      actor: { type: 'user', id: this.organization.owner.user.id },
      role: 'OWNER',
      entryPoint: 'http',
      requestId: randomUUID(),
    });
    return await this.app.get(OrganizationContextService).run(context, work);
  }

  async record(entry: Partial<AuditEntry> = {}): Promise<void> {
    const full = { action: 'client.read', entity: 'Client', entityId: randomUUID(), reason: 'why', ...entry };
    await this.inside(async () => await this.app.get(AuditService).record({ fields: ['name'], ...full }));
  }

  async checkpoint(): Promise<void> {
    const entry = { action: 'client.read', entity: 'Client', fields: ['name'] };
    await this.inside(async () => await this.app.get(AuditService).recordWithCheckpoint(entry));
  }

  /** Checks without leaving a record of it. */
  async check(): Promise<AuditVerification> {
    return await this.inside(async () => await this.app.get(AuditVerificationService).check());
  }

  async records(): Promise<ChainedRecord[]> {
    return await ask<ChainedRecord>(
      `SELECT ${COLUMNS} FROM audit_logs WHERE organization_id = $1 ORDER BY sequence, id`,
      [this.id],
    );
  }

  /** Runs a statement past every wall; `$1` is the organization. */
  async sql(text: string, ...values: unknown[]): Promise<void> {
    await ask(text, [this.id, ...values]);
  }

  async edit(sequence: number, assignment: string): Promise<void> {
    await this.sql(`UPDATE audit_logs SET ${assignment} WHERE organization_id = $1 AND sequence = $2`, sequence);
  }

  async remove(from: number, to = from): Promise<void> {
    await this.sql('DELETE FROM audit_logs WHERE organization_id = $1 AND sequence BETWEEN $2 AND $3', from, to);
  }

  /** Moves records up or down. Negative in between: the places are unique. */
  async shift(from: number, by: number): Promise<void> {
    await this.sql(`UPDATE audit_logs SET sequence = -sequence WHERE organization_id = $1 AND sequence >= $2`, from);
    await this.sql(`UPDATE audit_logs SET sequence = -sequence + $2 WHERE organization_id = $1 AND sequence < 0`, by);
  }

  async swap(one: number, other: number): Promise<void> {
    await this.edit(one, 'sequence = -1');
    await this.edit(other, `sequence = ${one}`);
    await this.edit(-1, `sequence = ${other}`);
  }

  /** Copies a record to another place, with an id of its own. */
  async copy(sequence: number, to: number): Promise<void> {
    await this.sql(
      `INSERT INTO audit_logs SELECT (jsonb_populate_record(l, jsonb_build_object('id', gen_random_uuid(), 'sequence', $3::int))).*
         FROM audit_logs l WHERE organization_id = $1 AND sequence = $2`,
      sequence,
      to,
    );
  }

  /** Computes hashes anew, as everybody can who knows the form. */
  async rehash(from: number, to = Number.MAX_SAFE_INTEGER): Promise<string> {
    let previousHash = GENESIS_HASH;
    for (const record of await this.records()) {
      if (record.sequence < from || record.sequence > to)
        previousHash = record.sequence < from ? record.hash : previousHash;
      else {
        const hash = hashRecord({ ...record, previousHash });
        await this.edit(record.sequence, `previous_hash = '${previousHash}', hash = '${hash}'`);
        previousHash = hash;
      }
    }
    return previousHash;
  }

  async snapshot(): Promise<Snapshot> {
    const rows = TABLES.map(async (table) => {
      const [row] = await ask<{ rows: unknown }>(
        `SELECT coalesce(jsonb_agg(t), '[]') AS rows FROM ${table} t WHERE organization_id = $1`,
        [this.id],
      );
      return [table, row?.rows] as const;
    });
    return Object.fromEntries(await Promise.all(rows)) as Snapshot;
  }

  /** Puts back what `snapshot` took, of all tables or some. */
  async restore(snapshot: Snapshot, tables: readonly (typeof TABLES)[number][] = TABLES): Promise<void> {
    for (const table of tables) {
      await this.sql(`DELETE FROM ${table} WHERE organization_id = $1`);
      await ask(`INSERT INTO ${table} SELECT * FROM jsonb_populate_recordset(NULL::${table}, $1)`, [
        JSON.stringify(snapshot[table]),
      ]);
    }
  }
}
