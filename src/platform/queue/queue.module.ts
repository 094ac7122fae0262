import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { JobDoor, JobStamper, OrganizationContextService } from '../../tenancy/index.js';
import { Configuration } from '../config/configuration.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { BullQueue } from './bull-queue.js';
import { DeadLetterRepository } from './dead-letter.repository.js';
import { JobAdmission } from './job-admission.js';
import { JobDeliveryRepository } from './job-delivery.repository.js';
import { JobExecution } from './job-execution.js';
import { JobMetrics } from './job-metrics.js';
import { JobPlacement } from './job-placement.js';
import { JobRegistry } from './job-registry.js';
import { JobRelay } from './job-relay.js';
import { JobRepository } from './job.repository.js';
import { JobScheduler } from './job-scheduler.js';
import { JobService } from './job.service.js';
import { JobUpdates } from './job-updates.js';
import { JobWorker } from './job-worker.js';
import { QueueProbe } from './queue-probe.js';

/** Queues jobs in every process; the worker's starts {@link JobWorker} and does them. */
@Global()
@Module({
  imports: [DiscoveryModule, MetricsModule],
  providers: [
    BullQueue,
    DeadLetterRepository,
    JobAdmission,
    JobDeliveryRepository,
    JobExecution,
    JobMetrics,
    JobPlacement,
    JobRegistry,
    JobRelay,
    JobRepository,
    JobScheduler,
    JobService,
    JobUpdates,
    JobWorker,
    QueueProbe,
    {
      provide: JobStamper,
      inject: [Configuration],
      useFactory: ({ rootKeys }: Configuration) => new JobStamper(rootKeys),
    },
    {
      provide: JobDoor,
      inject: [Configuration, JobStamper, OrganizationContextService],
      useFactory: ({ product }: Configuration, stamper: JobStamper, contexts: OrganizationContextService) =>
        new JobDoor(product, stamper, contexts),
    },
  ],
  exports: [
    BullQueue,
    DeadLetterRepository,
    JobDeliveryRepository,
    JobDoor,
    JobRegistry,
    JobScheduler,
    JobService,
    QueueProbe,
  ],
})
export class QueueModule {}
