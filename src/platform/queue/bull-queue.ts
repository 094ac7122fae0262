import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import Queue, { type Job, type Queue as BullJobs } from 'bull';
import { Redis, type RedisOptions } from 'ioredis';
import type { StampedJob } from '../../tenancy/index.js';
import { Configuration } from '../config/configuration.js';

/** A message as it stands in Redis: a stamp, and for jobs without a row their data. */
export type QueueMessage = StampedJob & { readonly data?: object };

const NAME = 'jobs';
/** Redis that does not answer is found out before a lease ends. */
const ANSWER_WITHIN_MS = 2_000;
const MAX_RECONNECT_DELAY_MS = 1_000;
/** After a killed worker a message comes back within seconds; Bull's defaults take more than a minute. */
const SETTINGS = {
  lockDuration: 5_000,
  lockRenewTime: 2_000,
  stalledInterval: 2_000,
  maxStalledCount: 20,
  // After an error Bull lets a slot rest, for 5 s by default: each job under way costs one when Redis was emptied.
  retryProcessDelay: 500,
};
/** Longer than a day: who has done it for a day need not do it again on that day. */
const DAY_SECONDS = 26 * 3_600;
/** Of messages without a row: nobody else would try them again. */
const WITHOUT_ROW = { attempts: 5, backoff: { type: 'exponential', delay: 1_000 } } as const;

/**
 * The only code that knows Bull: it carries messages, and nothing is decided by what stands in it.
 * @remarks Opened by the first use: a command and most API processes never do.
 */
@Injectable()
export class BullQueue implements OnApplicationShutdown {
  private readonly logger = new Logger('Queue');
  private opened: BullJobs<unknown> | undefined;
  private marker: Redis | undefined;
  private readonly connections: Redis[] = [];

  constructor(private readonly configuration: Configuration) {}

  /** How many jobs a worker does at a time. */
  get concurrency(): number {
    return this.configuration.get('WORKER_CONCURRENCY');
  }

  /** Puts messages in; one that stands there already stays as it is. @throws Error if Redis does not take them all. */
  async add(messages: readonly QueueMessage[], { isUrgent = false } = {}): Promise<void> {
    const queue = this.open();
    // Not addBulk: it overlooks that Redis has no room, and after Redis forgot Bull's script it adds nothing any more.
    const added = messages.map((message) => queue.add(message, optionsOf(message, isUrgent)));
    await withinTime(Promise.all(added));
  }

  /** Has `work` done with each message, so many at a time. What it throws, Bull may try again. */
  work(work: (message: unknown) => Promise<void>): void {
    // Whatever name a message was added under: none is left lying.
    void this.open()
      .process('*', this.concurrency, (job: Job<unknown>) => work(job.data))
      .catch((error: unknown) => this.logger.warn(`The queue is not read: ${String(error)}`));
  }

  /** Takes no more messages; those under way go on. */
  async pause(): Promise<void> {
    await withinTime(this.open().pause(true, true)).catch(() => undefined);
  }

  /** Tells whether Redis was emptied since the last call. Of several processes that ask, one is told. */
  async wasEmptied(): Promise<boolean> {
    return (await withinTime(this.connection().set('jobs:marker', '1', 'NX'))) === 'OK';
  }

  /** Keeps a sign for a few seconds, for another process. */
  async leaveSign(name: string, seconds: number): Promise<void> {
    await withinTime(this.connection().set(`jobs:sign:${name}`, '1', 'EX', seconds));
  }

  /** Takes a sign away. Returns whether it was there. */
  async takeSign(name: string): Promise<boolean> {
    return (await withinTime(this.connection().del(`jobs:sign:${name}`))) === 1;
  }

  /** Does something once on a day (`2026-11-27`), whichever of the product's processes asks first. What failed is free again. */
  async onceADay(name: string, day: string, work: () => Promise<void>): Promise<void> {
    const sign = `daily:${name}:${day}`;
    const claim = this.connection().set(`jobs:sign:${sign}`, '1', 'EX', DAY_SECONDS, 'NX');
    if ((await withinTime(claim)) !== 'OK') return;
    try {
      await work();
    } catch (error) {
      await this.takeSign(sign);
      throw error;
    }
  }

  /** Counts how jobs ended, for the metrics of every process. */
  async count(name: string, state: string): Promise<void> {
    await withinTime(this.connection().hincrby('jobs:ended', `${name}:${state}`, 1)).catch(() => undefined);
  }

  async counts(): Promise<Record<string, string>> {
    return await withinTime(this.connection().hgetall('jobs:ended'));
  }

  async onApplicationShutdown(): Promise<void> {
    // Jobs under way were waited for before; what is left here is waiting for Redis, which may be gone.
    await withinTime(this.opened?.close(true) ?? Promise.resolve()).catch(() => undefined);
    for (const connection of this.connections) connection.disconnect();
  }

  private open(): BullJobs<unknown> {
    if (this.opened) return this.opened;
    const url = this.configuration.get('REDIS_URL');
    const queue = new Queue<unknown>(NAME, {
      prefix: this.configuration.product,
      createClient: (_type, options) => this.connect(url, options),
      settings: SETTINGS,
    });
    // Of a connection that comes back, and of locks that an emptied Redis forgot: the rows know.
    queue.on('error', (error) => this.logger.debug(`Bull: ${error.message}`));
    this.opened = queue;
    return queue;
  }

  private connection(): Redis {
    const { product } = this.configuration;
    this.marker ??= this.connect(this.configuration.get('REDIS_URL'), { keyPrefix: `${product}:` });
    return this.marker;
  }

  private connect(url: string, options: RedisOptions | undefined): Redis {
    const redis = new Redis(url, {
      ...options,
      // Bull's blocking connections must outlive a restart of Redis.
      maxRetriesPerRequest: null,
      enableReadyCheck: false,
      retryStrategy: (attempt) => Math.min(attempt * 100, MAX_RECONNECT_DELAY_MS),
    });
    redis.on('error', (error) => this.logger.debug(`Redis does not answer: ${error.message}`));
    this.connections.push(redis);
    return redis;
  }
}

function optionsOf({ stamp, data }: QueueMessage, isUrgent: boolean) {
  const { product, organizationId, jobId } = stamp;
  // Led by product and organization: an id of Bull's is a key that drops what comes under it again.
  const id = [product, organizationId ?? 'none', jobId].join(':');
  return { jobId: id, removeOnComplete: true, removeOnFail: true, lifo: isUrgent, ...(data && WITHOUT_ROW) };
}

async function withinTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('Redis does not answer.')), ANSWER_WITHIN_MS);
  });
  answer.catch(() => undefined);
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
