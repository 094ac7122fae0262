import { Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { Configuration } from '../config/configuration.js';
import { isLimiting, LimitStore } from './limit-store.js';
import { limitKeys, toSource } from './limit-keys.js';
import { rateLimited } from './limit.errors.js';
import { TOKEN_BUCKET } from './token-bucket.js';

const HOUR = 3_600;

/** What costs more than a request does: how often, in how many seconds. */
const RULES = {
  'faq-feedback': { points: 60, duration: HOUR },
  /** Of one source on one question: what comes after the first counts for nothing. */
  'faq-vote': { points: 1, duration: 24 * HOUR },
  'chat-conversation': { points: 30, duration: HOUR },
  /** Of one visitor or user. */
  'chat-message': { points: 30, duration: 300 },
  /** Of all visitors of a source: a token costs nothing to get. */
  'chat-source': { points: 120, duration: 300 },
} as const;

export type VisitorRule = keyof typeof RULES;

/** Keeps what visitors may do without logging in to what people do. In Redis, and in the process while it is away. */
@Injectable()
export class VisitorLimiter {
  private readonly limiters: ReadonlyMap<VisitorRule, RateLimiterRedis> | null;

  constructor(store: LimitStore, configuration: Configuration) {
    const names = Object.keys(RULES) as VisitorRule[];
    this.limiters = isLimiting(configuration)
      ? new Map(names.map((name) => [name, createLimiter(store, RULES[name])]))
      : null;
  }

  /** @throws RATE_LIMITED */
  async require(rule: VisitorRule, key: string): Promise<void> {
    const refused = await this.take(rule, key);
    if (refused) throw rateLimited(Math.max(1, Math.ceil(refused.msBeforeNext / 1_000)));
  }

  /** @throws RATE_LIMITED */
  async requireSource(rule: VisitorRule, ipAddress: string | null | undefined): Promise<void> {
    await this.require(rule, toSource(ipAddress));
  }

  /** Tells whether this is within the rule. */
  async isWithin(rule: VisitorRule, ipAddress: string | null | undefined, subject: string): Promise<boolean> {
    return (await this.take(rule, `${toSource(ipAddress)}:${subject}`)) === null;
  }

  private async take(rule: VisitorRule, key: string): Promise<RateLimiterRes | null> {
    try {
      await this.limiters?.get(rule)?.consume(limitKeys.visitor(rule, key));
      return null;
    } catch (error) {
      if (error instanceof RateLimiterRes) return error;
      throw error;
    }
  }
}

function createLimiter(store: LimitStore, rule: { points: number; duration: number }): RateLimiterRedis {
  return new RateLimiterRedis({
    storeClient: store.redis,
    keyPrefix: '',
    ...rule,
    rejectIfRedisNotReady: true,
    customIncrTtlLuaScript: TOKEN_BUCKET,
    insuranceLimiter: new RateLimiterMemory({ keyPrefix: '', ...rule }),
  });
}
