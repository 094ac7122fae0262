import { Module } from '@nestjs/common';
import { JobModule } from '../jobs/job.module.js';
import { SitePageModule } from '../site-pages/site-page.module.js';
import { MetaTagSnapshotController } from './meta-tag-snapshot.controller.js';
import { MetaTagSnapshotProcessor } from './meta-tag-snapshot.processor.js';
import { MetaTagSnapshotRepository } from './meta-tag-snapshot.repository.js';
import { MetaTagSnapshotService } from './meta-tag-snapshot.service.js';

@Module({
  imports: [JobModule, SitePageModule],
  controllers: [MetaTagSnapshotController],
  providers: [MetaTagSnapshotProcessor, MetaTagSnapshotRepository, MetaTagSnapshotService],
})
export class MetaTagSnapshotModule {}
