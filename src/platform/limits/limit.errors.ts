import { AppError } from '../errors/app-error.js';

export function rateLimited(retryAfterSeconds: number): AppError {
  return new AppError('RATE_LIMITED', 'too-many', 'Too many requests. Try again after Retry-After seconds.', {
    retryAfterSeconds,
  });
}

/** The same for addresses that have an account and for those that have none. */
export function tooManyAttempts(retryAfterSeconds: number): AppError {
  return new AppError('TOO_MANY_ATTEMPTS', 'too-many', 'Too many attempts. Try again after Retry-After seconds.', {
    retryAfterSeconds,
  });
}
