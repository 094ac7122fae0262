import { AppError } from '../../platform/errors/app-error.js';

/** It was done, failed or was canceled before. */
export function jobEnded(): AppError {
  return new AppError('JOB_ENDED', 'unprocessable', 'The job has ended: there is nothing to cancel.');
}

/** It is under way, or was done. */
export function jobNotRetryable(): AppError {
  return new AppError(
    'JOB_NOT_RETRYABLE',
    'unprocessable',
    'Only a job that failed, was set aside or was canceled can be tried again.',
  );
}

/** A job is done with the rights of whoever asked for it, so another member does not set it going. */
export function jobOfAnotherMember(): AppError {
  return new AppError(
    'JOB_OF_ANOTHER_MEMBER',
    'forbidden',
    'Another member asked for this job. An ADMIN or OWNER can cancel it or try it again.',
  );
}
