import { performance } from 'node:perf_hooks';

/** The database's time, by the answers it gave. A clock of this machine that is wrong or jumps does not matter. */
export class DatabaseClock {
  private offsetMs = Date.now() - performance.now();
  /** Whether the database was asked yet: before, it is this machine's time. */
  isSet = false;

  now(): number {
    return Math.floor(performance.now() + this.offsetMs);
  }

  observe(databaseNowMs: number): void {
    this.offsetMs = databaseNowMs - performance.now();
    this.isSet = true;
  }
}
