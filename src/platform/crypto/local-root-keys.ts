import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { decrypt, encrypt, toAad } from './aes-gcm.js';
import { EnvelopeError } from './envelope.error.js';
import { toRootKeys } from './root-key.js';
import { type KeyPlace, RootKeys, type WrappedKey } from './root-keys.js';

/** The root keys of the configuration, in this process's memory. */
export class LocalRootKeys extends RootKeys {
  readonly currentId: string;
  private readonly keys: ReadonlyMap<string, KeyObject>;

  /** @param keys - 32 bytes each in base64; the current one first */
  constructor(keys: readonly [string, ...string[]]) {
    super();
    const roots = toRootKeys(keys);
    this.currentId = roots[0].id;
    this.keys = new Map(roots.map(({ id, key }) => [id, toWrappingKey(key)]));
  }

  has(rootKeyId: string): boolean {
    return this.keys.has(rootKeyId);
  }

  wrap(key: Buffer, place: KeyPlace): Promise<WrappedKey> {
    const rootKeyId = this.currentId;
    return Promise.resolve({ rootKeyId, wrapped: encrypt(this.require(rootKeyId), key, toBytes(place)) });
  }

  async unwrap({ rootKeyId, wrapped }: WrappedKey, place: KeyPlace): Promise<Buffer> {
    return await Promise.resolve(decrypt(this.require(rootKeyId), wrapped, toBytes(place)));
  }

  private require(rootKeyId: string): KeyObject {
    const key = this.keys.get(rootKeyId);
    if (!key) throw new EnvelopeError('unknown key');
    return key;
  }
}

// A key of its own: root keys also encrypt envelopes themselves, and one key should do one thing.
function toWrappingKey(root: KeyObject): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', root, '', 'bulkhead key wrapping', 32)));
}

function toBytes({ product, organizationId, keyId }: KeyPlace): Buffer {
  return toAad(['wrapped key', product, organizationId, keyId]);
}
