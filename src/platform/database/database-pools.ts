import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type pg from 'pg';
import { Configuration } from '../config/configuration.js';
import { runAsDriver } from './driver-context.js';
import { OneSyncPool } from './one-sync-pool.js';

/** A little more than the roles' statement_timeout, for a server that does not answer at all. */
const RESPONSE_TIMEOUT_MS = 8_000;
const SYSTEM_RESPONSE_TIMEOUT_MS = 65_000;

/** The three roles' connections. Nothing outside this folder sees them. */
@Injectable()
export class DatabasePools implements OnApplicationShutdown {
  /** Row level security applies; carries the context with every statement. */
  readonly app: OneSyncPool;
  /** False where row level security is switched off: the app's connections then are those of the system role. */
  readonly isWalled: boolean;
  /** Sign-in and "my organizations": one person at a time, across organizations. */
  readonly identity: OneSyncPool;
  /** Bypasses row level security; reached through runUnscoped only. */
  readonly system: OneSyncPool;

  constructor(configuration: Configuration) {
    const contextMode = configuration.get('DATABASE_CONTEXT_MODE');
    const size = configuration.get('DATABASE_POOL_SIZE');
    const waitMs = configuration.get('DATABASE_WAIT_MS');
    const open = (url: string, role: string, max: number, timeoutMs = RESPONSE_TIMEOUT_MS) =>
      new OneSyncPool({ contextMode, ...poolOptions(url, role, { max, waitMs, timeoutMs }) });
    const systemUrl = configuration.get('DATABASE_SYSTEM_URL');
    this.isWalled = configuration.get('ENABLE_POSTGRESQL_RLS');
    this.app = this.isWalled
      ? open(configuration.get('DATABASE_URL'), 'app', size)
      : open(systemUrl, 'app-without-rls', size);
    this.identity = open(configuration.get('DATABASE_IDENTITY_URL'), 'identity', Math.max(2, Math.ceil(size / 2)));
    this.system = open(systemUrl, 'system', 2, SYSTEM_RESPONSE_TIMEOUT_MS);
    // An idle connection that breaks is replaced by the next check-out; without a listener it would end the process.
    for (const pool of [this.app, this.identity, this.system]) pool.on('error', () => undefined);
  }

  /** Asks the database once over each pool that requests use. @throws if one does not answer. */
  async ping(): Promise<void> {
    const nobody = { product: '', organizationId: '', actorId: '' };
    await runAsDriver(nobody, () => Promise.all([this.app, this.identity].map((pool) => pool.query('SELECT 1'))));
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.app.end(), this.identity.end(), this.system.end()]);
  }
}

function poolOptions(
  url: string,
  role: string,
  { max, waitMs, timeoutMs }: { readonly max: number; readonly waitMs: number; readonly timeoutMs: number },
): pg.PoolConfig {
  return {
    connectionString: url,
    application_name: `bulkhead-${role}`,
    max,
    connectionTimeoutMillis: waitMs,
    idleTimeoutMillis: 30_000,
    query_timeout: timeoutMs,
    keepAlive: true,
  };
}
