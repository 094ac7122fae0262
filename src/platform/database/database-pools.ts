import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type pg from 'pg';
import { Configuration } from '../config/configuration.js';
import { runAsDriver } from './driver-context.js';
import type { ContextMode } from './context-query.js';
import { OneSyncPool } from './one-sync-pool.js';

/** Waits for a connection at most this long: longer queues only make every request late. */
const POOL_WAIT_MS = 1_000;
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
    const systemUrl = configuration.get('DATABASE_SYSTEM_URL');
    this.isWalled = configuration.get('ENABLE_POSTGRESQL_RLS');
    this.app = this.isWalled
      ? open(configuration.get('DATABASE_URL'), 'app', size, contextMode)
      : open(systemUrl, 'app-without-rls', size, contextMode);
    this.identity = open(
      configuration.get('DATABASE_IDENTITY_URL'),
      'identity',
      Math.max(2, Math.ceil(size / 2)),
      contextMode,
    );
    this.system = open(systemUrl, 'system', 2, contextMode, SYSTEM_RESPONSE_TIMEOUT_MS);
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

function open(url: string, role: string, size: number, contextMode: ContextMode, timeoutMs?: number): OneSyncPool {
  return new OneSyncPool({ contextMode, ...poolOptions(url, role, size, timeoutMs) });
}

function poolOptions(url: string, role: string, size: number, timeoutMs = RESPONSE_TIMEOUT_MS): pg.PoolConfig {
  return {
    connectionString: url,
    application_name: `bulkhead-${role}`,
    max: size,
    connectionTimeoutMillis: POOL_WAIT_MS,
    idleTimeoutMillis: 30_000,
    query_timeout: timeoutMs,
    keepAlive: true,
  };
}
