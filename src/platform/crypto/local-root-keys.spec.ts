import { randomBytes } from 'node:crypto';
import { EnvelopeError } from './envelope.error.js';
import { LocalRootKeys } from './local-root-keys.js';
import type { KeyPlace } from './root-keys.js';

const rootKey = () => randomBytes(32).toString('base64');
const place: KeyPlace = { product: 'bestays', organizationId: 'a', keyId: '1' };

describe(LocalRootKeys.name, () => {
  it('wraps by the current key, and unwraps by every one', async () => {
    const [former, current] = [rootKey(), rootKey()];
    const key = randomBytes(64);
    const wrapped = await new LocalRootKeys([former]).wrap(key, place);
    const both = new LocalRootKeys([current, former]);
    expect(await both.unwrap(wrapped, place)).toEqual(key);
    expect((await both.wrap(key, place)).rootKeyId).toBe(both.currentId);
    expect(both.has(wrapped.rootKeyId)).toBe(true);
    const alone = new LocalRootKeys([current]);
    expect(alone.has(wrapped.rootKeyId)).toBe(false);
    await expect(alone.unwrap(wrapped, place)).rejects.toThrow('unknown key');
  });

  it.each(Object.keys(place) as (keyof KeyPlace)[])(
    'refuses a wrapped key that was moved to another %s',
    async (field) => {
      const keys = new LocalRootKeys([rootKey()]);
      const wrapped = await keys.wrap(randomBytes(64), place);
      await expect(keys.unwrap(wrapped, { ...place, [field]: 'other' })).rejects.toThrow(EnvelopeError);
    },
  );
});
