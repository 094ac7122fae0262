import { Module } from '@nestjs/common';
import { ClientDataModule } from '../client-data/client-data.module.js';
import { MembershipModule } from '../memberships/membership.module.js';
import { OrganizationModule } from '../organizations/organization.module.js';
import { AccessExplanationController } from './access-explanation.controller.js';
import { AccessExplanationService } from './access-explanation.service.js';

@Module({
  imports: [ClientDataModule, MembershipModule, OrganizationModule],
  controllers: [AccessExplanationController],
  providers: [AccessExplanationService],
  exports: [AccessExplanationService],
})
export class AccessModule {}
