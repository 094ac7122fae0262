import { Module } from '@nestjs/common';
import { MetricsModule } from '../../platform/metrics/metrics.module.js';
import { ClientDataModule } from '../client-data/client-data.module.js';
import { IntegrationModule } from '../integrations/integration.module.js';
import { CredentialAccessService } from './credential-access.service.js';
import { CredentialCheckService } from './credential-check.service.js';
import { CredentialExaminer } from './credential-examiner.js';
import { CredentialLeaseService } from './credential-lease.service.js';
import { CredentialRefreshProcessor } from './credential-refresh.processor.js';
import { CredentialRefreshService } from './credential-refresh.service.js';
import { FacebookPageClient } from './facebook-page.client.js';
import { GoogleAnalyticsClient } from './google-analytics.client.js';
import { GoogleTokenClient } from './google-token.client.js';
import { HealthCheckController } from './health-check.controller.js';
import { OrganizationSlots } from './organization-slots.js';
import { ProviderClients } from './provider-clients.js';
import { ProviderHttp } from './provider-http.js';
import { SearchConsoleClient } from './search-console.client.js';

@Module({
  imports: [ClientDataModule, IntegrationModule, MetricsModule],
  controllers: [HealthCheckController],
  providers: [
    CredentialAccessService,
    CredentialCheckService,
    CredentialExaminer,
    CredentialLeaseService,
    CredentialRefreshProcessor,
    CredentialRefreshService,
    FacebookPageClient,
    GoogleAnalyticsClient,
    GoogleTokenClient,
    OrganizationSlots,
    ProviderClients,
    ProviderHttp,
    SearchConsoleClient,
  ],
  exports: [CredentialAccessService, CredentialCheckService, CredentialRefreshService],
})
export class ProviderModule {}
