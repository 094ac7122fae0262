import { createHash, createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import { decrypt, encrypt, toAad } from './aes-gcm.js';
import { EnvelopeError } from './envelope.error.js';

/** Where a ciphertext belongs. It opens in this place only: copied to another row or column it does not. */
export interface EnvelopePlace {
  readonly product: string;
  readonly organizationId: string;
  readonly table: string;
  readonly column: string;
  readonly rowId: string;
}

/** `v1`: under a root key itself. `v2`: under a data key of the organization. */
export type EnvelopeVersion = 'v1' | 'v2';

/** What an envelope says of itself: `<version>.<key id>.<iv>.<ciphertext>.<tag>`. */
export interface EnvelopeParts {
  readonly version: EnvelopeVersion;
  readonly keyId: string;
  readonly encrypted: string;
}

const FORM = /^(v[12])\.([\w-]+)\.(.*)$/s;

/** @throws EnvelopeError */
export function parseEnvelope(envelope: string): EnvelopeParts {
  const [, version, keyId, encrypted] = FORM.exec(envelope) ?? [];
  if (!version || !keyId || encrypted === undefined) throw new EnvelopeError('malformed');
  return { version: version as EnvelopeVersion, keyId, encrypted };
}

/** How every envelope under a key begins. */
export function envelopePrefix(version: EnvelopeVersion, keyId: string): string {
  return `${version}.${keyId}.`;
}

export function sealEnvelope(
  { version, keyId }: Pick<EnvelopeParts, 'version' | 'keyId'>,
  key: KeyObject,
  plaintext: string,
  place: EnvelopePlace,
): string {
  return envelopePrefix(version, keyId) + encrypt(key, plaintext, placeBytes(place));
}

/** @throws EnvelopeError */
export function openEnvelope({ encrypted }: EnvelopeParts, key: KeyObject, place: EnvelopePlace): string {
  return decrypt(key, encrypted, placeBytes(place)).toString('utf8');
}

/** Digests a secret so that two can be told apart without showing either: 12 hexadecimal digits. */
export function fingerprintOf(secret: string, key: KeyObject): string {
  return createHmac('sha256', key).update(secret).digest('hex').slice(0, 12);
}

function placeBytes({ product, organizationId, table, column, rowId }: EnvelopePlace): Buffer {
  return toAad([product, organizationId, table, column, rowId]);
}

/** Compares two secrets in a time that does not depend on where they differ. */
export function isSameSecret(left: string, right: string): boolean {
  const digest = (value: string) => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(left), digest(right));
}
