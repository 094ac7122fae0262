import { Inject, Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { Configuration } from '../config/configuration.js';
import { REDIS } from '../redis/redis.module.js';
import { AttemptBuckets, type AttemptRule, type AttemptState } from './attempt-buckets.js';
import { limitKeys, toSource } from './limit-keys.js';
import { isLimiting } from './limit-store.js';
import { tooManyAttempts } from './limit.errors.js';

export type AttemptKind = 'login' | 'password-change' | 'password-reset' | 'registration';

interface Rules {
  readonly address: AttemptRule;
  readonly source: AttemptRule;
}

/** A source can be a whole office; an address is one person, who mistypes. */
const RULES: Readonly<Record<AttemptKind, Rules>> = {
  login: { address: { free: 20 }, source: { free: 100 } },
  'password-change': { address: { free: 5 }, source: { free: 100 } },
  'password-reset': { address: { free: 3 }, source: { free: 30 } },
  registration: { address: { free: 5 }, source: { free: 50 } },
};

/** Somebody tries something that can be guessed, or that sends mail. */
export interface AttemptSubject {
  /** What is tried: an e-mail address, whether or not it has an account, or the id of a person who is logged in. */
  readonly address: string;
  readonly ipAddress: string | null;
  /**
   * Tells whether the person has used this source before. Asked only while the address is delayed: such a source has a
   * count of its own, so that strangers' guesses do not keep the person out.
   */
  readonly isKnownSource?: () => Promise<boolean>;
}

/** An attempt that was admitted; it counts as failed until it says otherwise. */
export interface Attempt {
  /** The address is delayed from now on: the moment to put it on record. */
  readonly isFirstDelayed: boolean;
  /** The person proved to be who it claims to be. */
  succeed(): Promise<void>;
}

/**
 * Slows guessing down: by address and by source, with a delay that doubles up to 15 minutes.
 * @example
 * const attempt = await attempts.begin('login', \{ address, ipAddress \});
 * // … check the password, then
 * await attempt.succeed();
 */
@Injectable()
export class AttemptLimiter {
  private readonly buckets: AttemptBuckets | null;

  // The shared connection waits longer than the limits' own: an attempt costs more than Redis ever does, and counting it
  // in the process gives every process its own free ones.
  constructor(@Inject(REDIS) redis: Redis, configuration: Configuration) {
    this.buckets = isLimiting(configuration) ? new AttemptBuckets(redis) : null;
  }

  /** @throws TOO_MANY_ATTEMPTS, alike for addresses with and without account. */
  async begin(kind: AttemptKind, subject: AttemptSubject): Promise<Attempt> {
    const { buckets } = this;
    if (!buckets) return { isFirstDelayed: false, succeed: async () => undefined };
    const rules = RULES[kind];
    const source = toSource(subject.ipAddress);
    const bySource = { key: limitKeys.attemptsFrom(kind, source), rule: rules.source };
    let byAddress = { key: limitKeys.attemptsAt(kind, subject.address), rule: rules.address };
    let states = await buckets.admit(bySource, byAddress);
    // Whoever's source must wait was not asked for the address.
    const isAddressDelayed = (states[1]?.waitMs ?? 0) > 0;
    if (isAddressDelayed && (await subject.isKnownSource?.())) {
      byAddress = { key: limitKeys.attemptsAtFrom(kind, subject.address, source), rule: rules.address };
      states = await buckets.admit(byAddress);
    }
    const { count, waitMs } = states.at(-1) as AttemptState;
    if (waitMs > 0) throw refusal(waitMs);
    return {
      isFirstDelayed: count === rules.address.free,
      // Of the source only this attempt: logging in as oneself in between must not make guessing free.
      succeed: async () => await buckets.release({ forgotten: byAddress.key, refunded: bySource }),
    };
  }
}

function refusal(waitMs: number) {
  return tooManyAttempts(Math.ceil(waitMs / 1_000));
}
