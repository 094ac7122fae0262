import { AppError } from '../../platform/errors/app-error.js';

/** Wrong address, wrong password, no password, deactivated: the answer does not tell which. */
export function loginFailed(): AppError {
  return new AppError('LOGIN_FAILED', 'unauthenticated', 'The e-mail address or the password is wrong.');
}

/** Unknown, used, ended and expired refresh tokens are all the same. */
export function refreshFailed(): AppError {
  return new AppError(
    'REFRESH_TOKEN_INVALID',
    'unauthenticated',
    'The refresh token is not valid any more. Log in again.',
  );
}

/** Unknown, ended, or another person's. */
export function sessionNotFound(): AppError {
  return new AppError('SESSION_NOT_FOUND', 'not-found', 'You have no such log-in, or it has ended.');
}

/** Not 401: clients would take it for an expired token, refresh, and try again. */
export function currentPasswordWrong(): AppError {
  return new AppError('CURRENT_PASSWORD_WRONG', 'forbidden', 'The current password is wrong. Nothing was changed.');
}

/** Unknown, used, replaced, expired, or its account was deactivated: the answer does not tell which. */
export function passwordResetInvalid(): AppError {
  return new AppError(
    'PASSWORD_RESET_INVALID',
    'unprocessable',
    'This link has been used or has expired, or there is a newer one. Ask for another one.',
  );
}
