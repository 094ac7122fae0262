import { Module } from '@nestjs/common';
import { JobModule } from '../jobs/job.module.js';
import { SitePageModule } from '../site-pages/site-page.module.js';
import { SeoAuditController } from './seo-audit.controller.js';
import { SeoAuditProcessor } from './seo-audit.processor.js';
import { SeoAuditRepository } from './seo-audit.repository.js';
import { SeoAuditService } from './seo-audit.service.js';

@Module({
  imports: [JobModule, SitePageModule],
  controllers: [SeoAuditController],
  providers: [SeoAuditProcessor, SeoAuditRepository, SeoAuditService],
})
export class SeoAuditModule {}
