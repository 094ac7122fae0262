import { Module } from '@nestjs/common';
import { OrganizationModule } from '../organizations/organization.module.js';
import { UserModule } from '../users/user.module.js';
import { JobController } from './job.controller.js';
import { JobRunRepository } from './job-run.repository.js';
import { JobRunService } from './job-run.service.js';
import { JobSubscriptions } from './job-subscriptions.js';
import { PlatformQueueController } from './platform-queue.controller.js';
import { PlatformQueueRepository } from './platform-queue.repository.js';
import { PlatformQueueService } from './platform-queue.service.js';

@Module({
  imports: [OrganizationModule, UserModule],
  controllers: [JobController, PlatformQueueController],
  providers: [JobRunRepository, JobRunService, JobSubscriptions, PlatformQueueRepository, PlatformQueueService],
  exports: [JobRunService, PlatformQueueService],
})
export class JobModule {}
