import { randomUUID } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type pg from 'pg';
import { modelMap } from '../../generated/model-map.js';
import {
  createContext,
  joinScopes,
  OrganizationContextService,
  type ScopedModel,
  scopePolicy,
} from '../../tenancy/index.js';
import { Configuration } from '../config/configuration.js';
import { DatabasePools } from './database-pools.js';
import { runAsDriver } from './driver-context.js';
import type { OneSyncPool } from './one-sync-pool.js';
import { OrganizationDatabase } from './organization-database.js';
import { toDatabaseFault } from '../errors/database-fault.js';

/** First releases without CVE-2024-10976 (a cached plan used under another row security identity), by major version. */
const SAFE_VERSIONS: Readonly<Record<number, number>> = { 15: 9, 16: 5, 17: 1 };
const LOCKSTEP_READS = 100;
// More at once would wait for a connection longer than the pool allows, where the database is far or the machine busy.
const LOCKSTEP_READS_PER_CONNECTION = 2;
const START_PATIENCE_MS = 30_000;

interface RoleFacts {
  readonly role: string;
  readonly is_privileged: boolean;
  readonly owns_tables: boolean;
  readonly row_security: string;
  readonly version: number;
}
interface TableFacts {
  readonly table: string;
  readonly is_enabled: boolean;
  readonly is_forced: boolean;
  readonly policies: string[] | null;
}

const ROLE_FACTS = `
  SELECT current_user AS role, r.rolsuper OR r.rolbypassrls AS is_privileged,
         EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid AND c.relkind IN ('r', 'p', 'v', 'm')) AS owns_tables,
         current_setting('row_security') AS row_security, current_setting('server_version_num')::int AS version
    FROM pg_roles r WHERE r.rolname = current_user`;
const TABLE_FACTS = `
  SELECT c.relname AS table, c.relrowsecurity AS is_enabled, c.relforcerowsecurity AS is_forced,
         (SELECT array_agg(p.polname::text) FROM pg_policy p
           WHERE p.polrelid = c.oid AND NOT p.polpermissive AND p.polcmd = '*' AND p.polqual IS NOT NULL) AS policies
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')`;

/** Refuses to start behind a wall that does not stand. */
@Injectable()
export class DatabaseWallCheck {
  private readonly logger = new Logger('DatabaseWallCheck');

  constructor(
    private readonly pools: DatabasePools,
    private readonly configuration: Configuration,
    private readonly contexts: OrganizationContextService,
    @Inject(OrganizationDatabase) private readonly database: Pick<OrganizationDatabase, 'organization'>,
  ) {}

  /**
   * @param patienceMs - how long to wait for a database that does not answer yet
   * @throws Error naming everything that is wrong with roles, tables and the isolated client
   */
  async verify(patienceMs = START_PATIENCE_MS): Promise<void> {
    const { app, isWalled } = this.pools;
    if (!isWalled) return;
    const roles = await this.whenReachable(patienceMs, () => this.roleProblems(app));
    refuseOn([...roles, ...(await this.roleProblems(this.pools.identity)), ...(await this.tableProblems(app))]);
    // On a busy machine opening the pool's connections can take longer than a caller may wait for one.
    refuseOn(await this.whenReachable(patienceMs, () => this.lockstepProblems(app)));
  }

