import { AppError } from '../../platform/errors/app-error.js';
import { type Evidence, EVIDENCE } from '../credentials/credential-health.types.js';
import type { ProviderProblem } from './provider-problem.js';

const DEFAULT_WAIT_MS = 2_000;

/** Somebody else takes the credential to its provider, and does not come back. */
export function credentialBusy(): AppError {
  return new AppError('CREDENTIAL_BUSY', 'unavailable', 'The credential is being checked or renewed. Try again.', {
    retryAfterSeconds: 5,
  });
}

/** No token can be had for work. What the provider said of the credential is in its health. */
export function noToken({ kind, evidence, retryAfterMs }: ProviderProblem): AppError {
  return kind === 'transient' || kind === 'quota'
    ? providerUnavailable(evidence, retryAfterMs)
    : credentialUnusable(evidence);
}

/** The provider was asked for a token and says no, or cannot even be asked. */
function credentialUnusable(evidence: Evidence): AppError {
  return new AppError('CREDENTIAL_UNUSABLE', 'unprocessable', EVIDENCE[evidence]);
}

/** The provider gives no token now, and may do so later. */
function providerUnavailable(evidence: Evidence, retryAfterMs: number | null): AppError {
  const retryAfterSeconds = Math.ceil((retryAfterMs ?? DEFAULT_WAIT_MS) / 1_000);
  return new AppError('PROVIDER_UNAVAILABLE', 'unavailable', EVIDENCE[evidence], { retryAfterSeconds });
}
