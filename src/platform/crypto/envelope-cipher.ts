import { hkdfSync } from 'node:crypto';
import { EnvelopeError } from './envelope.error.js';
import { type EnvelopePlace, openEnvelope, parseEnvelope, sealEnvelope } from './envelope.js';
import { type RootKey, toRootKeys } from './root-key.js';

/**
 * Encrypts under the root key itself (`v1`): for what belongs to no organization, and lives for a day.
 * The first key encrypts; all of them decrypt, so that a root key can be rotated while the service runs.
 */
export class EnvelopeCipher {
  private readonly current: RootKey;
  private readonly keys: ReadonlyMap<string, RootKey>;

  /** @param keys - root keys, 32 bytes each in base64; the current one first */
  constructor(keys: readonly [string, ...string[]]) {
    const roots = toRootKeys(keys);
    this.current = roots[0];
    this.keys = new Map(roots.map((root) => [root.id, root]));
  }

  seal(plaintext: string, place: EnvelopePlace): string {
    return sealEnvelope({ version: 'v1', keyId: this.current.id }, this.current.key, plaintext, place);
  }

  /** @throws EnvelopeError */
  open(envelope: string, place: EnvelopePlace): string {
    const parts = parseEnvelope(envelope);
    const root = parts.version === 'v1' ? this.keys.get(parts.keyId) : undefined;
    if (!root) throw new EnvelopeError('unknown key');
    return openEnvelope(parts, root.key, place);
  }

  /** Returns the key that makes an organization's fingerprints, from the time before it had a data key. */
  fingerprintKey(organizationId: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.current.key, organizationId, 'fingerprint', 32));
  }
}
