import { Module } from '@nestjs/common';
import { BusinessModule } from '../businesses/business.module.js';
import { CredentialModule } from '../credentials/credential.module.js';
import { BusinessIntegrationController } from './business-integration.controller.js';
import { IntegrationController } from './integration.controller.js';
import { IntegrationRenewalRepository } from './integration-renewal.repository.js';
import { IntegrationRenewalService } from './integration-renewal.service.js';
import { IntegrationRepository } from './integration.repository.js';
import { IntegrationService } from './integration.service.js';

@Module({
  imports: [BusinessModule, CredentialModule],
  controllers: [IntegrationController, BusinessIntegrationController],
  providers: [IntegrationRepository, IntegrationService, IntegrationRenewalRepository, IntegrationRenewalService],
  exports: [IntegrationService, IntegrationRenewalService],
})
export class IntegrationModule {}
