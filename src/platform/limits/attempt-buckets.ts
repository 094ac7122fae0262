import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';

/** When attempts begin to be delayed. */
export interface AttemptRule {
  /** So many are free; after each further one the next must wait, twice as long each time. */
  readonly free: number;
}

/** A count, and when it begins to delay. */
export interface AskedBucket {
  readonly key: string;
  readonly rule: AttemptRule;
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

/**
 * Counts at admission, before the outcome is known: of many at once no more pass than of many in a row. KEYS are asked in
 * their order, ARGV[4] and on say how much of each is free; what comes after one that must wait is not counted.
 */
const ADMIT = `
  local time = redis.call('time')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local answer = {}
  for place, key in ipairs(KEYS) do
    local known = redis.call('hmget', key, 'count', 'until')
    local count = tonumber(known[1] or 0)
    local wait = tonumber(known[2] or 0) - now
    if wait > 0 then
      answer[place] = {count, wait}
      return answer
    end
    count = count + 1
    local free = tonumber(ARGV[3 + place])
    local delay = 0
    if count >= free then delay = math.min(ARGV[1] * 2 ^ math.min(count - free, 30), ARGV[2]) end
    redis.call('hset', key, 'count', count, 'until', string.format('%.0f', now + delay))
    redis.call('pexpire', key, ARGV[3])
    answer[place] = {count, 0}
  end
  return answer`;

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

  /**
   * Counts an attempt by each of the keys, in their order.
   * @returns one state for each, up to the first that must wait: what comes after it is not counted
   */
  async admit(...asked: readonly AskedBucket[]): Promise<AttemptState[]> {
    // While it reconnects, a command would wait for it.
    if (this.redis.status !== 'ready') return this.admitAllLocally(asked);
    try {
      const options = [FIRST_DELAY_MS, LONGEST_DELAY_MS, MEMORY_MS, ...asked.map(({ rule }) => rule.free)];
      const keys = asked.map(({ key }) => key);
      const states = (await this.redis.eval(ADMIT, keys.length, ...keys, ...options)) as [number, number][];
      return states.map(([count, waitMs]) => ({ count, waitMs }));
    } catch {
      return this.admitAllLocally(asked);
    }
  }

  /** Takes an attempt back of which nothing is left to fear: forgets the one bucket, and pays back to the other. */
  async release({ forgotten, refunded }: { forgotten: string; refunded: AskedBucket }): Promise<void> {
    for (const key of [forgotten, refunded.key]) this.local.delete(key);
    if (this.redis.status !== 'ready') return;
    const commands = this.redis.pipeline().del(forgotten).eval(REFUND, 1, refunded.key, refunded.rule.free);
    await commands.exec().catch(() => undefined);
  }

  private admitAllLocally(asked: readonly AskedBucket[]): AttemptState[] {
    const states: AttemptState[] = [];
    for (const { key, rule } of asked) {
      const state = this.admitLocally(key, rule.free);
      states.push(state);
      if (state.waitMs > 0) break;
    }
    return states;
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
