import { Module } from '@nestjs/common';
import { MembershipModule } from '../memberships/membership.module.js';
import { UserModule } from '../users/user.module.js';
import { OrganizationController } from './organization.controller.js';
import { OrganizationRepository } from './organization.repository.js';
import { OrganizationService } from './organization.service.js';
import { OwnOrganizationsRepository } from './own-organizations.repository.js';
import { OwnOrganizationsService } from './own-organizations.service.js';
import { OwnershipService } from './ownership.service.js';
import { RestorationService } from './restoration.service.js';

@Module({
  imports: [MembershipModule, UserModule],
  controllers: [OrganizationController],
  providers: [
    OrganizationRepository,
    OrganizationService,
    OwnershipService,
    OwnOrganizationsRepository,
    OwnOrganizationsService,
    RestorationService,
  ],
  exports: [OrganizationService, OwnOrganizationsService],
})
export class OrganizationModule {}
