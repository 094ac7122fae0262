import { Global, Module } from '@nestjs/common';
import { TenancyRecorder } from '../../tenancy/index.js';
import { AuditController } from './audit.controller.js';
import { AuditRepository } from './audit.repository.js';
import { AuditService } from './audit.service.js';
import { SecurityEventRepository } from './security-event.repository.js';
import { SecurityEventService } from './security-event.service.js';

/** Global, because everything that acts records it. */
@Global()
@Module({
  controllers: [AuditController],
  providers: [
    AuditRepository,
    AuditService,
    SecurityEventRepository,
    SecurityEventService,
    { provide: TenancyRecorder, useExisting: SecurityEventService },
  ],
  exports: [AuditService, SecurityEventService, TenancyRecorder],
})
export class AuditModule {}
