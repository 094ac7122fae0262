import { Global, Module } from '@nestjs/common';
import { Entitlements } from '../../platform/http/entitlements.js';
import { MembershipModule } from '../memberships/membership.module.js';
import { UserModule } from '../users/user.module.js';
import { EntitlementService } from './entitlement.service.js';
import { OrganizationController } from './organization.controller.js';
import { OrganizationDirectoryRepository } from './organization-directory.repository.js';
import { OrganizationDirectoryService } from './organization-directory.service.js';
import { OrganizationRepository } from './organization.repository.js';
import { OrganizationService } from './organization.service.js';
import { OwnOrganizationsRepository } from './own-organizations.repository.js';
import { OwnOrganizationsService } from './own-organizations.service.js';
import { OwnershipService } from './ownership.service.js';
import { PurgeRepository } from './purge.repository.js';
import { PurgeService } from './purge.service.js';
import { RestorationService } from './restoration.service.js';

/** Global, because routes of every feature may need a feature or a subscription. */
@Global()
@Module({
  imports: [MembershipModule, UserModule],
  controllers: [OrganizationController],
  providers: [
    EntitlementService,
    OrganizationDirectoryRepository,
    OrganizationDirectoryService,
    OrganizationRepository,
    OrganizationService,
    OwnershipService,
    OwnOrganizationsRepository,
    OwnOrganizationsService,
    PurgeRepository,
    PurgeService,
    RestorationService,
    { provide: Entitlements, useExisting: EntitlementService },
  ],
  exports: [
    Entitlements,
    EntitlementService,
    OrganizationDirectoryService,
    OrganizationService,
    OwnOrganizationsService,
    PurgeService,
  ],
})
export class OrganizationModule {}
