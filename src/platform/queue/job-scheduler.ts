import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { JobDoor, OrganizationContextService } from '../../tenancy/index.js';
import { SystemDatabase } from '../database/system-database.js';
import { BullQueue } from './bull-queue.js';
import type { JobDeclaration } from './job-declaration.js';
import { JobRegistry } from './job-registry.js';
import { JobService } from './job.service.js';

const LOOK_MS = 60_000;
const ACTIVE = 'SELECT id FROM organizations WHERE product = $1 AND is_active ORDER BY id';

/**
 * Queues the daily jobs: one for each active organization, with the day as its key. Any number of workers may do it
 * together, and one that was away does it when it is back, on the same day.
 */
@Injectable()
export class JobScheduler {
  private readonly logger = new Logger('Jobs');
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly registry: JobRegistry,
    private readonly door: JobDoor,
    private readonly contexts: OrganizationContextService,
    private readonly system: SystemDatabase,
    private readonly jobs: JobService,
    private readonly queue: BullQueue,
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.look(), LOOK_MS);
    this.timer.unref();
    void this.look();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Queues what is due at a time of day, and was not queued on that day. */
  async look(now = new Date()): Promise<void> {
    const day = now.toISOString().slice(0, 10);
    for (const { declaration } of this.registry.list()) {
      const { name, dailyAtHour } = declaration;
      if (dailyAtHour === null || now.getUTCHours() < dailyAtHour) continue;
      try {
        await this.queue.onceADay(name, day, async () => await this.queueDay(declaration, day));
      } catch (error) {
        this.logger.warn(`The jobs ${name} of ${day} could not be queued, and will be: ${String(error)}`);
      }
    }
  }

  private async queueDay(declaration: JobDeclaration, day: string): Promise<void> {
    const reason = `list the active organizations for the daily job ${declaration.name}`;
    const organizations = await this.door.runOutside(randomUUID(), () =>
      this.contexts.runUnscoped(reason, () => this.system.query<{ id: string }>(ACTIVE)),
    );
    for (const { id } of organizations) {
      await this.door.runLedger(randomUUID(), id, () => this.jobs.queueLater(declaration, {}, { key: day }));
    }
  }
}
