import { Module } from '@nestjs/common';
import { Authenticator } from '../../tenancy/index.js';
import { AuthModule } from '../auth/auth.module.js';
import { ApiKeyController } from './api-key.controller.js';
import { ApiKeyRepository } from './api-key.repository.js';
import { ApiKeyService } from './api-key.service.js';
import { BearerAuthenticator } from './bearer.authenticator.js';

@Module({
  imports: [AuthModule],
  controllers: [ApiKeyController],
  providers: [
    ApiKeyRepository,
    ApiKeyService,
    BearerAuthenticator,
    { provide: Authenticator, useExisting: BearerAuthenticator },
  ],
  exports: [Authenticator],
})
export class ApiKeyModule {}
