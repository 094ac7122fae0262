import { createHash, createSecretKey, type KeyObject } from 'node:crypto';

/** A key that this process was configured with. */
export interface RootKey {
  /** What envelopes and wrapped keys call it; tells nothing of the key. */
  readonly id: string;
  readonly key: KeyObject;
}

/** @param keys - 32 bytes each in base64 */
export function toRootKeys(keys: readonly [string, ...string[]]): [RootKey, ...RootKey[]] {
  return keys.map((base64) => {
    const bytes = Buffer.from(base64, 'base64');
    return { key: createSecretKey(bytes), id: createHash('sha256').update(bytes).digest('base64url').slice(0, 8) };
  }) as [RootKey, ...RootKey[]];
}
