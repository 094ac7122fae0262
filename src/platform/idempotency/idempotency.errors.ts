import { AppError } from '../errors/app-error.js';

export function keyMalformed(): AppError {
  return new AppError(
    'IDEMPOTENCY_KEY_MALFORMED',
    'invalid',
    'Idempotency-Key must have 1 to 255 printable ASCII characters. A UUID is a good one.',
  );
}

export function keyReused(): AppError {
  return new AppError(
    'IDEMPOTENCY_KEY_REUSED',
    'unprocessable',
    'This Idempotency-Key was sent with another address or body. Make a new key for each request.',
  );
}

export function keyInProgress(): AppError {
  return new AppError(
    'IDEMPOTENCY_IN_PROGRESS',
    'conflict',
    'A request with this Idempotency-Key is still running. Send it again after Retry-After seconds.',
    { retryAfterSeconds: 2 },
  );
}

/** The work is stored, but the process ended, or failed, before there was an answer to keep. */
export function answerLost(): AppError {
  return new AppError(
    'IDEMPOTENCY_ANSWER_LOST',
    'conflict',
    'The request with this Idempotency-Key was carried out, but its answer was lost. Read the resource instead.',
  );
}
