import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { AuditService } from '../audit/audit.service.js';
import { UNCHECKED } from '../credentials/credential-health.types.js';
import { CredentialService } from '../credentials/credential.service.js';
import { type ProviderSlug, PROVIDERS } from '../credentials/credential.types.js';
import { ClientDataStore } from './client-data-store.js';
import { ClientDataService } from './client-data.service.js';
import type { ClientData } from './client-data.types.js';
import type { PutCredential } from './client.dto.js';
import { ClientRepository } from './client.repository.js';
import { ClientService } from './client.service.js';

/** Stores and removes a client's credentials. */
@Injectable()
export class ClientCredentialService {
  constructor(
    private readonly repository: ClientRepository,
    private readonly clients: ClientService,
    private readonly data: ClientDataService,
    private readonly credentials: CredentialService,
    private readonly store: ClientDataStore,
    private readonly audit: AuditService,
  ) {}

  /** Returns the client's data, of which the caller shows the credential. @throws CLIENT_NOT_FOUND, CREDENTIAL_MISSING */
  async get(clientId: string, provider: ProviderSlug): Promise<ClientData> {
    const data = await this.data.getClientData(clientId);
    (provider === 'google-analytics' ? data.googleAnalytics : data.searchConsole).requireStored();
    return data;
  }

  /** Stores a credential in place of the one before. @throws CLIENT_NOT_FOUND */
  async put(clientId: string, provider: ProviderSlug, input: PutCredential): Promise<ClientData> {
    await this.clients.requireClient(clientId, true);
    const secret = toSecret(input);
    await this.store.change(clientId, async () => {
      const former = await this.repository.findCredential(clientId, PROVIDERS[provider]);
      const id = former?.id ?? uuidv7();
      const place = { table: 'client_credentials', column: 'envelope', rowId: id };
      const stored = {
        envelope: await this.credentials.seal(secret, place),
        fingerprint: await this.credentials.fingerprint(input.secrets),
        ...UNCHECKED,
      };
      if (former)
        await this.repository.updateCredential(id, { ...stored, isActive: true, deletedAt: null, deletedBy: null });
      else await this.repository.addCredential({ id, clientId, provider: PROVIDERS[provider], ...stored });
      await this.record('credential.stored', id, clientId, provider);
    });
    return await this.get(clientId, provider);
  }

  /** Removes the secret itself, not only the sight of it. @throws CLIENT_NOT_FOUND, CREDENTIAL_MISSING */
  async remove(clientId: string, provider: ProviderSlug): Promise<void> {
    await this.clients.requireClient(clientId, true);
    await this.store.change(clientId, async () => {
      const row = await this.repository.findCredential(clientId, PROVIDERS[provider]);
      const credential = this.credentials.requireStored(row, provider);
      const removed = { ...UNCHECKED, envelope: null, fingerprint: null, isActive: false, deletedAt: new Date() };
      await this.repository.updateCredential(credential.id, removed);
      await this.record('credential.removed', credential.id, clientId, provider);
    });
  }

  private async record(action: string, entityId: string, clientId: string, provider: ProviderSlug): Promise<void> {
    await this.audit.record({
      action,
      entity: 'ClientCredential',
      entityId,
      clientId,
      fields: [`credential:${PROVIDERS[provider]}`],
    });
  }
}

function toSecret({ propertyId, propertyUrl, secrets }: PutCredential): object {
  return { ...secrets, ...(propertyId && { propertyId }), ...(propertyUrl && { propertyUrl }) };
}
