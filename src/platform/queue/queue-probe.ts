import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { digestOf, JobStamper, OrganizationContextService } from '../../tenancy/index.js';
import { Configuration } from '../config/configuration.js';
import { BullQueue } from './bull-queue.js';
import { CANARY } from './canary.js';

/** `unknown` until the first canary is back, or is not. */
export type WorkerState = 'up' | 'down' | 'unknown';

const FRESH_MS = 5_000;
const PATIENCE_MS = 3_000;
const LOOK_MS = 100;

/** Sends a canary through Redis to a worker and back, at most every five seconds and only when somebody asks. */
@Injectable()
export class QueueProbe {
  /** One for the process: what no worker takes does not pile up. */
  private readonly id = randomUUID();
  private last: WorkerState = 'unknown';
  private askedAt = -FRESH_MS;

  constructor(
    private readonly queue: BullQueue,
    private readonly stamper: JobStamper,
    private readonly contexts: OrganizationContextService,
    private readonly configuration: Configuration,
  ) {}

  /** Returns what the last canary told, at once. */
  state(): WorkerState {
    if (performance.now() - this.askedAt >= FRESH_MS) {
      this.askedAt = performance.now();
      this.ask().then(
        (state) => (this.last = state),
        () => (this.last = 'down'),
      );
    }
    return this.last;
  }

  private async ask(): Promise<WorkerState> {
    const actor = await this.contexts.findSystemActor();
    if (actor.type === 'anonymous') return 'unknown';
    const { product } = this.configuration;
    const facts = { product, organizationId: null, actor, entryPoint: 'job', name: CANARY } as const;
    const stamp = { ...facts, jobId: this.id, digest: digestOf({}) };
    await this.queue.takeSign(this.id);
    await this.queue.add([{ stamp, signature: this.stamper.sign(stamp) }], { isUrgent: true });
    const deadline = performance.now() + PATIENCE_MS;
    while (performance.now() < deadline) {
      if (await this.queue.takeSign(this.id)) return 'up';
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    return 'down';
  }
}
