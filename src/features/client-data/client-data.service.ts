import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Client } from '../../generated/prisma/client.js';
import { Configuration } from '../../platform/config/configuration.js';
import { resourceNotFound } from '../../platform/errors/general.errors.js';
import { createContext, OrganizationContextService, OrganizationNotFoundError } from '../../tenancy/index.js';
import { AuditService } from '../audit/audit.service.js';
import { CredentialService } from '../credentials/credential.service.js';
import type { ClientAccessOptions, ClientData, ClientWithParts } from './client-data.types.js';
import { ClientRepository } from './client.repository.js';

const BASIC_FIELDS = ['name', 'websiteUrl', 'businessObjectives', 'targetAudience'];

/** The one way to a client's data, for every door. Every access is on the record before the data is handed out. */
@Injectable()
export class ClientDataService {
  constructor(
    private readonly repository: ClientRepository,
    private readonly credentials: CredentialService,
    private readonly audit: AuditService,
    private readonly contexts: OrganizationContextService,
    private readonly configuration: Configuration,
  ) {}

  /**
   * Returns an active client of the organization.
   * @throws CLIENT_NOT_FOUND if it is missing, inactive or another organization's
   * @throws ORGANIZATION_NOT_FOUND if `organizationId` is not the context's and the actor may not cross organizations
   */
  async getClientById(id: string, options: ClientAccessOptions = {}): Promise<Client> {
    return await this.inOrganization(options.organizationId, async () => {
      const client = await this.repository.find(id);
      const found = client?.isActive ? client : null;
      await this.record('client.read', id, found !== null, BASIC_FIELDS);
      if (!found) throw resourceNotFound('client');
      return found;
    });
  }

  /**
   * Returns everything the organization knows of a client: basics, objectives, credentials, projects and keywords.
   * @remarks Five statements with the audit record, whatever the number of projects and keywords.
   * @throws CLIENT_NOT_FOUND, ORGANIZATION_NOT_FOUND as {@link getClientById}
   */
  async getClientData(idOrClient: string | Pick<Client, 'id'>, options: ClientAccessOptions = {}): Promise<ClientData> {
    const id = typeof idOrClient === 'string' ? idOrClient : idOrClient.id;
    return await this.inOrganization(options.organizationId, async () => {
      const client = await this.repository.findWithParts(id);
      await this.record('client-data.read', id, client !== null, client ? touchedFields(client) : []);
      if (!client) throw resourceNotFound('client');
      return await this.toClientData(client);
    });
  }

  private async toClientData({ credentials, seoProjects, ...client }: ClientWithParts): Promise<ClientData> {
    return {
      client,
      googleAnalytics: await this.credentials.googleAnalytics(client, credentials),
      searchConsole: await this.credentials.searchConsole(client, credentials),
      seoProjects,
      targetedKeywords: [...new Set(seoProjects.flatMap(({ keywords }) => keywords.map(({ term }) => term)))],
    };
  }

  private async record(action: string, id: string, isFound: boolean, fields: readonly string[]): Promise<void> {
    const outcome = isFound ? 'SUCCESS' : 'NOT_FOUND';
    await this.audit.record({ action, entity: 'Client', entityId: id, clientId: id, outcome, fields });
  }

  private async inOrganization<T>(organizationId: string | undefined, work: () => Promise<T>): Promise<T> {
    if (organizationId === undefined) return await work();
    const current = this.contexts.current();
    if (!current) return await this.outsideEveryDoor(() => this.contexts.withOrganization(organizationId, work));
    if (current.organizationId === organizationId) return await work();
    if (current.actor.type !== 'system') throw new OrganizationNotFoundError();
    return await this.contexts.withOrganization(organizationId, work);
  }

  /** Code that runs in no request, message, job or command acts as the product's own account. */
  private async outsideEveryDoor<T>(work: () => Promise<T>): Promise<T> {
    const context = createContext({
      product: this.configuration.product,
      organizationId: null,
      actor: await this.contexts.findSystemActor(),
      role: null,
      entryPoint: 'job',
      requestId: randomUUID(),
    });
    return await this.contexts.run(context, work);
  }
}

function touchedFields(client: ClientWithParts): string[] {
  return [
    ...BASIC_FIELDS,
    ...client.credentials.map(({ provider }) => `credential:${provider}`),
    'seoProjects',
    'targetedKeywords',
  ];
}
