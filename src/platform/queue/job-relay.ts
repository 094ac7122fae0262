import { Injectable, Logger } from '@nestjs/common';
import { JobDoor, JobRefusedError, type StampedJob } from '../../tenancy/index.js';
import { DatabaseSignals } from '../database/database-signals.js';
import { BullQueue } from './bull-queue.js';
import { DeadLetterRepository } from './dead-letter.repository.js';
import { JobRepository } from './job.repository.js';
import { JobDeliveryRepository } from './job-delivery.repository.js';

/** Without any signal: finds what was delayed, and jobs whose worker fell silent. */
const POLL_MS = 500;

/**
 * Moves jobs that are due from their rows to the queue, a few at a time and one organization after the other: what is in
 * the queue is begun in order, so only what the workers take next may stand there.
 */
@Injectable()
export class JobRelay {
  private readonly logger = new Logger('Queue');
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private isWanted = false;
  private isStopped = true;
  private isFailing = false;
  private revivedAt = 0;

  constructor(
    private readonly repository: JobDeliveryRepository,
    private readonly jobs: JobRepository,
    private readonly deadLetters: DeadLetterRepository,
    private readonly door: JobDoor,
    private readonly queue: BullQueue,
    private readonly signals: DatabaseSignals,
  ) {}

  start(): void {
    this.isStopped = false;
    // Of whichever product: the other's relays hear this one's as well, and find nothing.
    this.signals.hear('jobs_due', { onSignal: () => this.wake() });
    this.wake();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  /** Looks for jobs that are due, now or as soon as the look that is under way has ended. */
  wake(): void {
    this.isWanted = true;
    if (this.isStopped || this.running) return;
    clearTimeout(this.timer);
    this.running = this.look().finally(() => {
      this.running = undefined;
      if (this.isStopped) return;
      this.timer = setTimeout(() => this.wake(), POLL_MS);
      if (this.isWanted) this.wake();
    });
  }

  private async look(): Promise<void> {
    try {
      while (this.isWanted && !this.isStopped) {
        this.isWanted = false;
        if (await this.queue.wasEmptied()) await this.repository.releaseAll();
        await this.revive();
        const messages = await this.repository.claim(this.queue.concurrency * 2);
        const sound = await this.checked(messages);
        if (sound.length > 0) await this.send(sound);
      }
      if (this.isFailing) this.logger.log('Jobs are delivered again.');
      this.isFailing = false;
    } catch (error) {
      this.isWanted = false;
      // Once: it is tried twice a second until it succeeds.
      if (!this.isFailing) this.logger.warn(`Jobs cannot be delivered now: ${String(error)}`);
      this.isFailing = true;
    }
  }

  private async revive(): Promise<void> {
    if (performance.now() - this.revivedAt < POLL_MS) return;
    this.revivedAt = performance.now();
    await this.repository.revive();
  }

  /** What is not as it was signed is ended here: no worker would take it, and it would be delivered for ever. */
  private async checked(messages: StampedJob[]): Promise<StampedJob[]> {
    const sound: StampedJob[] = [];
    for (const message of messages) {
      try {
        this.door.verify(message);
        sound.push(message);
      } catch (error) {
        if (!(error instanceof JobRefusedError)) throw error;
        await this.discard(message, error);
      }
    }
    return sound;
  }

  private async discard(message: StampedJob, { code, message: reason }: JobRefusedError): Promise<void> {
    const { jobId, organizationId } = message.stamp;
    this.logger.warn(`The row of the job ${jobId} is refused: ${code}. ${reason}`);
    await this.deadLetters.add(code, message);
    // The organization is the row's own, and not what a message says.
    const end = () => this.jobs.discard(jobId, { code, message: reason });
    if (organizationId !== null) await this.door.runLedger(jobId, organizationId, end);
  }

  private async send(messages: readonly StampedJob[]): Promise<void> {
    try {
      await this.queue.add(messages);
    } catch (error) {
      await this.repository.release(messages);
      throw error;
    }
  }
}
