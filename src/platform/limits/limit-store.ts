import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { Configuration } from '../config/configuration.js';

/** A limit must not cost more than what it protects: after this long the process counts by itself. */
const COMMAND_TIMEOUT_MS = 50;
const MAX_RECONNECT_DELAY_MS = 2_000;

/** The limits' own connection to Redis: nothing waits in it while Redis is away. */
@Injectable()
export class LimitStore implements OnApplicationShutdown {
  readonly redis: Redis;

  constructor(configuration: Configuration) {
    this.redis = new Redis(configuration.get('REDIS_URL'), {
      keyPrefix: `${configuration.product}:`,
      commandTimeout: COMMAND_TIMEOUT_MS,
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
      lazyConnect: !isLimiting(configuration),
      retryStrategy: (attempt) => Math.min(attempt * 100, MAX_RECONNECT_DELAY_MS),
    });
    // The shared connection says so in the log already.
    this.redis.on('error', () => undefined);
  }

  onApplicationShutdown(): void {
    this.redis.disconnect();
  }
}

/** `RATE_LIMIT_PER_MINUTE=0` turns all limits off. */
export function isLimiting(configuration: Configuration): boolean {
  return configuration.get('RATE_LIMIT_PER_MINUTE') > 0;
}
