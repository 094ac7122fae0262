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
