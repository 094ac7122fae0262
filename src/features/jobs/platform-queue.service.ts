import { Injectable } from '@nestjs/common';
import { type DeadLetter, DeadLetterRepository } from '../../platform/queue/dead-letter.repository.js';
import { JobDeliveryRepository } from '../../platform/queue/job-delivery.repository.js';
import { QueueProbe } from '../../platform/queue/queue-probe.js';
import { OrganizationContextService } from '../../tenancy/index.js';
import { SuperuserService } from '../users/superuser.service.js';
import type { QueueAnswer } from './job.dto.js';
import { PlatformQueueRepository } from './platform-queue.repository.js';

const LATEST = 20;

/** The platform's view of the queue, over all organizations of the product: numbers, and messages that belong to none. */
@Injectable()
export class PlatformQueueService {
  constructor(
    private readonly repository: PlatformQueueRepository,
    private readonly deliveries: JobDeliveryRepository,
    private readonly deadLetters: DeadLetterRepository,
    private readonly probe: QueueProbe,
    private readonly superusers: SuperuserService,
    private readonly contexts: OrganizationContextService,
  ) {}

  /** @throws SUPERUSER_REQUIRED */
  async getFor(userId: string): Promise<QueueAnswer> {
    await this.superusers.require(userId, 'queues.read');
    return await this.get(this.probe.state());
  }

  /** @param worker - what the asking process knows of the workers */
  async get(worker: string = 'unknown'): Promise<QueueAnswer> {
    const dead = await this.contexts.runUnscoped('count the jobs that were set aside', () =>
      this.repository.countDead(),
    );
    const deadLetters = await this.deadLetters.countByReason();
    return { name: 'jobs', worker, ...(await this.deliveries.depth()), dead, deadLetters };
  }

  /** Returns the latest messages that were refused. */
  async listDeadLetters(): Promise<DeadLetter[]> {
    return await this.deadLetters.list(LATEST);
  }
}
