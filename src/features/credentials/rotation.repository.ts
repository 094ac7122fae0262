import { Injectable } from '@nestjs/common';
import { OrganizationSql } from '../../platform/database/organization-sql.js';
import { SystemDatabase } from '../../platform/database/system-database.js';
import { SEALED_COLUMNS, type SealedColumn } from './sealed-columns.js';

/** Envelopes that begin in a way, or in any other. */
export interface EnvelopeFilter {
  readonly prefix: string;
  readonly isWanted: boolean;
}

/** A row's envelope. */
export interface SealedRow {
  readonly rowId: string;
  readonly envelope: string;
}

/** An envelope, and what takes its place if it is still there. */
export interface Swap extends SealedRow {
  readonly fresh: string;
}

/** The sealed columns of the current organization; and what a rotation must know of all organizations. */
@Injectable()
export class RotationRepository {
  constructor(
    private readonly sql: OrganizationSql,
    private readonly system: SystemDatabase,
  ) {}

  async count({ table, column }: SealedColumn, { prefix, isWanted }: EnvelopeFilter): Promise<number> {
    const text = `
      SELECT count(*)::int AS n FROM ${table}
       WHERE organization_id = $1 AND ${column} IS NOT NULL AND starts_with(${column}, $2) = $3`;
    return (await this.sql.read<{ n: number }>(text, prefix, isWanted))[0]?.n ?? 0;
  }

  async list(
    { table, column, rowId }: SealedColumn,
    { prefix, isWanted }: EnvelopeFilter,
    after: string | null,
    limit: number,
  ): Promise<SealedRow[]> {
    const text = `
      SELECT ${rowId} AS "rowId", ${column} AS envelope FROM ${table}
       WHERE organization_id = $1 AND ${column} IS NOT NULL AND starts_with(${column}, $2) = $3
         AND ($4::uuid IS NULL OR ${rowId} > $4) ORDER BY ${rowId} LIMIT $5`;
    return await this.sql.read<SealedRow>(text, prefix, isWanted, after, limit);
  }

  /** Puts fresh envelopes where the former ones still are. Returns how many were: what somebody stored meanwhile stays. */
  async swap({ table, column, rowId }: SealedColumn, swaps: readonly Swap[]): Promise<number> {
    const text = `
      UPDATE ${table} t SET ${column} = s.fresh
        FROM unnest($2::uuid[], $3::text[], $4::text[]) AS s (row_id, former, fresh)
       WHERE t.organization_id = $1 AND t.${rowId} = s.row_id AND t.${column} = s.former RETURNING 1`;
    const lists = [swaps.map((row) => row.rowId), swaps.map((row) => row.envelope), swaps.map((row) => row.fresh)];
    return (await this.sql.change(text, ...lists)).length;
  }

  /** Removes envelopes. Returns how many. */
  async remove({ table, column }: SealedColumn, prefix: string): Promise<number> {
    const text = `
      UPDATE ${table} SET ${column} = NULL WHERE organization_id = $1 AND starts_with(${column}, $2) RETURNING 1`;
    return (await this.sql.change(text, prefix)).length;
  }

  /**
   * Returns the transactions that have read data keys and have not ended: the database keeps a lock for each.
   * @param among - only these
   */
  async listReaders(among: readonly string[] | null): Promise<string[]> {
    const text = `
      SELECT DISTINCT l.virtualtransaction AS id FROM pg_locks l
       WHERE l.locktype = 'relation' AND l.relation = 'organization_keys'::regclass AND l.mode = 'AccessShareLock'
         AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND l.pid <> pg_backend_pid()
         AND ($2::text[] IS NULL OR l.virtualtransaction = ANY ($2))
         AND EXISTS (SELECT FROM organization_keys WHERE organization_id = $1)`;
    return (await this.sql.read<{ id: string }>(text, among && [...among])).map(({ id }) => id);
  }

  /** Returns every organization of the product: a deactivated one may be restored, with its secrets. Unscoped. */
  async listOrganizations(): Promise<{ id: string; slug: string }[]> {
    return await this.system.query('SELECT id, slug FROM organizations WHERE product = $1 ORDER BY slug');
  }

  /** Forgets the root keys but the current one under which there is nothing any more. Unscoped. */
  async forgetRootKeys(currentId: string): Promise<string[]> {
    const sealed = SEALED_COLUMNS.map(
      ({ table, column }) =>
        `NOT EXISTS (SELECT FROM ${table} t WHERE t.product = $1 AND starts_with(t.${column}, 'v1.' || r.id || '.'))`,
    );
    const text = `
      DELETE FROM root_keys r WHERE r.product = $1 AND r.id <> $2
         AND NOT EXISTS (SELECT FROM organization_keys k WHERE k.product = r.product AND k.root_key_id = r.id)
         AND ${sealed.join('\n         AND ')}
      RETURNING r.id`;
    return (await this.system.query<{ id: string }>(text, currentId)).map(({ id }) => id);
  }

  /** Unscoped. */
  async listFormerRootKeys(currentId: string): Promise<string[]> {
    const text = 'SELECT id FROM root_keys WHERE product = $1 AND id <> $2 ORDER BY created_at, id';
    return (await this.system.query<{ id: string }>(text, currentId)).map(({ id }) => id);
  }
}
