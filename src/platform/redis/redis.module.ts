import { Global, Inject, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { Configuration } from '../config/configuration.js';

/** Token of the shared Redis connection. */
export const REDIS = Symbol('redis');

const COMMAND_TIMEOUT_MS = 500;
const MAX_RECONNECT_DELAY_MS = 2_000;

@Global()
@Module({
  providers: [
    {
      provide: REDIS,
      inject: [Configuration],
      useFactory: (configuration: Configuration) => {
        const logger = new Logger('Redis');
        const redis = new Redis(configuration.get('REDIS_URL'), {
          // Every key of a deployment is its product's; two products share one server.
          keyPrefix: `${configuration.product}:`,
          commandTimeout: COMMAND_TIMEOUT_MS,
          maxRetriesPerRequest: 1,
          enableOfflineQueue: true,
          retryStrategy: (attempt) => Math.min(attempt * 100, MAX_RECONNECT_DELAY_MS),
        });
        redis.on('error', (error) => logger.warn(`Redis does not answer: ${error.message}`));
        return redis;
      },
    },
  ],
  exports: [REDIS],
})
export class RedisModule implements OnApplicationShutdown {
  constructor(@Inject(REDIS) private readonly redis: Redis) {}

  onApplicationShutdown(): void {
    this.redis.disconnect();
  }
}
