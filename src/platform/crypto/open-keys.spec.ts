import { createSecretKey, randomBytes } from 'node:crypto';
import type { DatabaseSignals, SignalListener } from '../database/database-signals.js';
import { type OpenKey, OpenKeys } from './open-keys.js';

const NAME = 'organization/key';

describe(OpenKeys.name, () => {
  let opened = 0;
  const open = async (): Promise<OpenKey> => {
    opened += 1;
    const [encryption, fingerprint] = [createSecretKey(randomBytes(32)), createSecretKey(randomBytes(32))];
    return await Promise.resolve({ id: 'key', encryption, fingerprint });
  };
  beforeEach(() => {
    opened = 0;
  });

  it('opens a key once, for all who ask for it', async () => {
    const { keys } = prepare();
    const all = await Promise.all(Array.from({ length: 10 }, () => keys.get(NAME, open)));
    expect(new Set(all).size).toBe(1);
    expect(await keys.get(NAME, open)).toBe(all[0]);
    await keys.get('other organization/key', open);
    expect(opened).toBe(2);
  });

  it('forgets a key whose end is announced, also while it is being opened', async () => {
    const { keys, announce } = prepare();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const opening = keys.get(NAME, async () => {
      await promise;
      return await open();
    });
    announce().onSignal(NAME);
    resolve(undefined);
    await opening;
    await keys.get(NAME, open);
    expect(opened).toBe(2);
    announce().onSignal(NAME);
    await keys.get(NAME, open);
    expect(opened).toBe(3);
  });

  it('keeps no key for longer than a second while it would not hear of its end', async () => {
    const { keys, announce } = prepare({ isHearing: false });
    await keys.get(NAME, open);
    await keys.get(NAME, open);
    expect(opened).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await keys.get(NAME, open);
    expect(opened).toBe(2);
    announce().onDeaf?.();
    await keys.get(NAME, open);
    expect(opened).toBe(3);
  });

  it('opens again what failed', async () => {
    const { keys } = prepare();
    await expect(keys.get(NAME, () => Promise.reject(new Error('down')))).rejects.toThrow('down');
    await keys.get(NAME, open);
    expect(opened).toBe(1);
  });
});

function prepare({ isHearing = true } = {}) {
  let listener: SignalListener | undefined;
  const hear = (_channel: string, given: SignalListener) => (listener = given);
  const keys = new OpenKeys({ isHearing, hear } as unknown as DatabaseSignals);
  return { keys, announce: () => listener as SignalListener };
}
