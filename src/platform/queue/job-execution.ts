import { Injectable, Logger } from '@nestjs/common';
import { digestOf, JobDoor, JobRefusedError, type JobStamp, OrganizationNotFoundError } from '../../tenancy/index.js';
import { TransactionService } from '../database/transaction.service.js';
import { jobCrashed, JobFailure, jobReturned, toJobFailure } from './job-failure.js';
import type { DeclaredJob } from './job-registry.js';
import { JobRepository, type FinalState, type StartedJob } from './job.repository.js';
import { JobUpdates } from './job-updates.js';
import { BullQueue } from './bull-queue.js';
import { RunningJob } from './running-job.js';

/** Workers that may end while they have a job, before it is taken for the reason. */
const MAX_CRASHES = 5;
const MAX_BACKOFF_SECONDS = 300;
const UNKNOWN_PAUSE_SECONDS = 30;
/** Work that was told to stop gets so long to clean up; after that nobody waits for it, and it can store nothing. */
const GRACE_MS = 5_000;

/** Does one job that was delivered: starts it, has its processor work, and notes what came of it. */
@Injectable()
export class JobExecution {
  private readonly logger = new Logger('Jobs');
  private readonly running = new Set<RunningJob>();

  constructor(
    private readonly door: JobDoor,
    private readonly repository: JobRepository,
    private readonly transactions: TransactionService,
    private readonly updates: JobUpdates,
    private readonly queue: BullQueue,
  ) {}

  get runningCount(): number {
    return this.running.size;
  }

  /** Leaves a job that this worker does not know to another: while a new version comes in, some do and some do not. */
  async leaveToOthers({ jobId }: JobStamp, organizationId: string): Promise<void> {
    await this.door.runLedger(jobId, organizationId, () => this.repository.postpone(jobId, UNKNOWN_PAUSE_SECONDS));
  }

  /** Has all work stop; the jobs are given back. */
  stopAll(): void {
    for (const run of this.running) run.stop(jobReturned());
  }

  /**
   * Does a job of an organization, if its row says that it is to be done.
   * @param onStart - called when it has begun: there is room for another in the queue
   * @throws JobRefusedError for a message that is no job; the database's errors, after which it is delivered again
   */
  async execute(stamp: JobStamp, organizationId: string, job: DeclaredJob, onStart: () => void): Promise<void> {
    await this.door.runLedger(stamp.jobId, organizationId, async () => {
      const started = await this.repository.start(stamp.jobId);
      onStart();
      if (!started) return await this.explain(stamp.jobId);
      const refusal = refusalOf(started, stamp);
      if (refusal) return await this.end(job, started, refusal.state, refusal.failure);
      await this.attempt(stamp, organizationId, job, started);
      return undefined;
    });
  }

  /** Why a message found nothing to do. Late and double ones are ordinary: the queue delivers at least once. */
  private async explain(id: string): Promise<void> {
    const state = await this.repository.findState(id);
    if (state === null) throw new JobRefusedError('JOB_FOREIGN');
    if (state !== 'QUEUED' && state !== 'RUNNING') throw new JobRefusedError('JOB_REPLAYED');
    this.logger.debug(`A message of the job ${id} came twice or late, and was dropped.`);
  }

  private async attempt(stamp: JobStamp, organizationId: string, job: DeclaredJob, started: StartedJob): Promise<void> {
    const { repository, transactions, updates } = this;
    const keep = () => this.door.runLedger(stamp.jobId, organizationId, () => repository.keep(started));
    const run = new RunningJob(started, job.declaration, { repository, transactions, updates }, keep);
    this.running.add(run);
    try {
      await updates.publish(job.declaration, started.id, { type: 'started', status: 'RUNNING', progress: 0 });
      const result = await this.perform(stamp, job, started, run);
      await run.completeWith(result);
      run.end();
      const facts = { type: 'completed', status: 'COMPLETED', progress: 100, result } as const;
      await updates.publish(job.declaration, started.id, facts);
      await this.queue.count(job.declaration.name, 'COMPLETED');
    } catch (error) {
      run.end();
      if (!run.isCompleted) await this.settle(job, started, toJobFailure(error, started.id));
      else this.logger.warn(`After the job ${started.id} was done: ${String(error)}`);
    } finally {
      run.end();
      this.running.delete(run);
    }
  }

