import { randomUUID } from 'node:crypto';
import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { BullQueue } from '../../platform/queue/bull-queue.js';
import { JobDoor } from '../../tenancy/index.js';
import { RetentionService } from './retention.service.js';

const LOOK_MS = 10 * 60_000;

/** Removes every day what is kept for a time only: one of the product's workers does it. Idle until it is started. */
@Injectable()
export class RetentionWorker implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Retention');
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly queue: BullQueue,
    private readonly door: JobDoor,
    private readonly retention: RetentionService,
  ) {}

  start(): void {
    const look = () => (this.running ??= this.look().finally(() => (this.running = undefined)));
    this.timer = setInterval(() => void look(), LOOK_MS);
    this.timer.unref();
    void look();
  }

  /** Does it unless somebody did it on that day. */
  async look(now = new Date()): Promise<void> {
    try {
      await this.queue.onceADay('retention', now.toISOString().slice(0, 10), async () => await this.remove());
    } catch (error) {
      this.logger.warn(`What is outdated could not be removed, and will be: ${String(error)}`);
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  private async remove(): Promise<void> {
    const removed = await this.door.runOutside(randomUUID(), () => this.retention.removeOutdated({ isDryRun: false }));
    const parts = removed.filter(({ rows }) => rows > 0).map(({ table, rows }) => `${rows} ${table}`);
    if (parts.length > 0) this.logger.log(`Removed what is kept for a time only: ${parts.join(', ')}`);
  }
}
