import { Injectable, Logger } from '@nestjs/common';
import { Configuration } from '../config/configuration.js';
import { DatabaseSignals } from '../database/database-signals.js';
import { BullQueue } from './bull-queue.js';
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
    private readonly queue: BullQueue,
    private readonly signals: DatabaseSignals,
    private readonly configuration: Configuration,
  ) {}

  start(): void {
    this.isStopped = false;
    const { product } = this.configuration;
    this.signals.hear('jobs_due', { onSignal: (payload) => payload === product && this.wake() });
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
        const messages = await this.repository.claim(this.configuration.get('WORKER_CONCURRENCY') * 2);
        if (messages.length > 0) await this.send(messages);
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

  private async send(messages: Awaited<ReturnType<JobDeliveryRepository['claim']>>): Promise<void> {
    try {
      await this.queue.add(messages);
    } catch (error) {
      await this.repository.release(messages);
      throw error;
    }
  }
}
