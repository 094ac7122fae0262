import { Global, Module } from '@nestjs/common';
import { AttemptLimiter } from './attempt-limiter.js';
import { LimitStore } from './limit-store.js';
import { RateLimitService } from './rate-limit.service.js';
import { VisitorLimiter } from './visitor-limiter.js';

@Global()
@Module({
  providers: [AttemptLimiter, LimitStore, RateLimitService, VisitorLimiter],
  exports: [AttemptLimiter, RateLimitService, VisitorLimiter],
})
export class LimitsModule {}
