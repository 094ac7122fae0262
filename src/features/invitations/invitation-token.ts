import { createHash, randomBytes } from 'node:crypto';

const PREFIX = 'inv_';
const ID_BYTES = 16;
const SECRET_BYTES = 32;
// 48 bytes are 64 characters of base64url with no bits to spare: one token, one spelling.
const FORM = /^inv_[\w-]{64}$/;

/**
 * Makes the token of an invitation: the organization's id and 256 random bits.
 * @see docs/decisions/2026-11-23-invitation-tokens.md
 */
export function createInvitationToken(organizationId: string): string {
  const id = Buffer.from(organizationId.replaceAll('-', ''), 'hex');
  return PREFIX + Buffer.concat([id, randomBytes(SECRET_BYTES)]).toString('base64url');
}

/** Returns the organization that a token claims to belong to, or null if it is no token. */
export function organizationOfToken(token: string): string | null {
  if (!FORM.test(token)) return null;
  const id = Buffer.from(token.slice(PREFIX.length), 'base64url').subarray(0, ID_BYTES).toString('hex');
  return id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Returns what is stored of a token. No salt or slow function: there is nothing to guess in 256 random bits. */
export function hashInvitationToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
