import { Module } from '@nestjs/common';
import { ClientDataModule } from '../client-data/client-data.module.js';
import { JobModule } from '../jobs/job.module.js';
import { ToolModule } from '../tools/tool.module.js';
import { ReportWriter } from './report-writer.js';
import { ResearchController } from './research.controller.js';
import { ResearchProcessor } from './research.processor.js';
import { ResearchRepository } from './research.repository.js';
import { ResearchResultSource } from './research-result.source.js';
import { ResearchService } from './research.service.js';
import { SourceReader } from './source-reader.js';

@Module({
  imports: [ClientDataModule, JobModule, ToolModule],
  controllers: [ResearchController],
  providers: [ReportWriter, ResearchProcessor, ResearchRepository, ResearchResultSource, ResearchService, SourceReader],
})
export class ResearchModule {}
