import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { Configuration } from '../config/configuration.js';
import { BullQueue } from './bull-queue.js';
import { JobAdmission } from './job-admission.js';
import { JobExecution } from './job-execution.js';
import { JobRelay } from './job-relay.js';
import { JobScheduler } from './job-scheduler.js';

/** Jobs under way are waited for so long when the worker is to stop; then they are given back. */
const DRAIN_MS = 10_000;
const RETURN_MS = 2_000;
const LOOK_MS = 50;

/** Takes jobs out of the queue and does them. Idle until it is started: in other processes it never is. */
@Injectable()
export class JobWorker implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Jobs');
  private isStarted = false;

  constructor(
    private readonly queue: BullQueue,
    private readonly admission: JobAdmission,
    private readonly execution: JobExecution,
    private readonly relay: JobRelay,
    private readonly scheduler: JobScheduler,
    private readonly configuration: Configuration,
  ) {}

  start(): void {
    if (this.isStarted) return;
    this.isStarted = true;
    this.queue.work((message) => this.admission.receive(message, () => this.relay.wake()));
    this.relay.start();
    if (this.configuration.hasDailyJobs) this.scheduler.start();
  }

  /** Takes nothing new, lets what is under way end, and gives the rest back for another worker. */
  async beforeApplicationShutdown(): Promise<void> {
    if (!this.isStarted) return;
    this.scheduler.stop();
    await Promise.all([this.relay.stop(), this.queue.pause()]);
    if (await this.isIdleWithin(DRAIN_MS)) return;
    this.logger.warn(`${this.execution.runningCount} jobs are given back: they did not end in time.`);
    this.execution.stopAll();
    await this.isIdleWithin(RETURN_MS);
  }

  private async isIdleWithin(ms: number): Promise<boolean> {
    const deadline = performance.now() + ms;
    while (this.execution.runningCount > 0) {
      if (performance.now() > deadline) return false;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    return true;
  }
}
