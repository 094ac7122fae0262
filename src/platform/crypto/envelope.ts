import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

/** Where a ciphertext belongs. It opens in this place only: copied to another row or column it does not. */
export interface EnvelopePlace {
  readonly product: string;
  readonly organizationId: string;
  readonly table: string;
  readonly column: string;
  readonly rowId: string;
}

/** The ciphertext cannot be opened: wrong key, wrong place, or edited. Says no more than that. */
export class EnvelopeError extends Error {
  constructor(reason: 'malformed' | 'unknown key' | 'not authentic') {
    super(`The envelope cannot be opened: ${reason}.`);
    this.name = 'EnvelopeError';
  }
}

interface RootKey {
  readonly id: string;
  readonly key: Buffer;
}

const VERSION = 'v1';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts with AES-256-GCM into `v1.<key id>.<iv>.<ciphertext>.<tag>` (base64url), authenticated together with its place.
 * The first key encrypts; all of them decrypt, so that a root key can be rotated while the service runs.
 */
export class EnvelopeCipher {
  private readonly current: RootKey;
  private readonly keys: ReadonlyMap<string, RootKey>;

  /** @param keys - root keys, 32 bytes each in base64; the current one first */
  constructor(keys: readonly [string, ...string[]]) {
    const roots = keys.map(toRootKey);
    this.current = roots[0] as RootKey;
    this.keys = new Map(roots.map((root) => [root.id, root]));
  }

  seal(plaintext: string, place: EnvelopePlace): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.current.key, iv);
    cipher.setAAD(toAad(place));
    const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
    const parts = [iv, ciphertext, cipher.getAuthTag()].map((part) => part.toString('base64url'));
    return [VERSION, this.current.id, ...parts].join('.');
  }

  /** @throws EnvelopeError */
  open(envelope: string, place: EnvelopePlace): string {
    const [version, keyId, iv, ciphertext, tag, ...rest] = envelope.split('.');
    if (version !== VERSION || !keyId || !iv || ciphertext === undefined || !tag || rest.length > 0) {
      throw new EnvelopeError('malformed');
    }
    const root = this.keys.get(keyId);
    if (!root) throw new EnvelopeError('unknown key');
    const tagBytes = Buffer.from(tag, 'base64url');
    if (tagBytes.length !== TAG_BYTES) throw new EnvelopeError('malformed');
    try {
      const decipher = createDecipheriv('aes-256-gcm', root.key, Buffer.from(iv, 'base64url'), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(toAad(place));
      decipher.setAuthTag(tagBytes);
      return decipher.update(ciphertext, 'base64url', 'utf8') + decipher.final('utf8');
    } catch {
      throw new EnvelopeError('not authentic');
    }
  }

  /**
   * Digests a secret so that two of one organization can be told apart without showing either: 12 hexadecimal digits.
   * @remarks Keyed by root key and organization: the same secret in two organizations gives two fingerprints.
   */
  fingerprint(secret: string, organizationId: string): string {
    const key = Buffer.from(hkdfSync('sha256', this.current.key, organizationId, 'fingerprint', 32));
    return createHmac('sha256', key).update(secret).digest('hex').slice(0, 12);
  }
}

function toRootKey(base64: string): RootKey {
  const key = Buffer.from(base64, 'base64');
  return { key, id: createHash('sha256').update(key).digest('base64url').slice(0, 8) };
}

// Length-prefixed, so that no two places give the same bytes.
function toAad(place: EnvelopePlace): Buffer {
  const parts = [place.product, place.organizationId, place.table, place.column, place.rowId];
  return Buffer.from(parts.map((part) => `${part.length}:${part}`).join('|'), 'utf8');
}

/** Compares two secrets in a time that does not depend on where they differ. */
export function isSameSecret(left: string, right: string): boolean {
  const digest = (value: string) => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(left), digest(right));
}
