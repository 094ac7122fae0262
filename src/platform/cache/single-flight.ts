import { FRESH_MS } from './change-log.js';

interface Flight<Result> {
  readonly startedAt: number;
  readonly result: Promise<Result>;
}

/** Lets whoever asks for the same thing at the same time share one answer, or one failure. Remembers neither. */
export class SingleFlight<Result> {
  /** By subject, then by variant. */
  private readonly flights = new Map<string, Map<string, Flight<Result>>>();

  /** @param key - under which readers meet: it must say all that `work` depends on, the organization first */
  async run(subject: string, key: string, work: () => Promise<Result>): Promise<Result> {
    const ofSubject = this.flights.get(subject) ?? new Map<string, Flight<Result>>();
    const open = ofSubject.get(key);
    // An older one may have read before a change that the newcomer must see.
    if (open && performance.now() - open.startedAt < FRESH_MS) return await open.result;
    const flight = { startedAt: performance.now(), result: work() };
    this.flights.set(subject, ofSubject.set(key, flight));
    try {
      return await flight.result;
    } finally {
      if (ofSubject.get(key) === flight) ofSubject.delete(key);
      if (ofSubject.size === 0 && this.flights.get(subject) === ofSubject) this.flights.delete(subject);
    }
  }

  /** Keeps newcomers from joining what is under way for a subject; without one, for any. */
  detach(subject?: string): void {
    if (subject === undefined) this.flights.clear();
    else this.flights.delete(subject);
  }
}
