import { LRUCache } from 'lru-cache';
import type { CacheKey } from './cache-key.js';
import { type ChangeLog, LIFE_MS, type Stamp } from './change-log.js';
import type { SharedStore, StampedText } from './shared-store.js';
import { SingleFlight } from './single-flight.js';

export type CacheResult = 'memory' | 'redis' | 'miss';

/** What a read found, and where. */
export interface CacheAnswer<Value> {
  readonly value: Value | null;
  readonly result: CacheResult;
}

/** Reads from the database: for each key its value, or null if there is none. */
export type Load = (keys: readonly CacheKey[]) => Promise<readonly (StampedText | null)[]>;

export interface CacheParts<Value> {
  readonly parse: (text: string) => Value;
  readonly copy: (value: Value) => Value;
  readonly shared: SharedStore;
  readonly listen: (onChange: (subject?: string) => void) => ChangeLog;
  readonly countRead: (result: CacheResult) => void;
  readonly countLoad: () => void;
}

const MAX_ENTRIES = 10_000;
const MAX_BYTES = 64 * 1_024 * 1_024;
/** Of the text, for what was read of it: 1.4 were measured with clients; outside of Latin-1 texts take twice as much. */
const BYTES_PER_CHARACTER = 3;
const BYTES_PER_ENTRY = 500;

/** A value as this process keeps it: nobody gets this object, everybody gets a copy. */
interface Kept<Value> {
  readonly stamp: Stamp;
  readonly value: Value;
  readonly bytes: number;
}

/**
 * Values of organizations at two distances: in this process, and in Redis for all of them. Only what the
 * {@link ChangeLog} vouches for is given out; everything else comes from the database.
 * @remarks Every reader gets an object of its own. Keep what may be read by whoever reads the database: ciphertext, never
 * an opened secret.
 */
export class VersionedCache<Value extends object> {
  private readonly memory = new LRUCache<string, Kept<Value>>({
    max: MAX_ENTRIES,
    maxSize: MAX_BYTES,
    maxEntrySize: MAX_BYTES / 64,
    sizeCalculation: ({ bytes }) => bytes,
    ttl: LIFE_MS,
  });
  private readonly flights = new SingleFlight<CacheAnswer<Value>>();
  private heard: ChangeLog | undefined;

  constructor(private readonly parts: CacheParts<Value>) {}

  /** Returns a value; of those who ask at the same time in this process, one loads. */
  async read(key: CacheKey, load: Load): Promise<CacheAnswer<Value>> {
    const near = this.findNear(key);
    const answer = near ?? (await this.flights.run(key.subject, key.full, () => this.readFar([key], load).then(only)));
    return this.give(answer);
  }

  /** Returns the values of several keys, in their order; all that is missing is loaded at once. */
  async readMany(keys: readonly CacheKey[], load: Load): Promise<CacheAnswer<Value>[]> {
    const near = keys.map((key) => this.findNear(key));
    const far = await this.readFar(
      keys.filter((_key, index) => !near[index]),
      load,
    );
    return near.map((answer) => this.give(answer ?? (far.shift() as CacheAnswer<Value>)));
  }

  /** To be called after a change that this process made: its own next read must see it. */
  forget(subject: string): void {
    this.heard?.noteOwn(subject);
  }

  /** Listens from the first read on: a command that only changes something needs no connection for it. */
  private get log(): ChangeLog {
    return (this.heard ??= this.parts.listen((subject) => this.changed(subject)));
  }

  private give({ value, result }: CacheAnswer<Value>): CacheAnswer<Value> {
    this.parts.countRead(result);
    return { value: value && this.parts.copy(value), result };
  }

  private findNear(key: CacheKey): CacheAnswer<Value> | undefined {
    const kept = this.memory.get(key.full);
    if (!kept || !this.log.vouchesFor(key.subject, kept.stamp)) return undefined;
    return { value: kept.value, result: 'memory' };
  }

  private async readFar(keys: readonly CacheKey[], load: Load): Promise<CacheAnswer<Value>[]> {
    const copies = this.log.isHearing ? await this.parts.shared.find(keys) : [];
    const found = keys.map((key, index) => {
      const copy = copies[index];
      return copy && this.log.vouchesFor(key.subject, copy.stamp) ? this.tryRead(copy) : undefined;
    });
    const missing = keys.filter((_key, index) => !found[index]);
    const loaded = missing.length > 0 ? [...(await load(missing))] : [];
    if (missing.length > 0) this.parts.countLoad();
    return keys.map((key, index) => {
      const shared = found[index];
      const fresh = shared ? null : (loaded.shift() ?? null);
      const kept = shared ?? (fresh && this.toKept(fresh));
      if (kept) this.keep(key, kept);
      if (fresh) this.parts.shared.put(key, fresh);
      return { value: kept?.value ?? null, result: shared ? 'redis' : 'miss' };
    });
  }

  private toKept({ stamp, text }: StampedText): Kept<Value> {
    return { stamp, value: this.parts.parse(text), bytes: text.length * BYTES_PER_CHARACTER + BYTES_PER_ENTRY };
  }

  /** What Redis holds and nobody can read is not there; what is loaded instead takes its place. */
  private tryRead(shared: StampedText): Kept<Value> | undefined {
    try {
      return this.toKept(shared);
    } catch {
      return undefined;
    }
  }

  /** A load that took longer than a later one must not undo what that one kept. */
  private keep(key: CacheKey, value: Kept<Value>): void {
    const kept = this.memory.peek(key.full)?.stamp;
    const isOlder =
      kept?.server === value.stamp.server &&
      (kept.version > value.stamp.version ||
        (kept.version === value.stamp.version && kept.readAt > value.stamp.readAt));
    if (!isOlder) this.memory.set(key.full, value);
  }

  private changed(subject?: string): void {
    this.flights.detach(subject);
    // Values of a changed subject are not vouched for any more, and pushed out by newer ones.
    if (subject === undefined) this.memory.clear();
  }
}

function only<Value>([answer]: CacheAnswer<Value>[]): CacheAnswer<Value> {
  return answer as CacheAnswer<Value>;
}
