import { AppError } from '../../platform/errors/app-error.js';

/** There is no such credential, or it was deleted. */
export function credentialMissing(provider: string): AppError {
  return new AppError(
    'CREDENTIAL_MISSING',
    'not-found',
    `The client has no credential for ${provider}. Store one first.`,
  );
}

/** The stored secret does not open: its key is gone, or it was edited or moved. The reason is in the log, not here. */
export function credentialUnreadable(cause: unknown): AppError {
  return new AppError(
    'CREDENTIAL_UNREADABLE',
    'unprocessable',
    'The stored credential cannot be read. Store it again.',
    { cause },
  );
}

/** The organization was erased: its secrets cannot be read any more, and no new ones are kept. */
export function keysDestroyed(): AppError {
  return new AppError(
    'CREDENTIAL_KEYS_DESTROYED',
    'conflict',
    'The keys of this organization were destroyed for good. It cannot store secrets any more.',
  );
}

/** A rotation of the root key has ended that this process was left out of. */
export function rootKeyRetired(cause: unknown): AppError {
  return new AppError(
    'ENCRYPTION_KEY_RETIRED',
    'unavailable',
    'This process encrypts with a root key that was replaced meanwhile. Operators restart it with the current one.',
    { retryAfterSeconds: 60, cause },
  );
}
