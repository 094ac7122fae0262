import { Module } from '@nestjs/common';
import { RetentionService } from './retention.service.js';
import { RetentionWorker } from './retention.worker.js';

@Module({ providers: [RetentionService, RetentionWorker], exports: [RetentionService, RetentionWorker] })
export class RetentionModule {}
