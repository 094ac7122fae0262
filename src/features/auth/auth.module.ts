import { Global, Module } from '@nestjs/common';
import { Configuration } from '../../platform/config/configuration.js';
import { RecentLogins } from '../../platform/http/recent-logins.js';
import { MembershipModule } from '../memberships/membership.module.js';
import { OrganizationModule } from '../organizations/organization.module.js';
import { UserModule } from '../users/user.module.js';
import { AuthController } from './auth.controller.js';
import { AuthService } from './auth.service.js';
import { ClerkSessionRepository } from './clerk-session.repository.js';
import { ClerkTokenService } from './clerk-token.service.js';
import { KeyController } from './key.controller.js';
import { PasswordController } from './password.controller.js';
import { PasswordMailService } from './password-mail.service.js';
import { PasswordRepository } from './password.repository.js';
import { PasswordService } from './password.service.js';
import { PlatformSessionController } from './platform-session.controller.js';
import { RecentLoginService } from './recent-login.service.js';
import { RegistrationService } from './registration.service.js';
import { SessionController } from './session.controller.js';
import { SessionRepository } from './session.repository.js';
import { SessionService } from './session.service.js';
import { SigningKeys } from './signing-keys.js';
import { SignInLimiter } from './sign-in-limiter.js';
import { TokenService } from './token.service.js';

/** Global, because routes of every feature may need a recent log-in. */
@Global()
@Module({
  imports: [MembershipModule, OrganizationModule, UserModule],
  controllers: [AuthController, SessionController, PasswordController, PlatformSessionController, KeyController],
  providers: [
    AuthService,
    ClerkSessionRepository,
    ClerkTokenService,
    PasswordMailService,
    PasswordRepository,
    PasswordService,
    RecentLoginService,
    RegistrationService,
    SessionRepository,
    SessionService,
    SignInLimiter,
    TokenService,
    { provide: RecentLogins, useExisting: RecentLoginService },
    { provide: SigningKeys, inject: [Configuration], useFactory: SigningKeys.load.bind(SigningKeys) },
  ],
  exports: [ClerkTokenService, RecentLogins, TokenService],
})
export class AuthModule {}
