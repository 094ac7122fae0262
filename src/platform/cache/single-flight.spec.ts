import { jest } from '@jest/globals';
import { SingleFlight } from './single-flight.js';

describe(SingleFlight, () => {
  const deferred = () => Promise.withResolvers<string>();
  let flights: SingleFlight<string>;
  let started: number;

  beforeEach(() => {
    jest.useFakeTimers();
    flights = new SingleFlight<string>();
    started = 0;
  });
  afterEach(() => jest.useRealTimers());

  const ask = (key: string, result: Promise<string>) =>
    flights.run('subject', key, () => {
      started += 1;
      return result;
    });

  it('lets those who ask at the same time share one answer, and asks again afterwards', async () => {
    const first = deferred();
    const both = Promise.all([ask('a', first.promise), ask('a', first.promise)]);
    first.resolve('one');
    expect(await both).toEqual(['one', 'one']);
    expect(started).toBe(1);
    expect(await ask('a', Promise.resolve('two'))).toBe('two');
  });

  it('keeps keys apart', async () => {
    expect(await Promise.all([ask('a', Promise.resolve('of a')), ask('b', Promise.resolve('of b'))])).toEqual([
      'of a',
      'of b',
    ]);
  });

  it('fails all who wait, and remembers no failure', async () => {
    const failure = deferred();
    const all = Promise.allSettled([ask('a', failure.promise), ask('a', failure.promise)]);
    failure.reject(new Error('no'));
    expect((await all).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await ask('a', Promise.resolve('yes'))).toBe('yes');
  });

  it('lets nobody join what began before a change, or long ago', async () => {
    const old = deferred();
    const early = ask('a', old.promise);
    flights.detach('subject');
    expect(await ask('a', Promise.resolve('new'))).toBe('new');
    const slow = ask('a', old.promise);
    jest.advanceTimersByTime(1_000);
    expect(await ask('a', Promise.resolve('newer'))).toBe('newer');
    old.resolve('old');
    expect(await Promise.all([early, slow])).toEqual(['old', 'old']);
    expect(started).toBe(4);
  });
});
