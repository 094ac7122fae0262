import type { Request } from 'express';

/**
 * Where senders sign the bytes of the body: those routes get them as they came, and read them only once the signature holds.
 * What checks and parses bodies elsewhere leaves them alone.
 */
const SIGNED = '/api/v1/webhooks/';

/** Tells whether the request goes where bodies are signed; for the parser of raw bodies. */
export function hasSignedBody({ url = '' }: { url?: string }): boolean {
  return url.startsWith(SIGNED);
}

/** Returns the bytes of a signed body; none of an absent one. */
export function rawBodyOf({ body }: Request): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}
