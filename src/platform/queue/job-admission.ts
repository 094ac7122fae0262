import { Injectable, Logger } from '@nestjs/common';
import { digestOf, JobDoor, JobRefusedError, type JobStamp } from '../../tenancy/index.js';
import { BullQueue, type QueueMessage } from './bull-queue.js';
import { CANARY } from './canary.js';
import { DeadLetterRepository } from './dead-letter.repository.js';
import { JobExecution } from './job-execution.js';
import { JobPlacement } from './job-placement.js';
import { JobRegistry } from './job-registry.js';

const SIGN_SECONDS = 10;

/** Lets messages of the queue in that are jobs of ours, and keeps the others with the reason. */
@Injectable()
export class JobAdmission {
  private readonly logger = new Logger('Jobs');

  constructor(
    private readonly door: JobDoor,
    private readonly registry: JobRegistry,
    private readonly execution: JobExecution,
    private readonly placement: JobPlacement,
    private readonly deadLetters: DeadLetterRepository,
    private readonly queue: BullQueue,
  ) {}

  /**
   * Does what a message asks for. What is refused is never run and not tried again.
   * @param onStart - called when a job has begun
   * @throws what another delivery may get past, e.g. a database that does not answer
   */
  async receive(message: unknown, onStart: () => void): Promise<void> {
    try {
      await this.admit(message, onStart);
    } catch (error) {
      if (!(error instanceof JobRefusedError)) throw error;
      this.logger.warn(`A message of the queue was refused: ${error.code}. ${error.message}`);
      await this.deadLetters.add(error.code, message);
    }
  }

  private async admit(message: unknown, onStart: () => void): Promise<void> {
    const stamp = this.door.verify(message);
    if (stamp.name === CANARY) return await this.queue.leaveSign(stamp.jobId, SIGN_SECONDS);
    const job = this.registry.find(stamp.name);
    const { organizationId } = stamp;
    if (!job) {
      if (organizationId !== null) await this.execution.leaveToOthers(stamp, organizationId);
      throw new JobRefusedError('JOB_UNKNOWN');
    }
    if (organizationId !== null) return await this.execution.execute(stamp, organizationId, job, onStart);
    return await this.placement.place(stamp, dataOf(message, stamp), job);
  }
}

/** The data of a job that has no row, if it is what was signed. */
function dataOf(message: unknown, { digest }: JobStamp): object {
  const { data } = message as QueueMessage;
  if (typeof data !== 'object' || digestOf(data) !== digest) throw new JobRefusedError('JOB_TAMPERED');
  return data;
}
