import { AppError } from '../../platform/errors/app-error.js';

/** Not signed by the sender that is configured, or not lately. Says no more: whoever forges learns nothing by it. */
export function signatureInvalid(): AppError {
  return new AppError(
    'WEBHOOK_SIGNATURE_INVALID',
    'unauthenticated',
    'The webhook is not signed by a secret of this deployment, or its time is more than 5 minutes away.',
  );
}

/** Signed, but not what the sender's documentation says. */
export function webhookMalformed(): AppError {
  return new AppError('WEBHOOK_MALFORMED', 'invalid', 'The body is not an event as Clerk describes it.');
}
