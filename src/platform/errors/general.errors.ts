import { AppError, type FieldProblem } from './app-error.js';

/** The input does not have the required shape. */
export function validationFailed(errors: readonly FieldProblem[]): AppError {
  const fields = [...new Set(errors.map(({ path }) => path || 'body'))].join(', ');
  return new AppError('VALIDATION_FAILED', 'invalid', `The input is not valid: ${fields}.`, { errors });
}

/** Missing, inactive or another organization's: all the same to the caller. */
export function resourceNotFound(resource: string): AppError {
  const code = `${resource.toUpperCase().replaceAll(/[^A-Z]+/g, '_')}_NOT_FOUND`;
  return new AppError(code, 'not-found', `There is no such ${resource} in this organization.`);
}

/** Another row of the same organization has this value. */
export function valueTaken(path: string, what: string): AppError {
  return new AppError('VALUE_TAKEN', 'conflict', `${what} is already in use in this organization.`, {
    errors: [{ path, code: 'taken', message: 'is already in use' }],
  });
}

/** Somebody changed the resource since the caller read it. */
export function versionConflict(): AppError {
  return new AppError(
    'VERSION_CONFLICT',
    'precondition-failed',
    'The resource was changed since you read it. Read it again and repeat your change on what you get.',
  );
}

/** The work took so long that nobody waits for it; what it has not committed yet is rolled back. */
export function requestTimedOut(limitMs: number): AppError {
  return new AppError(
    'REQUEST_TIMED_OUT',
    'unavailable',
    `This took longer than ${limitMs / 1_000} s, so it was given up. Try again.`,
    { retryAfterSeconds: 5 },
  );
}

/** A service that this one needs does not answer. */
export function dependencyUnavailable(cause?: unknown): AppError {
  return new AppError(
    'DEPENDENCY_UNAVAILABLE',
    'unavailable',
    'A service this one depends on does not answer. Try again.',
    {
      retryAfterSeconds: 2,
      cause,
    },
  );
}
