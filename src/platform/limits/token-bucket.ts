import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';

const SECONDS = 60;

/**
 * A bucket of `points` tokens that fills up evenly within its duration (GCRA: the one number stored is the time at which it
 * will be full). In place of the library's fixed window, at whose edge twice the limit passes at once. The library defines
 * its script once per client, so every limiter of one client must take this.
 */
export const TOKEN_BUCKET = `
  local time = redis.call('time')
  local now = time[1] * 1000 + time[2] / 1000
  local capacity = ARGV[4] * 1000
  local full = math.max(tonumber(redis.call('get', KEYS[1]) or now), now) + ARGV[1] * capacity / ARGV[3]
  if full - now > capacity then return {tonumber(ARGV[3]) + 1, math.ceil(full - now - capacity)} end
  redis.call('set', KEYS[1], string.format('%.6f', full), 'PX', math.max(1, math.ceil(full - now)))
  return {math.ceil((full - now) * ARGV[3] / capacity), math.ceil(full - now)}`;

/** What a bucket says of one request. */
export interface BucketState {
  readonly isRefused: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Until the bucket is full again; if the request is refused, until it has a token. */
  readonly resetSeconds: number;
}

/** Takes tokens out of buckets in Redis, and out of its own while Redis does not answer. */
export class TokenBucket {
  private readonly limiter: RateLimiterRedis;

  constructor(
    redis: Redis,
    private readonly points: number,
  ) {
    this.limiter = new RateLimiterRedis({
      storeClient: redis,
      keyPrefix: '',
      points,
      duration: SECONDS,
      rejectIfRedisNotReady: true,
      customIncrTtlLuaScript: TOKEN_BUCKET,
      insuranceLimiter: new RateLimiterMemory({ keyPrefix: '', points, duration: SECONDS }),
    });
  }

  async take(key: string): Promise<BucketState> {
    try {
      return this.describe(await this.limiter.consume(key), false);
    } catch (error) {
      if (error instanceof RateLimiterRes) return this.describe(error, true);
      throw error;
    }
  }

  private describe({ remainingPoints, msBeforeNext }: RateLimiterRes, isRefused: boolean): BucketState {
    const resetSeconds = Math.max(1, Math.ceil(msBeforeNext / 1_000));
    return { isRefused, limit: this.points, remaining: isRefused ? 0 : remainingPoints, resetSeconds };
  }
}
