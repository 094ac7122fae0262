import { Module } from '@nestjs/common';
import { JobModule } from '../jobs/job.module.js';
import { SitePageModule } from '../site-pages/site-page.module.js';
import { OptimizationController } from './optimization.controller.js';
import { OptimizationProcessor } from './optimization.processor.js';
import { OptimizationRepository } from './optimization.repository.js';
import { OptimizationService } from './optimization.service.js';

@Module({
  imports: [JobModule, SitePageModule],
  controllers: [OptimizationController],
  providers: [OptimizationProcessor, OptimizationRepository, OptimizationService],
})
export class OptimizationModule {}
