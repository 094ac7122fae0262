import { TenancyError } from '../tenancy.errors.js';

/** Why a message of the queue is no job: it goes to the dead letters and is never run. */
export const JOB_REFUSALS = {
  JOB_UNSIGNED: 'The message has no stamp and signature of ours.',
  JOB_TAMPERED: 'The stamp or the data is not what was signed.',
  JOB_FOREIGN: 'The job is not one of the organization and product that its stamp names.',
  JOB_REPLAYED: 'The job has ended: it is not run again by sending its message again.',
  JOB_UNKNOWN: 'No processor of this name is declared.',
  JOB_WITHOUT_ORGANIZATION: 'The stamp names no organization, and none can be derived from its data.',
  JOB_NOT_SYSTEM: 'The product asked for a job that only members may have done.',
} as const;

export class JobRefusedError extends TenancyError {
  declare readonly code: keyof typeof JOB_REFUSALS;

  constructor(code: keyof typeof JOB_REFUSALS) {
    super(code, 'programming-error', JOB_REFUSALS[code]);
  }
}
