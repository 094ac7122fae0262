import { Global, Module } from '@nestjs/common';
import { MetricsModule } from '../metrics/metrics.module.js';
import { CacheService } from './cache.service.js';
import { SharedStore } from './shared-store.js';

@Global()
@Module({ imports: [MetricsModule], providers: [CacheService, SharedStore], exports: [CacheService] })
export class CacheModule {}
