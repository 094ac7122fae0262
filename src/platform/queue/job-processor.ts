/** One try of a job, as its processor sees it. */
export interface JobRun<Result extends object | void> {
  readonly jobId: string;
  /** 1 for the first try. */
  readonly attempt: number;
  /** Aborted when the job is canceled, takes too long, or is given to another worker: hand it to whatever can wait. */
  readonly signal: AbortSignal;

  /**
   * Tells how far it is: to the row, and to whoever watches.
   * @param percent - 0 to 100
   * @remarks Twice a second at most is written. Throws what the signal was aborted with.
   */
  progress(percent: number): Promise<void>;

  /**
   * Stores a part of the effect while the job goes on, in one transaction with a look whether it is still this worker's: a
   * worker that was taken for dead stores nothing any more. The next try finds what was stored and goes on from there.
   * @throws JOB_LOST, JOB_CANCELED
   */
  checkpoint<Stored>(work: () => Promise<Stored>): Promise<Stored>;

  /**
   * Stores the effect and the completion of the job in one transaction: both count, or neither, however often it was tried.
   * @throws JOB_LOST if another worker has the job: then nothing of `work` is stored.
   */
  complete(work: () => Promise<Result>): Promise<Result>;
}

/**
 * Base of everything that works on queued jobs. The context is the one of the actor who asked for the job, in its
 * organization, with the rights that it has now.
 */
export abstract class JobProcessor<Data extends object, Result extends object | void = void> {
  /**
   * Does the work. It can be tried more than once: what must happen once goes into `run.complete`.
   * @returns what the organization sees of it; without secrets
   */
  abstract perform(data: Data, run: JobRun<Result>): Promise<Result>;

  /**
   * Finds the organization of a job that was queued where none was known, by the record that its data names. Runs unscoped.
   * @returns null if there is no such record: the job is then refused.
   */
  deriveOrganization?(data: Data): Promise<string | null>;
}
