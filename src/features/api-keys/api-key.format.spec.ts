import { randomUUID } from 'node:crypto';
import { issueKey, readKey } from './api-key.format.js';

describe('the form of an API key', () => {
  const identity = { product: 'bestays', keyId: randomUUID(), userId: randomUUID() };

  it('gives back whose key it is', () => {
    for (let round = 0; round < 200; round += 1) {
      const own = { ...identity, keyId: randomUUID(), userId: randomUUID() };
      expect(readKey(issueKey(own).key)).toEqual(own);
    }
  });

  it('is of one length, and no two are alike', () => {
    const keys = Array.from({ length: 200 }, () => issueKey(identity).key);
    expect(new Set(keys).size).toBe(200);
    expect(new Set(keys.map(({ length }) => length)).size).toBe(1);
  });

  it('is refused with any one character changed, left out or added, without a look at the database', () => {
    const { key } = issueKey(identity);
    const alphabet = 'AZaz059_-';
    for (let place = 0; place < key.length; place += 1) {
      expect(readKey(key.slice(0, place) + key.slice(place + 1))).toBeNull();
      for (const letter of alphabet) {
        expect(readKey(`${key.slice(0, place)}${letter}${key.slice(place)}`)).toBeNull();
        if (key[place] !== letter) expect(readKey(key.slice(0, place) + letter + key.slice(place + 1))).toBeNull();
      }
    }
  });

  it('is not something else', () => {
    for (const text of ['', 'bk_', 'bk_bestays', 'bk_bestays_x_y_z', 'x'.repeat(5_000)])
      expect(readKey(text)).toBeNull();
  });
});
