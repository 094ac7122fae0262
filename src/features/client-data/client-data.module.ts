import { Module } from '@nestjs/common';
import { CredentialModule } from '../credentials/credential.module.js';
import { ClientCredentialController } from './client-credential.controller.js';
import { ClientCredentialService } from './client-credential.service.js';
import { ClientDataStore } from './client-data-store.js';
import { ClientDataRepository } from './client-data.repository.js';
import { ClientDataService } from './client-data.service.js';
import { ClientDataTool } from './client-data.tool.js';
import { ClientController } from './client.controller.js';
import { ClientRepository } from './client.repository.js';
import { ClientService } from './client.service.js';
import { CredentialRenewalRepository } from './credential-renewal.repository.js';
import { CredentialRenewalService } from './credential-renewal.service.js';
import { KeywordListTool } from './keyword-list.tool.js';
import { SeoProjectController } from './seo-project.controller.js';
import { SeoProjectRepository } from './seo-project.repository.js';
import { SeoProjectService } from './seo-project.service.js';

@Module({
  imports: [CredentialModule],
  controllers: [ClientController, ClientCredentialController, SeoProjectController],
  providers: [
    ClientCredentialService,
    ClientDataRepository,
    ClientDataService,
    ClientDataStore,
    ClientDataTool,
    ClientRepository,
    ClientService,
    CredentialRenewalRepository,
    CredentialRenewalService,
    KeywordListTool,
    SeoProjectRepository,
    SeoProjectService,
  ],
  exports: [ClientCredentialService, ClientDataService, ClientService, CredentialRenewalService, SeoProjectService],
})
export class ClientDataModule {}
