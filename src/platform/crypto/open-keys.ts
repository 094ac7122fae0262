import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { DatabaseSignals } from '../database/database-signals.js';
import { KeyCache } from './key-cache.js';

const MAX_KEYS = 1_000;
const LIFETIME_MS = 300_000;
/** While the end of a key would not be heard. */
const DEAF_LIFETIME_MS = 1_000;
/** Announced by triggers on organization_keys, with the name of the key. */
const CHANNEL = 'organization_key_ended';

/**
 * The data keys that this process has opened: for five minutes at most, and until the database announces their end.
 * @see docs/decisions/2026-11-26-data-keys.md
 */
@Injectable()
export class OpenKeys implements OnApplicationShutdown {
  private readonly cache = new KeyCache({ max: MAX_KEYS, ttlMs: LIFETIME_MS });
  /** One opening for all who wait for the same key. */
  private readonly opening = new Map<string, Promise<Buffer>>();
  /** Rises when keys end: what was read before may be one of them. */
  private ended = 0;
  private isListening = false;

  constructor(private readonly signals: DatabaseSignals) {}

  /**
   * Runs `work` with a key, at once if the key is open. Its buffer is overwritten afterwards or when it ends, so `work`
   * cannot wait.
   * @param name - `<organization id>/<key id>`, as the database announces it
   * @param open - opens the key, if it is not open
   */
  use<T>(name: string, open: () => Promise<Buffer>, work: (key: Buffer) => T): T | Promise<T> {
    const known = this.cache.get(name);
    return known ? work(known) : this.openOnce(name, open).then(work);
  }

  onApplicationShutdown(): void {
    this.cache.clear();
  }

  private async openOnce(name: string, open: () => Promise<Buffer>): Promise<Buffer> {
    const running = this.opening.get(name);
    if (running) return await running;
    const opened = this.openAndKeep(name, open).finally(() => this.opening.delete(name));
    this.opening.set(name, opened);
    return await opened;
  }

  private async openAndKeep(name: string, open: () => Promise<Buffer>): Promise<Buffer> {
    this.listen();
    const { ended } = this;
    const key = await open();
    const lifetimeMs = this.signals.isHearing ? LIFETIME_MS : DEAF_LIFETIME_MS;
    if (ended === this.ended) this.cache.set(name, key, lifetimeMs);
    // After all who wait for it, who go on in this very turn of the event loop.
    setImmediate(() => key.fill(0));
    return key;
  }

  /** Not before the first key: a command that needs none needs no connection for it. */
  private listen(): void {
    if (this.isListening) return;
    this.isListening = true;
    this.signals.hear(CHANNEL, {
      onSignal: (name) => {
        this.ended += 1;
        this.cache.delete(name);
      },
      onDeaf: () => {
        this.ended += 1;
        this.cache.clear();
      },
    });
  }
}
