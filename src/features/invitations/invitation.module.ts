import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { MembershipModule } from '../memberships/membership.module.js';
import { OrganizationModule } from '../organizations/organization.module.js';
import { UserModule } from '../users/user.module.js';
import { AcceptanceService } from './acceptance.service.js';
import { CallerService } from './caller.service.js';
import { InvitationController } from './invitation.controller.js';
import { InvitationMailService } from './invitation-mail.service.js';
import { InvitationRepository } from './invitation.repository.js';
import { InvitationService } from './invitation.service.js';
import { JoiningService } from './joining.service.js';

@Module({
  imports: [AuthModule, MembershipModule, OrganizationModule, UserModule],
  controllers: [InvitationController],
  providers: [
    AcceptanceService,
    CallerService,
    InvitationMailService,
    InvitationRepository,
    InvitationService,
    JoiningService,
  ],
})
export class InvitationModule {}
