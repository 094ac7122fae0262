import { Global, Module } from '@nestjs/common';
import { TenancyRecorder } from '../../tenancy/index.js';
import { AuditAnchors } from './audit-anchors.js';
import { AuditAppender } from './audit-appender.js';
import { AuditChainRepository } from './audit-chain.repository.js';
import { AuditController } from './audit.controller.js';
import { AuditExportService } from './audit-export.service.js';
import { AuditKeys } from './audit-keys.js';
import { AuditRepository } from './audit.repository.js';
import { AuditRetentionService } from './audit-retention.service.js';
import { AuditService } from './audit.service.js';
import { AuditTransferService } from './audit-transfer.service.js';
import { AuditVerificationService } from './audit-verification.service.js';
import { AuditWriter } from './audit-writer.js';
import { DenialFolder } from './denial-folder.js';
import { SecurityEventRepository } from './security-event.repository.js';
import { SecurityEventService } from './security-event.service.js';

/** Global, because everything that acts records it. */
@Global()
@Module({
  controllers: [AuditController],
  providers: [
    AuditAnchors,
    AuditAppender,
    AuditChainRepository,
    AuditExportService,
    AuditKeys,
    AuditRepository,
    AuditRetentionService,
    AuditService,
    AuditTransferService,
    AuditVerificationService,
    AuditWriter,
    DenialFolder,
    SecurityEventRepository,
    SecurityEventService,
    { provide: TenancyRecorder, useExisting: SecurityEventService },
  ],
  exports: [
    AuditExportService,
    AuditRetentionService,
    AuditService,
    AuditTransferService,
    AuditVerificationService,
    SecurityEventService,
    TenancyRecorder,
  ],
})
export class AuditModule {}
