import { Global, Module } from '@nestjs/common';
import { AttemptLimiter } from './attempt-limiter.js';
import { LimitStore } from './limit-store.js';
import { RateLimitService } from './rate-limit.service.js';

@Global()
@Module({ providers: [AttemptLimiter, LimitStore, RateLimitService], exports: [AttemptLimiter, RateLimitService] })
export class LimitsModule {}
