import { JobRefusedError, TenancyError } from '../../tenancy/index.js';
import { AppError, type ErrorCategory } from '../errors/app-error.js';
import { toDatabaseFault } from '../errors/database-fault.js';

/** Why a try ended, in words that the organization may read. */
export class JobFailure extends Error {
  constructor(
    readonly code: string,
    message: string,
    /** Whether trying again may help. */
    readonly isRetryable: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'JobFailure';
  }
}

export const jobLost = () =>
  new JobFailure('JOB_LOST', 'Another worker has taken the job over: nothing of this try is stored.', false);
export const jobCanceled = () => new JobFailure('JOB_CANCELED', 'The job was canceled.', false);
export const jobTimedOut = (seconds: number) =>
  new JobFailure('JOB_TIMED_OUT', `The job took longer than ${seconds} s.`, true);
export const jobReturned = () =>
  new JobFailure('JOB_RETURNED', 'The worker is stopping: another one goes on with the job.', true);
export const jobCrashed = (times: number) =>
  new JobFailure('JOB_CRASHED', `The job was set aside: ${times} workers ended while they had it.`, false);

const RETRYABLE: readonly ErrorCategory[] = ['unavailable', 'conflict', 'too-many', 'internal'];

/** Says of an error what may be shown, and whether trying again may help. The error itself stays in the log. */
export function toJobFailure(error: unknown, jobId: string): JobFailure {
  if (error instanceof JobFailure) return error;
  if (error instanceof AppError) {
    return new JobFailure(error.code, error.message, RETRYABLE.includes(error.category), { cause: error });
  }
  const isTold =
    error instanceof JobRefusedError || (error instanceof TenancyError && error.category !== 'programming-error');
  if (isTold) {
    return new JobFailure(error.code, error.message, false, { cause: error });
  }
  if (toDatabaseFault(error)) {
    return new JobFailure('DEPENDENCY_UNAVAILABLE', 'The database did not answer or refused.', true, { cause: error });
  }
  const message = `The job failed by a mistake of ours. Give us the id ${jobId} when you ask about it.`;
  return new JobFailure('INTERNAL_ERROR', message, !(error instanceof TenancyError), { cause: error });
}
