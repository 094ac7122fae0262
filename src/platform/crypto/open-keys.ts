import type { KeyObject } from 'node:crypto';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DatabaseSignals } from '../database/database-signals.js';

const MAX_KEYS = 1_000;
const LIFETIME_MS = 300_000;
/** While the end of a key would not be heard. */
const DEAF_LIFETIME_MS = 1_000;
/** Announced by triggers on organization_keys, with the name of the key. */
const CHANNEL = 'organization_key_ended';

/** A data key that can be used. Its bytes are outside of what JavaScript can read. */
export interface OpenKey {
  readonly id: string;
  readonly encryption: KeyObject;
  /** Makes fingerprints; the same in all data keys of an organization. */
  readonly fingerprint: KeyObject;
}

/**
 * The data keys that this process has opened: for five minutes at most, and until the database announces their end.
 * @see docs/decisions/2026-11-26-data-keys.md
 */
@Injectable()
export class OpenKeys implements OnApplicationShutdown {
  // By timers: a key that nobody asks for again must end in time as well.
  private readonly keys = new LRUCache<string, OpenKey>({ max: MAX_KEYS, ttl: LIFETIME_MS, ttlAutopurge: true });
  /** One opening for all who wait for the same key. */
  private readonly opening = new Map<string, Promise<OpenKey>>();
  /** Rises when keys end: what was read before may be one of them. */
  private ended = 0;
  private isListening = false;

  constructor(private readonly signals: DatabaseSignals) {}

  /**
   * Returns a key, which `open` opens if it is not open.
   * @param name - `<organization id>/<key id>`, as the database announces it
   */
  async get(name: string, open: () => Promise<OpenKey>): Promise<OpenKey> {
    return this.keys.get(name) ?? (await this.openOnce(name, open));
  }

  onApplicationShutdown(): void {
    this.keys.clear();
  }

  private async openOnce(name: string, open: () => Promise<OpenKey>): Promise<OpenKey> {
    const running = this.opening.get(name);
    if (running) return await running;
    const opened = this.openAndKeep(name, open).finally(() => this.opening.delete(name));
    this.opening.set(name, opened);
    return await opened;
  }

  private async openAndKeep(name: string, open: () => Promise<OpenKey>): Promise<OpenKey> {
    this.listen();
    const { ended } = this;
    const key = await open();
    const ttl = this.signals.isHearing ? LIFETIME_MS : DEAF_LIFETIME_MS;
    if (ended === this.ended) this.keys.set(name, key, { ttl });
    return key;
  }

  /** Not before the first key: a command that needs none needs no connection for it. */
  private listen(): void {
    if (this.isListening) return;
    this.isListening = true;
    this.signals.hear(CHANNEL, {
      onSignal: (name) => {
        this.ended += 1;
        this.keys.delete(name);
      },
      onDeaf: () => {
        this.ended += 1;
        this.keys.clear();
      },
    });
  }
}
