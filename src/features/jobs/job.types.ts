export const JOB_STATES = ['QUEUED', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELED', 'DEAD'] as const;
/** States from which a job can be tried again. */
export const RETRYABLE = ['FAILED', 'CANCELED', 'DEAD'] as const;
