import { LRUCache } from 'lru-cache';

/** Keeps opened keys for a while, in a bounded number, and overwrites each when it goes. */
export class KeyCache {
  private readonly keys: LRUCache<string, Buffer>;

  constructor({ max, ttlMs }: { readonly max: number; readonly ttlMs: number }) {
    // By timers: a key that nobody asks for again must end in time as well.
    this.keys = new LRUCache({ max, ttl: ttlMs, ttlAutopurge: true, dispose: (key) => key.fill(0) });
  }

  /** Returns a key that is overwritten when it goes: to be used at once, before anything is awaited. */
  get(name: string): Buffer | undefined {
    return this.keys.get(name);
  }

  /** Keeps a copy. */
  set(name: string, key: Buffer, ttlMs?: number): void {
    this.keys.set(name, Buffer.from(key), ttlMs === undefined ? {} : { ttl: ttlMs });
  }

  delete(name: string): void {
    this.keys.delete(name);
  }

  clear(): void {
    this.keys.clear();
  }
}
