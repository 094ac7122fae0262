import { jest } from '@jest/globals';
import type { DatabaseSignals, Echo, SignalListener } from '../database/database-signals.js';
import { ChangeLog, LIFE_MS, type Stamp } from './change-log.js';

const SERVER = '1764000000.1';
const MICROS = 1_000;

/** A database whose clock is this process' own, and whose announcements a test makes. */
class Announcer {
  heard: Echo | undefined;
  listener: SignalListener | undefined;
  server = SERVER;
  /** How far the database's clock was set forward, in milliseconds. */
  ahead = 0;

  hear(_channel: string, listener: SignalListener): void {
    this.listener = listener;
  }
  get now(): number {
    return Math.floor((performance.timeOrigin + performance.now() + this.ahead) * MICROS);
  }
  beat(): void {
    this.heard = { sentAt: performance.now(), databaseTime: this.now, server: this.server };
  }
  announce(subject: string, version: number): void {
    this.listener?.onSignal(`${subject} ${version}`);
  }
  deafen(): void {
    this.heard = undefined;
    this.listener?.onDeaf?.();
  }
}

describe(ChangeLog, () => {
  let database: Announcer;
  let log: ChangeLog;
  let told: (string | undefined)[];

  beforeEach(() => {
    jest.useFakeTimers({ now: 1_800_000_000_000 });
    told = [];
    database = new Announcer();
    log = new ChangeLog(
      database as unknown as DatabaseSignals,
      'client_changed',
      (payload) => ({ subject: payload.split(' ')[0] as string, version: Number(payload.split(' ')[1]) }),
      (subject) => told.push(subject),
    );
    jest.advanceTimersByTime(100);
  });
  afterEach(() => jest.useRealTimers());

  const pass = (ms: number) => {
    for (let passed = 0; passed < ms; passed += 500) {
      jest.advanceTimersByTime(Math.min(500, ms - passed));
      database.beat();
    }
  };
  const readNow = (version = 10): Stamp => ({ version, readAt: database.now, server: database.server });

  it('vouches for nothing before it hears, and for what is read afterwards', () => {
    const early = readNow();
    expect(log.isHearing).toBe(false);
    expect(log.vouchesFor('a', early)).toBe(false);
    pass(500);
    expect(log.vouchesFor('a', early)).toBe(false);
    expect(log.vouchesFor('a', readNow())).toBe(true);
  });

  it('vouches for the announced version and later ones, of that subject', () => {
    pass(500);
    const [old, same, other] = [readNow(10), readNow(11), readNow(10)];
    database.announce('a', 11);
    database.announce('a', 9);
    expect(log.vouchesFor('a', old)).toBe(false);
    expect(log.vouchesFor('a', same)).toBe(true);
    expect(log.vouchesFor('b', other)).toBe(true);
    expect(told).toEqual(['a', 'a']);
  });

  it('goes on to refuse an old version for as long as it could be offered', () => {
    pass(500);
    const old = readNow(10);
    database.announce('a', 11);
    for (let seconds = 0; seconds < (3 * LIFE_MS) / 1_000; seconds += 1) {
      pass(1_000);
      database.announce('b', seconds);
      expect(log.vouchesFor('a', old)).toBe(false);
    }
  });

  it('vouches for no value past its life', () => {
    pass(500);
    expect(log.isHearing).toBe(true);
    const stamp = readNow();
    pass(LIFE_MS - 1_000);
    expect(log.vouchesFor('a', stamp)).toBe(true);
    pass(2_000);
    expect(log.vouchesFor('a', stamp)).toBe(false);
  });

  it('does not vouch once nothing was heard for a second', () => {
    pass(500);
    const stamp = readNow();
    jest.advanceTimersByTime(1_000);
    expect(log.vouchesFor('a', stamp)).toBe(true);
    jest.advanceTimersByTime(1);
    expect(log.vouchesFor('a', stamp)).toBe(false);
  });

  it('begins anew after it was deaf', () => {
    pass(500);
    const before = readNow();
    database.deafen();
    expect(told).toEqual([undefined]);
    expect(log.vouchesFor('a', before)).toBe(false);
    pass(500);
    expect(log.vouchesFor('a', before)).toBe(false);
    expect(log.vouchesFor('a', readNow())).toBe(true);
  });

  it('sees its own change before it hears of it, until it would have heard', () => {
    pass(500);
    const before = readNow(10);
    log.noteOwn('a');
    const after = readNow(11);
    for (const stamp of [before, after]) expect(log.vouchesFor('a', stamp)).toBe(false);
    expect(log.vouchesFor('b', before)).toBe(true);
    database.announce('a', 11);
    pass(500);
    expect(log.vouchesFor('a', before)).toBe(false);
    expect(log.vouchesFor('a', after)).toBe(true);
  });

  it('takes nothing that another server said, or that the clock of one that was set back did', () => {
    pass(500);
    database.ahead = 10_000;
    const fromTheFuture = readNow();
    database.ahead = 0;
    expect(log.vouchesFor('a', fromTheFuture)).toBe(false);
    const fromBefore = readNow();
    database.server = '1764000999.9';
    pass(500);
    expect(log.vouchesFor('a', fromBefore)).toBe(false);
    expect(log.vouchesFor('a', readNow())).toBe(true);
  });

  it('forgets everything rather than grow without end', () => {
    pass(500);
    const stamp = readNow(10);
    for (let number = 0; number <= 50_000; number += 1) database.announce(`s${number}`, 11);
    expect(log.vouchesFor('a', stamp)).toBe(false);
    expect(log.vouchesFor('s1', stamp)).toBe(false);
    pass(500);
    expect(log.vouchesFor('s1', stamp)).toBe(false);
    expect(log.vouchesFor('s1', readNow(11))).toBe(true);
  });
});
