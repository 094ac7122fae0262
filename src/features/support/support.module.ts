import { Module } from '@nestjs/common';
import { SupportDesk } from '../../tenancy/index.js';
import { OrganizationModule } from '../organizations/organization.module.js';
import { UserModule } from '../users/user.module.js';
import { PlatformOrganizationController } from './platform-organization.controller.js';
import { PlatformOrganizationService } from './platform-organization.service.js';
import { PlatformSupportController } from './platform-support.controller.js';
import { PlatformSupportService } from './platform-support.service.js';
import { SupportSessionController } from './support-session.controller.js';
import { SupportSessionRepository } from './support-session.repository.js';
import { SupportSessionService } from './support-session.service.js';

@Module({
  imports: [OrganizationModule, UserModule],
  controllers: [SupportSessionController, PlatformSupportController, PlatformOrganizationController],
  providers: [
    PlatformOrganizationService,
    PlatformSupportService,
    SupportSessionRepository,
    SupportSessionService,
    { provide: SupportDesk, useExisting: SupportSessionService },
  ],
  exports: [SupportDesk],
})
export class SupportModule {}
