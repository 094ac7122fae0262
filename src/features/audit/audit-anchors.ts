import { setTimeout as pause } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { REDIS } from '../../platform/redis/redis.module.js';
import type { ChainHead } from './audit.types.js';

const KEY = 'audit:heads';
/** Between two times, whatever is written: of each chain only the latest end is of use. */
const REST_MS = 200;
/** Keeps the later of two ends: processes answer in any order. */
const KEEP = `
  for i = 1, #ARGV, 3 do
    local known = redis.call('hget', KEYS[1], ARGV[i])
    local sequence = known and tonumber(string.match(known, '"sequence":(%d+)')) or -1
    if tonumber(ARGV[i + 1]) > sequence then redis.call('hset', KEYS[1], ARGV[i], ARGV[i + 2]) end
  end
  return 1`;

/** Remembers in Redis where each chain ended, so that an end that is put back in the database shows. Best effort. */
@Injectable()
export class AuditAnchors implements BeforeApplicationShutdown {
  private pending = new Map<string, ChainHead>();
  private isBusy = false;

  constructor(@Inject(REDIS) private readonly redis: Redis) {}

  /** Nobody waits for it: a Redis that is slow or down costs the anchor, not the answer. */
  keepLater(ends: readonly { readonly organizationId: string; readonly head: ChainHead }[]): void {
    for (const { organizationId, head } of ends) {
      const pending = this.pending.get(organizationId);
      if (!pending || pending.sequence < head.sequence) this.pending.set(organizationId, head);
    }
    if (this.isBusy) return;
    this.isBusy = true;
    void this.keepAll().finally(() => {
      this.isBusy = false;
    });
  }

  /** Returns the end that was remembered; null if there is none, or Redis does not answer. */
  async find(organizationId: string): Promise<ChainHead | null> {
    await this.keep();
    if (this.redis.status !== 'ready') return null;
    const text = await this.redis.hget(KEY, organizationId).catch(() => null);
    try {
      return text === null ? null : (JSON.parse(text) as ChainHead);
    } catch {
      return null;
    }
  }

  /** For an organization that is no more. A Redis that is down keeps the anchor: an id and a hash, of nobody. */
  async forget(organizationId: string): Promise<void> {
    this.pending.delete(organizationId);
    await this.redis.hdel(KEY, organizationId).catch(() => undefined);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.keep();
  }

  private async keepAll(): Promise<void> {
    while (this.pending.size > 0) {
      await this.keep();
      await pause(REST_MS, undefined, { ref: false });
    }
  }

  private async keep(): Promise<void> {
    const ends = [...this.pending];
    this.pending = new Map();
    // While it reconnects, a command would wait for it.
    if (ends.length === 0 || this.redis.status !== 'ready') return;
    const values = ends.flatMap(([id, head]) => [id, head.sequence, JSON.stringify(head)]);
    await this.redis.eval(KEEP, 1, KEY, ...values).catch(() => undefined);
  }
}
