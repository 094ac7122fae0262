import type { TransactionService } from '../database/transaction.service.js';
import { redactSecrets } from '../logging/redaction.js';
import type { JobDeclaration } from './job-declaration.js';
import { jobCanceled, jobLost, jobTimedOut } from './job-failure.js';
import type { JobRun } from './job-processor.js';
import type { JobRepository, StartedJob } from './job.repository.js';
import type { JobUpdates } from './job-updates.js';

/** What a try needs of the rest. */
export interface RunningJobParts {
  readonly repository: JobRepository;
  readonly transactions: TransactionService;
  readonly updates: JobUpdates;
}

/** How often a worker says that it still has the job, and hears whether it was canceled. */
const KEEP_MS = 1_000;
const PROGRESS_INTERVAL_MS = 500;

/** One try of a job: keeps the row's lease, and stops the work when it must not go on. */
export class RunningJob implements JobRun<object | void> {
  readonly jobId: string;
  readonly attempt: number;
  readonly signal: AbortSignal;
  /** Whether the row says that it is done. */
  isCompleted = false;
  private readonly stopping = new AbortController();
  private readonly timers: NodeJS.Timeout[];
  private progressAt = 0;

  /** @param keep - asks for the row's lease in the ledger's context, not in that of the work */
  constructor(
    private readonly started: StartedJob,
    private readonly declaration: JobDeclaration,
    private readonly parts: RunningJobParts,
    keep: () => Promise<{ isCanceled: boolean } | null>,
  ) {
    this.jobId = started.id;
    this.attempt = started.failures + 1;
    this.signal = this.stopping.signal;
    const seconds = declaration.timeoutSeconds;
    this.timers = [
      setInterval(() => void this.renew(keep), KEEP_MS),
      setTimeout(() => this.stop(jobTimedOut(seconds)), seconds * 1_000),
    ];
  }

  stop(reason: Error): void {
    this.stopping.abort(reason);
  }

  /** Ends the lease; whoever is still at work can store nothing any more. */
  end(): void {
    for (const timer of this.timers) clearTimeout(timer);
  }

  async progress(percent: number): Promise<void> {
    this.signal.throwIfAborted();
    const isDue = performance.now() - this.progressAt >= PROGRESS_INTERVAL_MS;
    if (!isDue && percent < 100) return;
    this.progressAt = performance.now();
    const value = Math.max(0, Math.min(100, Math.round(percent)));
    await this.parts.repository.noteProgress(this.started, value);
    await this.parts.updates.publish(this.declaration, this.jobId, {
      type: 'progress',
      status: 'RUNNING',
      progress: value,
    });
  }

  async checkpoint<Stored>(work: () => Promise<Stored>): Promise<Stored> {
    this.signal.throwIfAborted();
    return await this.parts.transactions.run(async () => {
      if ((await this.parts.repository.hold(this.started)).isCanceled) throw jobCanceled();
      return await work();
    });
  }

  async complete<Result extends object | void>(work: () => Promise<Result>): Promise<Result> {
    this.signal.throwIfAborted();
    const result = await this.parts.transactions.run(async () => {
      const outcome = await work();
      this.signal.throwIfAborted();
      await this.finish(outcome);
      return outcome;
    });
    this.isCompleted = true;
    return result;
  }

  /** Notes that it is done, unless `complete` did. */
  async completeWith(result: object | void): Promise<void> {
    if (this.isCompleted) return;
    await this.finish(result);
    this.isCompleted = true;
  }

  private async finish(result: object | void): Promise<void> {
    const shown = result === undefined ? {} : { result: redactSecrets(result) as object };
    await this.parts.repository.finish(this.started, 'COMPLETED', shown);
  }

  private async renew(keep: () => Promise<{ isCanceled: boolean } | null>): Promise<void> {
    try {
      const kept = await keep();
      if (!kept) this.stop(jobLost());
      else if (kept.isCanceled) this.stop(jobCanceled());
    } catch {
      // The database does not answer: whether the job is lost shows when it does.
    }
  }
}
