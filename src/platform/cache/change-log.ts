import type { DatabaseSignals, Echo } from '../database/database-signals.js';

/** As of when a value was read, and which version of its subject it was. */
export interface Stamp {
  readonly version: number;
  /** By the clock of the database, in microseconds; not later than the snapshot that was read. */
  readonly readAt: number;
  /** Which start of which database server was asked. */
  readonly server: string;
}

/** A change that another process may not have heard of must not be missed for longer than this. */
export const FRESH_MS = 1_000;
/** No value is older, whatever was announced. */
export const LIFE_MS = 60_000;
const MAX_CHANGES = 50_000;
const MICROS = 1_000;

/** What an announcement says: a subject, and the version that it has now. */
export interface Announcement {
  readonly subject: string;
  readonly version: number;
}

interface Change {
  readonly version: number;
  readonly heardAt: number;
}

/**
 * What was announced as changed lately, and so which values are still right. Asked at every read, for a value from
 * anywhere: it must have been read after this process began to hear, and nothing newer announced since. So it does not
 * matter what a store kept, lost or brought back from the dead.
 * @see docs/decisions/2026-11-26-versioned-cache.md
 */
export class ChangeLog {
  private readonly changes = new Map<string, Change>();
  private readonly ownChanges = new Map<string, number>();
  /** Everything committed since then was heard. */
  private floor: Echo | undefined;
  private floorNotBefore = 0;

  /**
   * @param toChange - reads an announcement; null if it is not for this process
   * @param onChange - told of each announced subject, and without one when everything may have changed
   */
  constructor(
    private readonly signals: DatabaseSignals,
    channel: string,
    toChange: (payload: string) => Announcement | null,
    private readonly onChange: (subject?: string) => void,
  ) {
    signals.hear(channel, {
      onSignal: (payload) => {
        const change = toChange(payload);
        if (change) this.note(change.subject, change.version);
      },
      onDeaf: () => this.startAnew(),
    });
  }

  /** Whether any value could be vouched for now. */
  get isHearing(): boolean {
    return this.currentEcho() !== undefined;
  }

  /** Whether a value is what the database would say, give or take the last {@link FRESH_MS}. */
  vouchesFor(subject: string, stamp: Stamp): boolean {
    const echo = this.currentEcho();
    if (!echo || !this.floor || stamp.server !== echo.server || stamp.readAt < this.floor.databaseTime) return false;
    const ageMs = (echo.databaseTime - stamp.readAt) / MICROS;
    // One that seems to come from the future was stamped before somebody set the clock back.
    if (ageMs > LIFE_MS || ageMs < -2 * FRESH_MS) return false;
    if ((this.changes.get(subject)?.version ?? 0) > stamp.version) return false;
    // Our own change is announced to us as well: from the echo of a later beat on, it is among the changes.
    return (this.ownChanges.get(subject) ?? -1) < echo.sentAt;
  }

  /** Notes that this process may have changed a subject just now. */
  noteOwn(subject: string): void {
    const now = performance.now();
    for (const [known, at] of this.ownChanges) {
      if (now - at <= LIFE_MS) break;
      this.ownChanges.delete(known);
    }
    this.ownChanges.delete(subject);
    this.ownChanges.set(subject, now);
    this.onChange(subject);
  }

  private note(subject: string, version: number): void {
    const heardAt = performance.now();
    const known = this.changes.get(subject)?.version ?? 0;
    // Put at the end: the map is in the order of time.
    this.changes.delete(subject);
    this.changes.set(subject, { version: Math.max(version, known), heardAt });
    this.forgetOld(heardAt);
    this.onChange(subject);
  }

  /** A value that is older than a forgotten change is past its life. */
  private forgetOld(now: number): void {
    if (this.changes.size > MAX_CHANGES) this.startAnew();
    for (const [subject, { heardAt }] of this.changes) {
      if (now - heardAt <= 2 * LIFE_MS) return;
      this.changes.delete(subject);
    }
  }

  /** Forgets what was heard, and with it everything that was read before the next echo. */
  private startAnew(): void {
    this.changes.clear();
    this.floor = undefined;
    this.floorNotBefore = performance.now();
    this.onChange();
  }

  private currentEcho(): Echo | undefined {
    const echo = this.signals.heard;
    if (!echo || performance.now() - echo.sentAt > FRESH_MS) return undefined;
    if (!this.floor && echo.sentAt > this.floorNotBefore) this.floor = echo;
    return this.floor && echo;
  }
}
