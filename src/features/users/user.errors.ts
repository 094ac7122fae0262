import { AppError } from '../../platform/errors/app-error.js';

/** The product has an account with this address already. */
export function emailTaken(): AppError {
  return new AppError('EMAIL_TAKEN', 'conflict', 'There is an account with this e-mail address. Log in instead.', {
    errors: [{ path: 'email', code: 'taken', message: 'is already in use' }],
  });
}

/** The route is for people of the platform. */
export function superuserRequired(): AppError {
  return new AppError('SUPERUSER_REQUIRED', 'forbidden', 'This is for people who run the platform.');
}
