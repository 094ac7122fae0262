import { Module } from '@nestjs/common';
import { MembershipResolver, StandingReview } from '../../tenancy/index.js';
import { UserModule } from '../users/user.module.js';
import { AccessRepository } from './access.repository.js';
import { AccessService } from './access.service.js';
import { KeyAccessRepository } from './key-access.repository.js';
import { KeyAccessService } from './key-access.service.js';
import { MembershipController } from './membership.controller.js';
import { MembershipRepository } from './membership.repository.js';
import { MembershipService } from './membership.service.js';
import { StandingReviewRepository } from './standing-review.repository.js';
import { StandingReviewService } from './standing-review.service.js';

@Module({
  imports: [UserModule],
  controllers: [MembershipController],
  providers: [
    AccessRepository,
    AccessService,
    KeyAccessRepository,
    KeyAccessService,
    MembershipRepository,
    MembershipService,
    StandingReviewRepository,
    { provide: StandingReview, useClass: StandingReviewService },
    { provide: MembershipResolver, useExisting: AccessService },
  ],
  exports: [AccessService, KeyAccessService, MembershipService, MembershipResolver, StandingReview],
})
export class MembershipModule {}