  private async perform(stamp: JobStamp, job: DeclaredJob, started: StartedJob, run: RunningJob) {
    const { declaration, processor } = job;
    const work = this.door.run(stamp, declaration.access, () => processor.perform(started.data, run));
    try {
      const result = await Promise.race([work, abandoned(run.signal)]);
      if (!run.isCompleted) run.signal.throwIfAborted();
      return result;
    } catch (error) {
      work.catch(() => undefined);
      // Whatever the work made of being stopped, the reason is why it ended.
      if (run.signal.aborted && !run.isCompleted) throw run.signal.reason;
      throw error;
    }
  }

  private async settle(job: DeclaredJob, started: StartedJob, failure: JobFailure): Promise<void> {
    const { attempts, backoffSeconds, name } = job.declaration;
    const { code, message } = failure;
    const failures = started.failures + 1;
    if (failure.cause) this.logger.warn(`The job ${name} failed: ${code}`, failure.cause);
    else this.logger.log(`The job ${name} ended: ${code}`);
    if (code === 'JOB_LOST') return;
    if (code === 'JOB_CANCELED') return await this.end(job, started, 'CANCELED', failure);
    if (code === 'JOB_RETURNED') {
      return await this.repository.requeue(started, 0, { isFailure: false, code: null, message: null });
    }
    if (!failure.isRetryable) return await this.end(job, started, 'FAILED', failure);
    if (failures >= attempts) return await this.end(job, started, 'DEAD', failure);
    const pause = Math.min(backoffSeconds * 2 ** (failures - 1), MAX_BACKOFF_SECONDS);
    // Spread, so that what failed together does not come back together.
    await this.repository.requeue(started, pause * (0.75 + Math.random() / 2), { isFailure: true, code, message });
    const facts = { type: 'retrying', status: 'QUEUED', progress: null, result: { code, message } } as const;
    await this.updates.publish(job.declaration, started.id, facts);
    return undefined;
  }

  private async end({ declaration }: DeclaredJob, started: StartedJob, state: FinalState, failure: JobFailure) {
    const { code, message } = failure;
    try {
      await this.repository.finish(started, state, { code, message });
    } catch (error) {
      if (error instanceof JobFailure) return;
      throw error;
    }
    const facts = { type: state.toLowerCase(), status: state, progress: null, result: { code, message } };
    await this.updates.publish(declaration, started.id, facts);
    await this.queue.count(declaration.name, state);
    if (code === 'JOB_TAMPERED') throw new JobRefusedError('JOB_TAMPERED');
  }
}

/** Why a job that has begun is not worked on. */
function refusalOf(
  started: StartedJob,
  { digest, jobId }: JobStamp,
): { state: FinalState; failure: JobFailure } | null {
  if (digestOf(started.data) !== digest) {
    return { state: 'DEAD', failure: toRefusal(new JobRefusedError('JOB_TAMPERED')) };
  }
  if (started.crashes >= MAX_CRASHES) return { state: 'DEAD', failure: jobCrashed(started.crashes) };
  if (!started.isOrganizationActive) {
    return { state: 'FAILED', failure: toJobFailure(new OrganizationNotFoundError(), jobId) };
  }
  return null;
}

function toRefusal({ code, message }: JobRefusedError): JobFailure {
  return new JobFailure(code, message, false);
}

/** Rejects when work that was told to stop has not done so in time. */
async function abandoned(signal: AbortSignal): Promise<never> {
  return await new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => setTimeout(() => reject(signal.reason as Error), GRACE_MS).unref(), {
      once: true,
    });
  });
}
