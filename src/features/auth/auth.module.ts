import { Module } from '@nestjs/common';
import { MembershipModule } from '../memberships/membership.module.js';
import { OrganizationModule } from '../organizations/organization.module.js';
import { UserModule } from '../users/user.module.js';
import { AuthController } from './auth.controller.js';
import { AuthService } from './auth.service.js';
import { RegistrationService } from './registration.service.js';
import { SessionRepository } from './session.repository.js';
import { SignInLimiter } from './sign-in-limiter.js';
import { TokenService } from './token.service.js';

@Module({
  imports: [MembershipModule, OrganizationModule, UserModule],
  controllers: [AuthController],
  providers: [AuthService, RegistrationService, SessionRepository, SignInLimiter, TokenService],
  exports: [TokenService],
})
export class AuthModule {}
