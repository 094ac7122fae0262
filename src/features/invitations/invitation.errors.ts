import { AppError } from '../../platform/errors/app-error.js';

/** Unknown, used, revoked, replaced and expired tokens are all the same, and so is one that the inviter may not give any more. */
export function invitationInvalid(): AppError {
  return new AppError(
    'INVITATION_INVALID',
    'not-found',
    'This invitation is not valid, or not any more. Ask for another one.',
  );
}

/** The token is good, and meant for somebody else than the person who is logged in. */
export function invitationForAnother(): AppError {
  return new AppError(
    'INVITATION_FOR_ANOTHER',
    'forbidden',
    'This invitation is for another e-mail address. Log in with the one that was invited.',
  );
}

/** The invited address has an account, and only its log-in proves whose it is. */
export function loginRequired(): AppError {
  return new AppError(
    'LOGIN_REQUIRED',
    'unauthenticated',
    'There is an account with the invited address. Log in and accept with its access token; ' +
      'if it has no password yet, reset it first.',
  );
}

/** An address is invited once at a time. */
export function invitationPending(): AppError {
  return new AppError(
    'INVITATION_PENDING',
    'conflict',
    'This address is invited already. Send that invitation again, or revoke it first.',
    { errors: [{ path: 'email', code: 'taken', message: 'is invited already' }] },
  );
}

/** What was accepted or revoked stays so. */
export function invitationClosed(): AppError {
  return new AppError(
    'INVITATION_CLOSED',
    'unprocessable',
    'This invitation was accepted, revoked or replaced. Make a new one.',
  );
}
