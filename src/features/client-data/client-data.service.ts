import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import type { Client } from '../../generated/prisma/client.js';
import { Configuration } from '../../platform/config/configuration.js';
import { resourceNotFound } from '../../platform/errors/general.errors.js';
import { createContext, isUuid, OrganizationContextService, OrganizationNotFoundError } from '../../tenancy/index.js';
import { AuditService } from '../audit/audit.service.js';
import { CredentialService } from '../credentials/credential.service.js';
import { ClientDataStore, type FoundClient } from './client-data-store.js';
import type {
  ClientAccessOptions,
  ClientData,
  ClientDataField,
  ClientDataOptions,
  ClientParts,
  ClientWithParts,
} from './client-data.types.js';
import { ClientRepository } from './client.repository.js';

const BASIC_FIELDS = ['name', 'websiteUrl', 'businessObjectives', 'targetAudience'];
const CREDENTIAL_FIELDS = [
  ['googleAnalytics', 'GOOGLE_ANALYTICS'],
  ['searchConsole', 'SEARCH_CONSOLE'],
] as const;
const ALL_FIELDS = ['googleAnalytics', 'searchConsole', 'seoProjects', 'targetedKeywords'] as const;
/** A batch of many clients must not take the connections from everybody else. */
const RECORDED_AT_ONCE = 5;

/** The one way to a client's data, for every door. Every access is on the record before the data is handed out. */
@Injectable()
export class ClientDataService {
  constructor(
    private readonly repository: ClientRepository,
    private readonly store: ClientDataStore,
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
    return await this.inOrganization(options.organizationId, [id], async () => {
      const client = await this.repository.find(id);
      const found = client?.isActive ? client : null;
      await this.record('client.read', id, found !== null, BASIC_FIELDS);
      if (!found) throw resourceNotFound('client');
      return found;
    });
  }

  /**
   * Returns what the organization knows of an active client: basics and objectives, and of credentials, projects and
   * keywords those that `fields` names, or all.
   * @remarks One statement with the audit record, two if the client is not cached. Inside a transaction always from the
   * database, as that transaction sees it.
   * @throws CLIENT_NOT_FOUND, ORGANIZATION_NOT_FOUND as {@link getClientById}
   */
  async getClientData<Field extends ClientDataField = ClientDataField>(
    idOrClient: string | Pick<Client, 'id'>,
    options: ClientDataOptions<Field> = {},
  ): Promise<Pick<ClientData, 'client' | Field>> {
    const id = typeof idOrClient === 'string' ? idOrClient : idOrClient.id;
    return await this.inOrganization(options.organizationId, [id], async () => {
      const fields: readonly ClientDataField[] = options.fields ?? ALL_FIELDS;
      const data = await this.open(id, await this.store.find(id, partsOf(fields)), fields);
      if (!data) throw resourceNotFound('client');
      return data;
    });
  }

  /**
   * Returns the same of many clients, by id. A client that is missing, inactive or another organization's is not among
   * them; each one that was asked for is on record.
   * @remarks At most one statement, besides the audit records.
   * @throws ORGANIZATION_NOT_FOUND as {@link getClientById}
   */
  async getClientsData<Field extends ClientDataField = ClientDataField>(
    ids: readonly string[],
    options: ClientDataOptions<Field> = {},
  ): Promise<Map<string, Pick<ClientData, 'client' | Field>>> {
    return await this.inOrganization(options.organizationId, ids, async () => {
      const fields: readonly ClientDataField[] = options.fields ?? ALL_FIELDS;
      const wanted = [...new Set(ids)];
      const found = await this.store.findMany(wanted, partsOf(fields));
      const limit = pLimit(RECORDED_AT_ONCE);
      const opened = await limit.map(wanted, (id, index) => this.open(id, found[index] as FoundClient, fields));
      return new Map(opened.flatMap((data) => (data ? [[data.client.id, data]] : [])));
    });
  }

  /** Puts the access on record, and only then opens what was found. */
  private async open(
    id: string,
    { client, isCached }: FoundClient,
    fields: readonly ClientDataField[],
  ): Promise<ClientData | null> {
    const touched = client ? [...touchedFields(client, fields), isCached ? 'cache:hit' : 'cache:miss'] : [];
    await this.record('client-data.read', id, client !== null, touched);
    return client && (await this.toClientData(client, fields));
  }

  private async toClientData(
    { credentials, seoProjects, ...client }: ClientWithParts,
    fields: readonly ClientDataField[],
  ): Promise<ClientData> {
    const terms = seoProjects.flatMap(({ keywords }) => keywords.map(({ term }) => term));
    const data: Partial<ClientData> = {
      ...(fields.includes('googleAnalytics') && {
        googleAnalytics: await this.credentials.googleAnalytics(client, credentials),
      }),
      ...(fields.includes('searchConsole') && {
        searchConsole: await this.credentials.searchConsole(client, credentials),
      }),
      ...(fields.includes('seoProjects') && { seoProjects }),
      ...(fields.includes('targetedKeywords') && { targetedKeywords: [...new Set(terms)] }),
    };
    // The callers' types name only the fields that they asked for.
    return { client, ...data } as ClientData;
  }

  private async record(action: string, id: string, isFound: boolean, fields: readonly string[]): Promise<void> {
    const outcome = isFound ? 'SUCCESS' : 'NOT_FOUND';
    await this.audit.record({ action, ...accessTo(id), outcome, fields });
  }

  /** On the record of the organization that the caller is in: the other one is not his to write to. */
  private async recordDenial(ids: readonly string[]): Promise<void> {
    const reason = 'asked for another organization';
    for (const id of ids) {
      await this.audit.record({ action: 'client-data.read', ...accessTo(id), outcome: 'DENIED', reason });
    }
  }

  private async inOrganization<T>(
    organizationId: string | undefined,
    ids: readonly string[],
    work: () => Promise<T>,
  ): Promise<T> {
    if (organizationId === undefined) return await work();
    const current = this.contexts.current();
    if (!current) return await this.outsideEveryDoor(() => this.contexts.withOrganization(organizationId, work));
    if (current.organizationId === organizationId) return await work();
    if (current.actor.type !== 'system') {
      if (current.organizationId !== null) await this.recordDenial(ids);
      throw new OrganizationNotFoundError();
    }
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

/** What is no id is nobody's client; it still stands on the record as what was asked for. */
function accessTo(id: string) {
  return { entity: 'Client', entityId: id, clientId: isUuid(id) ? id : null };
}

function partsOf(fields: readonly ClientDataField[]): ClientParts {
  return {
    providers: CREDENTIAL_FIELDS.filter(([field]) => fields.includes(field)).map(([, provider]) => provider),
    hasProjects: fields.includes('seoProjects') || fields.includes('targetedKeywords'),
  };
}

function touchedFields({ credentials }: ClientWithParts, fields: readonly ClientDataField[]): string[] {
  return [
    ...BASIC_FIELDS,
    ...credentials.map(({ provider }) => `credential:${provider}`),
    ...(['seoProjects', 'targetedKeywords'] as const).filter((field) => fields.includes(field)),
  ];
}
