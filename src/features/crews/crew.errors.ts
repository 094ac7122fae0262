import { JobFailure } from '../../platform/queue/job-failure.js';
import { AppError } from '../../platform/errors/app-error.js';

/** Its templates name a client, and none was given. */
export function crewClientRequired(): AppError {
  return new AppError(
    'CREW_CLIENT_REQUIRED',
    'unprocessable',
    'The tasks of this crew are about a client: name one in clientId.',
  );
}

/** A template of a task refers to what is not there. */
export function crewTemplateUnresolved(place: string, message: string): AppError {
  return new AppError(
    'CREW_TEMPLATE_UNRESOLVED',
    'unprocessable',
    `The ${place} of the task cannot be filled: ${message}.`,
  );
}

/** Something that a task depends on was not done. */
export function crewDependencyFailed(key: string): AppError {
  return new AppError('CREW_DEPENDENCY_FAILED', 'unprocessable', `The task ${key}, which it depends on, was not done.`);
}

/** Not every task was done. What was done stays; trying the job again goes on from there. */
export function crewTasksFailed(names: readonly string[], total: number, isRetryable: boolean): JobFailure {
  const message = `${names.length} of ${total} tasks were not done: ${names.join(', ')}. A retry does only these.`;
  return new JobFailure('CREW_TASKS_FAILED', message.slice(0, 1_000), isRetryable);
}
