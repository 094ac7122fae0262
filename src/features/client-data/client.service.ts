import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Client } from '../../generated/prisma/client.js';
import { resourceNotFound, versionConflict } from '../../platform/errors/general.errors.js';
import { type ListQuery, type Page, toKeyset, toPage } from '../../platform/http/pagination.js';
import { OrganizationContextService } from '../../tenancy/index.js';
import { AuditService } from '../audit/audit.service.js';
import { CredentialService } from '../credentials/credential.service.js';
import { ClientDataStore } from './client-data-store.js';
import type { CreateClient, UpdateClient } from './client.dto.js';
import { ClientRepository } from './client.repository.js';

/** Keeps the list of an organization's clients. What is known of one is read through ClientDataService. */
@Injectable()
export class ClientService {
  constructor(
    private readonly repository: ClientRepository,
    private readonly store: ClientDataStore,
    private readonly contexts: OrganizationContextService,
    private readonly credentials: CredentialService,
    private readonly audit: AuditService,
  ) {}

  async list(query: ListQuery): Promise<Page<Client>> {
    const filter = query.includeInactive ? {} : { isActive: true };
    const page = toPage(await this.repository.list(filter, toKeyset(query)), query, (row) => row);
    await this.audit.record({ action: 'client.listed', entity: 'Client', fields: [`rows:${page.data.length}`] });
    return page;
  }

  async create(input: CreateClient): Promise<Client> {
    const id = uuidv7();
    return await this.store.change(id, async () => {
      const client = await this.repository.add({ id, ...(await this.toColumns(id, input)), name: input.name });
      await this.audit.record({
        action: 'client.created',
        entity: 'Client',
        entityId: id,
        clientId: id,
        fields: Object.keys(input),
      });
      return client;
    });
  }

  /** @throws CLIENT_NOT_FOUND, VERSION_CONFLICT */
  async update(id: string, input: UpdateClient, version: number | undefined): Promise<Client> {
    await this.requireClient(id, true);
    return await this.change(id, version, await this.toColumns(id, input), 'client.updated');
  }

  /** @throws CLIENT_NOT_FOUND, VERSION_CONFLICT */
  async deactivate(id: string, version: number | undefined): Promise<void> {
    await this.requireClient(id, true);
    const { actor } = this.contexts.requireOrganization();
    await this.change(
      id,
      version,
      { isActive: false, deletedAt: new Date(), deletedBy: actor.id },
      'client.deactivated',
    );
  }

  /** @throws CLIENT_NOT_FOUND, VERSION_CONFLICT */
  async restore(id: string, version: number | undefined): Promise<Client> {
    await this.requireClient(id, false);
    return await this.change(id, version, { isActive: true, deletedAt: null, deletedBy: null }, 'client.restored');
  }

  /** @throws CLIENT_NOT_FOUND; a refused attempt is on record too. */
  async requireClient(id: string, isActive: boolean): Promise<void> {
    const client = await this.repository.find(id);
    if (client && (client.isActive || !isActive)) return;
    await this.audit.record({
      action: 'client.read',
      entity: 'Client',
      entityId: id,
      clientId: id,
      outcome: 'NOT_FOUND',
    });
    throw resourceNotFound('client');
  }

  private async change(
    id: string,
    version: number | undefined,
    data: Parameters<ClientRepository['update']>[2],
    action: string,
  ): Promise<Client> {
    return await this.store.change(id, async () => {
      const client = await this.repository.update(id, version, data);
      if (!client) throw versionConflict();
      await this.audit.record({ action, entity: 'Client', entityId: id, clientId: id, fields: Object.keys(data) });
      return client;
    });
  }

  private async toColumns<Input extends UpdateClient>(id: string, { legacyCredentials, ...columns }: Input) {
    if (legacyCredentials === undefined) return columns;
    const place = { table: 'clients', column: 'legacy_credentials_envelope', rowId: id };
    const legacyCredentialsEnvelope =
      legacyCredentials === null ? null : await this.credentials.seal(legacyCredentials, place);
    return { ...columns, legacyCredentialsEnvelope };
  }
}
