import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';
import { EnvelopeError } from './envelope.error.js';

const ALGORITHM = 'aes-256-gcm';
// Random IVs of 96 bits: a key may encrypt 2^32 times (NIST SP 800-38D, 8.3).
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts with AES-256-GCM into `<iv>.<ciphertext>.<tag>` (base64url), authenticated together with `aad`. */
export function encrypt(key: KeyObject, plaintext: string | Buffer, aad: Buffer): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, iv);
  cipher.setAAD(aad);
  const bytes = typeof plaintext === 'string' ? Buffer.from(plaintext, 'utf8') : plaintext;
  const ciphertext = Buffer.concat([cipher.update(bytes), cipher.final()]);
  return [iv, ciphertext, cipher.getAuthTag()].map((part) => part.toString('base64url')).join('.');
}

/** @throws EnvelopeError */
export function decrypt(key: KeyObject, encrypted: string, aad: Buffer): Buffer {
  const [iv, ciphertext, tag, ...rest] = encrypted.split('.');
  if (!iv || ciphertext === undefined || !tag || rest.length > 0) throw new EnvelopeError('malformed');
  const tagBytes = Buffer.from(tag, 'base64url');
  // A shorter tag would be accepted, and is easier to guess.
  if (tagBytes.length !== TAG_BYTES) throw new EnvelopeError('malformed');
  try {
    const ivBytes = Buffer.from(iv, 'base64url');
    const decipher = createDecipheriv(ALGORITHM, key, ivBytes, { authTagLength: TAG_BYTES });
    decipher.setAAD(aad);
    decipher.setAuthTag(tagBytes);
    // Decoded here: left to `update`, it takes longer.
    const plaintext = decipher.update(Buffer.from(ciphertext, 'base64url'));
    // Checks the tag; a mode without padding leaves nothing to add.
    decipher.final();
    return plaintext;
  } catch {
    throw new EnvelopeError('not authentic');
  }
}

/** Writes parts one after the other so that no two lists of parts give the same bytes. */
export function toAad(parts: readonly string[]): Buffer {
  let text = '';
  for (const part of parts) text += `${text && '|'}${part.length}:${part}`;
  return Buffer.from(text, 'utf8');
}
