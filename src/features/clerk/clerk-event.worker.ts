import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { JobDoor } from '../../tenancy/index.js';
import { ClerkSyncService } from './clerk-sync.service.js';
import { type DueEvent, WebhookEventRepository } from './webhook-event.repository.js';

/** Without any signal: finds what is to be tried again, and what another worker left. */
const POLL_MS = 1_000;
const BATCH = 20;

/**
 * Works on events as they come, through the job door as the product's own account. Any number of workers may do it
 * together. Idle until it is started: in other processes it never is.
 * @see docs/decisions/2026-11-26-webhooks-are-rows.md
 */
@Injectable()
export class ClerkEventWorker implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Webhooks');
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private isWanted = false;
  private isStopped = true;
  private isFailing = false;

  constructor(
    private readonly events: WebhookEventRepository,
    private readonly sync: ClerkSyncService,
    private readonly door: JobDoor,
  ) {}

  start(): void {
    if (!this.isStopped) return;
    this.isStopped = false;
    this.events.hearOfDue(() => this.wake());
    this.wake();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private wake(): void {
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
        const due = await this.events.claim(BATCH);
        if (due.length === BATCH) this.isWanted = true;
        for (const event of due) await this.work(event);
      }
      if (this.isFailing) this.logger.log('Webhook events are worked on again.');
      this.isFailing = false;
    } catch (error) {
      this.isWanted = false;
      // Once: it is tried every second until it succeeds.
      if (!this.isFailing) this.logger.warn(`Webhook events cannot be worked on now: ${String(error)}`);
      this.isFailing = true;
    }
  }

  private async work(event: DueEvent): Promise<void> {
    await this.door.runOutside(event.id, () => this.sync.perform(event));
  }
}
