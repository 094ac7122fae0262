/** A ciphertext cannot be opened: wrong key, wrong place, or edited. Says no more than that. */
export class EnvelopeError extends Error {
  constructor(reason: 'malformed' | 'unknown key' | 'not authentic') {
    super(`The envelope cannot be opened: ${reason}.`);
    this.name = 'EnvelopeError';
  }
}