  private async whenReachable<T>(patienceMs: number, check: () => Promise<T>): Promise<T> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      try {
        return await check();
      } catch (error) {
        const isDown = ['unavailable', 'busy'].includes(toDatabaseFault(error)?.kind ?? '');
        if (!isDown || Date.now() > deadline) throw error;
        this.logger.warn('The database does not answer yet; trying again.');
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    }
  }

  private async roleProblems(pool: pg.Pool): Promise<string[]> {
    const [facts] = await ask<RoleFacts>(pool, ROLE_FACTS);
    if (!facts) return ['The database does not say which role this is.'];
    const problems: string[] = [];
    const major = Math.floor(facts.version / 10_000);
    if (facts.is_privileged)
      problems.push(`The role ${facts.role} bypasses row level security. Use the restricted role.`);
    if (facts.owns_tables) problems.push(`The role ${facts.role} owns tables and could switch their policies off.`);
    if (facts.row_security !== 'on') problems.push(`row_security is off for ${facts.role}.`);
    if (major < 15 || facts.version % 10_000 < (SAFE_VERSIONS[major] ?? 0)) {
      problems.push(`PostgreSQL ${major}.${facts.version % 10_000} is too old: 15.9, 16.5, 17.1 or later is needed.`);
    }
    return problems;
  }

  private async tableProblems(pool: pg.Pool): Promise<string[]> {
    const tables = new Map((await ask<TableFacts>(pool, TABLE_FACTS)).map((facts) => [facts.table, facts]));
    const models = [...joinScopes(modelMap, scopePolicy).values()].filter(({ scope }) => scope.scope !== 'GLOBAL');
    return models.flatMap((model) => tableProblems(model, tables.get(model.table)));
  }

  /** Two organizations read in the same tick: each statement must carry the organization it was made for. */
  private async lockstepProblems(pool: OneSyncPool): Promise<string[]> {
    const product = this.configuration.product;
    const ids: string[] = [randomUUID(), randomUUID()];
    let seen = 0;
    let mixed = 0;
    pool.observer = (owner, statement) => {
      if (!ids.includes(owner.organizationId)) return;
      seen += 1;
      const strangers = ids.filter((id) => id !== owner.organizationId);
      if (!statement.values?.includes(owner.organizationId) || strangers.some((id) => statement.values?.includes(id)))
        mixed += 1;
    };
    try {
      const atOnce = LOCKSTEP_READS_PER_CONNECTION * Math.min(pool.options.max, 10);
      for (let done = 0; done < LOCKSTEP_READS; done += atOnce) {
        await Promise.all(Array.from({ length: atOnce }, (_, index) => this.readAs(product, ids[index % 2] as string)));
      }
    } finally {
      pool.observer = undefined;
    }
    if (seen < LOCKSTEP_READS || mixed > 0) {
      return [
        `The self-test of the isolated client failed: ${mixed} of ${seen} statements carried another organization.`,
      ];
    }
    return [];
  }

  private async readAs(product: string, organizationId: string): Promise<void> {
    const context = createContext({
      product,
      organizationId,
      actor: { type: 'anonymous', id: null },
      role: null,
      entryPoint: 'cli',
      requestId: 'self-test',
    });
    // Not its own id: only the filter can put that into the statement.
    await this.contexts.run(context, () => this.database.organization.findUnique({ where: { id: randomUUID() } }));
  }
}

function refuseOn(problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new Error(`The database's wall does not stand:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
}

function tableProblems(model: ScopedModel, facts: TableFacts | undefined): string[] {
  if (!facts) return [`The table ${model.table} of ${model.name} is missing: run npm run cli -- db:migrate.`];
  const wanted = model.scope.scope === 'ORGANIZATION' ? ['app_organization', 'app_product'] : [];
  const missing = wanted.filter((policy) => !facts.policies?.includes(policy));
  const problems: string[] = [];
  if (!facts.is_enabled || !facts.is_forced)
    problems.push(`Row level security is not enabled and forced on ${model.table}.`);
  if (missing.length > 0) problems.push(`${model.table} has no restrictive policy ${missing.join(' and ')}.`);
  if (model.scope.scope === 'PRODUCT' && !facts.policies?.some((name) => name.endsWith('_product'))) {
    problems.push(`${model.table} has no restrictive product policy.`);
  }
  return problems;
}

async function ask<Row>(pool: pg.Pool, text: string): Promise<Row[]> {
  const nobody = { product: '', organizationId: '', actorId: '' };
  return await runAsDriver(nobody, async () => (await pool.query<Row & pg.QueryResultRow>(text)).rows);
}
