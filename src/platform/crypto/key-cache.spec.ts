import { setTimeout as sleep } from 'node:timers/promises';
import { KeyCache } from './key-cache.js';

const key = () => Buffer.alloc(4, 7);
const overwritten = Buffer.alloc(4);

describe(KeyCache.name, () => {
  it('keeps a copy, and overwrites it when it goes', () => {
    const cache = new KeyCache({ max: 2, ttlMs: 60_000 });
    const given = key();
    cache.set('a', given);
    const kept = cache.get('a') as Buffer;
    expect(kept).toEqual(given);
    for (const name of ['b', 'c']) cache.set(name, key());
    expect(cache.get('a')).toBeUndefined();
    expect(kept).toEqual(overwritten);
    expect(given).toEqual(key());
    const others = ['b', 'c'].map((name) => cache.get(name) as Buffer);
    cache.delete('b');
    cache.clear();
    expect(others).toEqual([overwritten, overwritten]);
  });

  it('overwrites a key whose time is over, though nobody asks for it again', async () => {
    const cache = new KeyCache({ max: 2, ttlMs: 60_000 });
    cache.set('a', key(), 20);
    const kept = cache.get('a') as Buffer;
    for (let waited = 0; waited < 100 && !kept.equals(overwritten); waited += 1) await sleep(50);
    expect(kept).toEqual(overwritten);
  });
});
