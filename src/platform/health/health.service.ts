import type { Server } from 'node:http';
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Redis } from 'ioredis';
import { Configuration } from '../config/configuration.js';
import { DatabasePools } from '../database/database-pools.js';
import { QueueProbe, type WorkerState } from '../queue/queue-probe.js';
import { REDIS } from '../redis/redis.module.js';

export type DependencyState = 'up' | 'down';

export interface Readiness {
  readonly isReady: boolean;
  readonly isShuttingDown: boolean;
  readonly dependencies: Readonly<Record<'database' | 'redis', DependencyState> & { worker: WorkerState }>;
}

const CHECK_TIMEOUT_MS = 1_500;
/** In production a load balancer needs a few seconds to notice that this process is leaving. */
const LEAVE_NOTICE_MS = 5_000;

/** Tells whether this process can serve. Says "no" first of all when it is asked to stop. */
@Injectable()
export class HealthService implements BeforeApplicationShutdown {
  private isShuttingDown = false;

  constructor(
    private readonly pools: DatabasePools,
    private readonly configuration: Configuration,
    private readonly adapters: HttpAdapterHost,
    @Inject(REDIS) private readonly redis: Redis,
    private readonly probe: QueueProbe,
  ) {}

  /** The worker is reported and does not count: an API without one still answers, and queues. */
  async readiness(): Promise<Readiness> {
    const worker = this.probe.state();
    const [database, redis] = await Promise.all([isUp(this.pools.ping()), isUp(this.redis.ping())]);
    const isReady = database === 'up' && redis === 'up' && !this.isShuttingDown;
    return { isReady, isShuttingDown: this.isShuttingDown, dependencies: { database, redis, worker } };
  }

  /** Runs before the server stops accepting: new requests are still served while the notice spreads. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isShuttingDown = true;
    // A worker has no HTTP server, whatever the type says.
    const adapter = this.adapters.httpAdapter as HttpAdapterHost['httpAdapter'] | undefined;
    if (!adapter) return;
    const server = adapter.getHttpServer() as Server;
    // A connection that is busy now would otherwise stay open, idle, for the whole keep-alive.
    server.keepAliveTimeout = 1;
    if (this.configuration.isProduction) await new Promise((resolve) => setTimeout(resolve, LEAVE_NOTICE_MS));
  }
}

async function isUp(answer: Promise<unknown>): Promise<DependencyState> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('too late')), CHECK_TIMEOUT_MS);
  });
  try {
    await Promise.race([answer, tooLate]);
    return 'up';
  } catch {
    return 'down';
  } finally {
    clearTimeout(timer);
  }
}
