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
