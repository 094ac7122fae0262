import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { Configuration } from '../config/configuration.js';
import type { CacheKey } from './cache-key.js';
import { LIFE_MS, type Stamp } from './change-log.js';

/** A value as it is loaded, and kept in Redis. */
export interface StampedText {
  readonly stamp: Stamp;
  readonly text: string;
}

/** Asking must not cost more than the query that it saves. */
const COMMAND_TIMEOUT_MS = 100;
const PROBE_MS = 500;
const MAX_RECONNECT_DELAY_MS = 1_000;
/** What is larger costs Redis and its other users more than it saves. */
const MAX_LENGTH = 512 * 1_024;

/** Keeps a value unless a newer one is there: a reader that was slow must not undo what a faster one stored. */
const PUT_IF_NEWER = `
  local version, readAt = string.match(redis.call('GETRANGE', KEYS[1], 0, 63), '^(%d+) (%d+) ')
  if version then
    version = tonumber(version)
    if version > tonumber(ARGV[2]) or (version == tonumber(ARGV[2]) and tonumber(readAt) >= tonumber(ARGV[3])) then
      return 0
    end
  end
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[4])
  return 1`;

/**
 * Values that processes share in Redis, on a connection of its own: nothing waits in it while Redis is away.
 * @remarks Never fails: without Redis nothing is found. After one command without an answer nobody asks until a probe in
 * the background gets one, so a Redis that hangs delays only those who were asking already.
 */
@Injectable()
export class SharedStore implements OnApplicationShutdown {
  private readonly logger = new Logger('Cache');
  private readonly redis: Redis;
  private probe: NodeJS.Timeout | undefined;

  constructor(configuration: Configuration) {
    this.redis = new Redis(configuration.get('REDIS_URL'), {
      keyPrefix: `${configuration.product}:`,
      commandTimeout: COMMAND_TIMEOUT_MS,
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
      // A command or a migration reads no client: it opens no connection.
      lazyConnect: true,
      retryStrategy: (attempt) => Math.min(attempt * 100, MAX_RECONNECT_DELAY_MS),
    });
    // The shared connection says so in the log already.
    this.redis.on('error', () => undefined);
  }

  /** Returns what is kept under each key, in their order. */
  async find(keys: readonly CacheKey[]): Promise<(StampedText | undefined)[]> {
    if (keys.length === 0 || !this.isAnswering()) return keys.map(() => undefined);
    try {
      const [only] = keys;
      const texts =
        keys.length === 1 && only
          ? [await this.redis.get(only.inRedis)]
          : await this.redis.mget(keys.map(({ inRedis }) => inRedis));
      return keys.map((key, index) => unpack(key, texts[index] ?? null));
    } catch (error) {
      this.pause(error);
      return keys.map(() => undefined);
    }
  }

  /** Keeps a value, without waiting for it. */
  put(key: CacheKey, value: StampedText): void {
    if (value.text.length > MAX_LENGTH || !this.isAnswering()) return;
    const { version, readAt } = value.stamp;
    this.redis
      .eval(PUT_IF_NEWER, 1, key.inRedis, pack(key, value), version, readAt, LIFE_MS)
      .catch((error: unknown) => this.pause(error));
  }

  onApplicationShutdown(): void {
    clearTimeout(this.probe);
    this.redis.disconnect();
  }

  private isAnswering(): boolean {
    if (this.redis.status === 'wait') this.redis.connect().catch(() => undefined);
    return this.redis.status === 'ready' && this.probe === undefined;
  }

  private pause(error: unknown): void {
    if (this.probe) return;
    this.logger.warn(`Not asking Redis for a while: ${error instanceof Error ? error.message : 'no answer'}`);
    this.probeLater();
  }

  private probeLater(): void {
    this.probe = setTimeout(() => {
      this.redis.ping().then(
        () => (this.probe = undefined),
        () => this.probeLater(),
      );
    }, PROBE_MS);
    this.probe.unref();
  }
}

/** The value says whose it is. One that stands under another's key, however it came there, is nobody's. */
function pack({ full }: CacheKey, { stamp, text }: StampedText): string {
  return `${stamp.version} ${stamp.readAt} ${stamp.server} ${full}\n${text}`;
}

function unpack({ full }: CacheKey, packed: string | null): StampedText | undefined {
  if (packed === null) return undefined;
  const end = packed.indexOf('\n');
  const [version, readAt, server = '', owner] = packed.slice(0, end).split(' ');
  if (end < 0 || owner !== full) return undefined;
  return { stamp: { version: Number(version), readAt: Number(readAt), server }, text: packed.slice(end + 1) };
}
