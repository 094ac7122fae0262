import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';

/** When attempts begin to be delayed. */
export interface AttemptRule {
  /** So many are free; after each further one the next must wait, twice as long each time. */
  readonly free: number;
}

export interface AttemptState {
  /** Attempts so far, this one included. */
  readonly count: number;
  /** How long this attempt should have waited; 0: it is admitted. */
  readonly waitMs: number;
}

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 15 * 60_000;
/** Forgotten after a day without an attempt. */
const MEMORY_MS = 24 * 60 * 60_000;
const MAX_REMEMBERED = 50_000;

/** Counts at admission, before the outcome is known: of many at once no more pass than of many in a row. */
const ADMIT = `
  local time = redis.call('time')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local known = redis.call('hmget', KEYS[1], 'count', 'until')
  local count = tonumber(known[1] or 0)
  local wait = tonumber(known[2] or 0) - now
  if wait > 0 then return {count, wait} end
  count = count + 1
  local free = tonumber(ARGV[1])
  local delay = 0
  if count >= free then delay = math.min(ARGV[2] * 2 ^ math.min(count - free, 30), ARGV[3]) end
  redis.call('hset', KEYS[1], 'count', count, 'until', string.format('%.0f', now + delay))
  redis.call('pexpire', KEYS[1], ARGV[4])
  return {count, 0}`;

/** Takes one attempt back that was none; what was delayed by it alone is not any more. */
const REFUND = `
  local count = tonumber(redis.call('hget', KEYS[1], 'count') or 0)
  if count <= 1 then return redis.call('del', KEYS[1]) end
  redis.call('hset', KEYS[1], 'count', count - 1)
  if count <= tonumber(ARGV[1]) then redis.call('hset', KEYS[1], 'until', 0) end
  return 1`;

/** Attempts by key, in Redis, and in the process while Redis does not answer. */
export class AttemptBuckets {
  private readonly local = new LRUCache<string, { count: number; untilMs: number }>({
    max: MAX_REMEMBERED,
    ttl: MEMORY_MS,
  });

  constructor(private readonly redis: Redis) {}

  async admit(key: string, { free }: AttemptRule): Promise<AttemptState> {
    // While it reconnects, a command would wait for it.
    if (this.redis.status !== 'ready') return this.admitLocally(key, free);
    try {
      const options = [free, FIRST_DELAY_MS, LONGEST_DELAY_MS, MEMORY_MS];
      const [count, waitMs] = (await this.redis.eval(ADMIT, 1, key, ...options)) as [number, number];
      return { count, waitMs };
    } catch {
      return this.admitLocally(key, free);
    }
  }

  async refund(key: string, { free }: AttemptRule): Promise<void> {
    this.local.delete(key);
    if (this.redis.status === 'ready') await this.redis.eval(REFUND, 1, key, free).catch(() => undefined);
  }

  async forget(key: string): Promise<void> {
    this.local.delete(key);
    if (this.redis.status === 'ready') await this.redis.del(key).catch(() => undefined);
  }

  private admitLocally(key: string, free: number): AttemptState {
    const known = this.local.get(key) ?? { count: 0, untilMs: 0 };
    const waitMs = known.untilMs - Date.now();
    if (waitMs > 0) return { count: known.count, waitMs };
    const count = known.count + 1;
    const delayMs = count < free ? 0 : Math.min(FIRST_DELAY_MS * 2 ** Math.min(count - free, 30), LONGEST_DELAY_MS);
    this.local.set(key, { count, untilMs: Date.now() + delayMs });
    return { count, waitMs: 0 };
  }
}
