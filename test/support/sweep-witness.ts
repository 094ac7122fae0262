// cspell:ignore ILIKE
import pg from 'pg';
import { modelMap } from '../../src/generated/model-map.js';
import { joinScopes, type ScopedModel, scopePolicy } from '../../src/tenancy/index.js';
import { environmentFor } from './test-environment.js';

/** Written by refused requests too: they are the record of the refusal. */
const RECORDS = ['audit_logs', 'audit_heads', 'audit_checkpoints', 'security_events'];
const tables = [...joinScopes(modelMap, scopePolicy).values()];
const organizationTables = tables.filter(({ scope }) => scope.scope === 'ORGANIZATION');

/** Sees the rows of the database past every wall, over one connection. */
export class Witness {
  private constructor(private readonly client: pg.Client) {}

  static async open(): Promise<Witness> {
    const url = new URL(process.env['TEST_ADMIN_DATABASE_URL'] as string);
    url.pathname = new URL(environmentFor()['DATABASE_URL'] as string).pathname;
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    return new Witness(client);
  }

  /** Digests every row of an organization, table by table. New models join by the scope that they declare. */
  async checksums(organizationId: string, { withRecords = true } = {}): Promise<Record<string, string>> {
    const wanted = organizationTables.filter(({ table }) => withRecords || !RECORDS.includes(table));
    const parts = wanted.map(
      (model) =>
        `SELECT '${model.table}' AS table, count(*) || ':' || coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') AS sum
           FROM ${model.table} t WHERE ${keyOf(model)} = $1`,
    );
    const { rows } = await this.client.query<{ table: string; sum: string }>(parts.join(' UNION ALL '), [
      organizationId,
    ]);
    return Object.fromEntries(rows.map(({ table, sum }) => [table, sum]));
  }

  /** Counts the rows of every table except the records of refusals. */
  async counts(): Promise<Record<string, string>> {
    const counted = tables.filter(({ table }) => !RECORDS.includes(table));
    const parts = counted.map(({ table }) => `SELECT '${table}' AS table, count(*) AS count FROM ${table}`);
    const { rows } = await this.client.query<{ table: string; count: string }>(parts.join(' UNION ALL '));
    return Object.fromEntries(rows.map(({ table, count }) => [table, count]));
  }

  /** Returns every id of an organization: its rows', its people's and their log-ins'. */
  async ids(organizationId: string): Promise<Set<string>> {
    const parts = organizationTables.map(
      (model) => `SELECT to_jsonb(t) AS row FROM ${model.table} t WHERE ${keyOf(model)} = $1`,
    );
    const sessions =
      'SELECT to_jsonb(s) FROM sessions s JOIN memberships m USING (user_id) WHERE m.organization_id = $1';
    const { rows } = await this.client.query<{ row: object }>([...parts, sessions].join(' UNION ALL '), [
      organizationId,
    ]);
    return new Set(JSON.stringify(rows).match(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g) ?? []);
  }

  /** Returns the organization-scoped tables in which no row of the organization shows the marker. */
  async tablesWithout(marker: string, organizationId: string): Promise<string[]> {
    const parts = organizationTables.map(
      (model) =>
        `SELECT '${model.table}' AS table, count(*) FILTER (WHERE t::text ILIKE $2) AS count FROM ${model.table} t WHERE ${keyOf(model)} = $1`,
    );
    const { rows } = await this.client.query<{ table: string; count: string }>(parts.join(' UNION ALL '), [
      organizationId,
      `%${marker}%`,
    ]);
    return rows.filter(({ count }) => count === '0').map(({ table }) => table);
  }

  async query<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.client.query(text, values)).rows as Row[];
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}

function keyOf({ columns, scope }: ScopedModel): string {
  const column = scope.scope === 'ORGANIZATION' ? columns[scope.key] : undefined;
  if (column === undefined) throw new Error('Only organization-scoped tables have an organization.');
  return column;
}
