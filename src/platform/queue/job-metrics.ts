import { Injectable } from '@nestjs/common';
import { Gauge, type Registry } from 'prom-client';
import { MetricsService } from '../metrics/metrics.service.js';
import { BullQueue } from './bull-queue.js';
import { JobDeliveryRepository, type QueueDepth } from './job-delivery.repository.js';

const STATES = ['due', 'later', 'running'] as const;

/** What waits, runs and ended, over all organizations. Asked when the metrics are. */
@Injectable()
export class JobMetrics {
  private readonly registry: Registry;

  constructor(
    metrics: MetricsService,
    private readonly deliveries: JobDeliveryRepository,
    private readonly queue: BullQueue,
  ) {
    this.registry = metrics.registry;
    this.addDepth();
    this.addEnded();
  }

  private addDepth(): void {
    const { deliveries } = this;
    const age = new Gauge({
      name: 'jobs_oldest_due_seconds',
      help: 'Since when the job that waits longest is due.',
      registers: [this.registry],
    });
    const depth = new Gauge({
      name: 'jobs_unfinished',
      help: 'Jobs that are due, are to be done later, or run.',
      labelNames: ['state'],
      registers: [this.registry],
      async collect() {
        const found = await deliveries.depth().catch((): QueueDepth | null => null);
        if (!found) {
          depth.reset();
          age.reset();
          return;
        }
        for (const state of STATES) depth.set({ state }, found[state]);
        age.set(found.oldestSeconds);
      },
    });
  }

  private addEnded(): void {
    const { queue } = this;
    const ended = new Gauge({
      name: 'jobs_ended_total',
      help: 'Jobs that ended, by name and state, of all workers. Begins anew when Redis is emptied.',
      labelNames: ['name', 'state'],
      registers: [this.registry],
      async collect() {
        const counts = await queue.counts().catch(() => ({}));
        for (const [field, count] of Object.entries(counts)) {
          const [name = '', state = ''] = field.split(':');
          ended.set({ name, state }, Number(count));
        }
      },
    });
  }
}
