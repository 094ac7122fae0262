import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Prisma } from '../../generated/prisma/client.js';
import { TransactionService } from '../../platform/database/transaction.service.js';
import { resourceNotFound, versionConflict } from '../../platform/errors/general.errors.js';
import { type Page, toKeyset, toPage } from '../../platform/http/pagination.js';
import { OrganizationContextService } from '../../tenancy/index.js';
import { AuditService } from '../audit/audit.service.js';
import { BusinessService } from '../businesses/business.service.js';
import { UNCHECKED } from '../credentials/credential-health.types.js';
import { CredentialService } from '../credentials/credential.service.js';
import { type SentConfiguration, toParts } from './integration.config.js';
import type {
  BusinessIntegrationListQuery,
  CreateIntegration,
  IntegrationListQuery,
  UpdateFacebookPage,
  UpdateIntegration,
} from './integration.dto.js';
import { IntegrationRepository } from './integration.repository.js';
import { type IntegrationWithDetails, isInUse } from './integration.types.js';

/** The connections of the current organization's businesses to other services. */
@Injectable()
export class IntegrationService {
  constructor(
    private readonly repository: IntegrationRepository,
    private readonly businesses: BusinessService,
    private readonly credentials: CredentialService,
    private readonly transactions: TransactionService,
    private readonly contexts: OrganizationContextService,
    private readonly audit: AuditService,
  ) {}

  /** Lists integrations with their details; those whose business is deactivated count as deactivated. */
  async list(query: IntegrationListQuery): Promise<Page<IntegrationWithDetails>> {
    return toPage(await this.repository.list(toFilter(query), toKeyset(query)), query, (row) => row);
  }

  /** Lists the integrations of an active business. @throws BUSINESS_NOT_FOUND */
  async listOfBusiness(businessId: string, query: BusinessIntegrationListQuery): Promise<Page<IntegrationWithDetails>> {
    await this.businesses.get(businessId);
    return await this.list({ ...query, businessId });
  }

  /** Lists the integrations of an active business. @throws BUSINESS_NOT_FOUND */
  async listOfBusinessBySlug(slug: string, query: BusinessIntegrationListQuery): Promise<Page<IntegrationWithDetails>> {
    const { id } = await this.businesses.getBySlug(slug);
    return await this.list({ ...query, businessId: id });
  }

  /** Returns an active integration of an active business. @throws INTEGRATION_NOT_FOUND */
  async get(id: string): Promise<IntegrationWithDetails> {
    const integration = await this.repository.find(id);
    if (!integration || !isInUse(integration)) throw resourceNotFound('integration');
    return integration;
  }

  /**
   * Connects an active business.
   * @throws BUSINESS_NOT_FOUND; VALIDATION_FAILED for a secret among the settings
   */
  async create(input: CreateIntegration): Promise<IntegrationWithDetails> {
    const { businessId, type, name, facebookPage } = input;
    await this.businesses.get(businessId);
    const id = uuidv7();
    const { pageId, pageName } = facebookPage;
    return await this.transactions.run(async () => {
      await this.repository.add({ id, businessId, type, name, ...(await this.toColumns(id, input)) });
      await this.repository.addFacebookPage({
        integrationId: id,
        ...(await this.toPageColumns(id, facebookPage)),
        pageId,
        pageName,
      });
      await this.record('integration.created', id, namesIn(input));
      return await this.get(id);
    });
  }

  /** @throws INTEGRATION_NOT_FOUND, VERSION_CONFLICT; VALIDATION_FAILED for a secret among the settings */
  async update(id: string, input: UpdateIntegration, version: number | undefined): Promise<IntegrationWithDetails> {
    await this.get(id);
    const { name, facebookPage } = input;
    return await this.transactions.run(async () => {
      const data = {
        ...(name !== undefined && { name }),
        ...(await this.toColumns(id, input)),
        ...(renewsAccess(facebookPage) && UNCHECKED),
      };
      if (!(await this.repository.update(id, version, data))) throw versionConflict();
      if (facebookPage) await this.updatePage(id, facebookPage);
      await this.record('integration.updated', id, namesIn(input));
      return await this.get(id);
    });
  }

  /** @throws INTEGRATION_NOT_FOUND, VERSION_CONFLICT */
  async deactivate(id: string, version: number | undefined): Promise<void> {
    await this.get(id);
    const { actor } = this.contexts.requireOrganization();
    const data = { isActive: false, deletedAt: new Date(), deletedBy: actor.id };
    await this.transactions.run(async () => await this.change(id, version, data, 'integration.deactivated'));
  }

  /** @throws INTEGRATION_NOT_FOUND, VERSION_CONFLICT; BUSINESS_NOT_FOUND while its business is deactivated */
  async restore(id: string, version: number | undefined): Promise<IntegrationWithDetails> {
    const integration = await this.repository.find(id);
    if (!integration) throw resourceNotFound('integration');
    await this.businesses.get(integration.businessId);
    return await this.transactions.run(async () => {
      await this.change(id, version, { isActive: true, deletedAt: null, deletedBy: null }, 'integration.restored');
      return await this.get(id);
    });
  }

  private async updatePage(id: string, page: UpdateFacebookPage): Promise<void> {
    const isChanged = await this.repository.updateFacebookPage(id, await this.toPageColumns(id, page));
    if (!isChanged) throw resourceNotFound('Facebook page');
  }

  private async change(
    id: string,
    version: number | undefined,
    data: Prisma.IntegrationUncheckedUpdateManyInput,
    action: string,
  ): Promise<void> {
    if (!(await this.repository.update(id, version, data))) throw versionConflict();
    await this.record(action, id, Object.keys(data));
  }

  private async record(action: string, id: string, fields: readonly string[]): Promise<void> {
    await this.audit.record({ action, entity: 'Integration', entityId: id, fields });
  }

  private async toColumns(id: string, input: SentConfiguration) {
    const { settings, secrets } = toParts(input);
    const place = { table: 'integrations', column: 'secrets_envelope', rowId: id };
    return {
      ...(settings && { settings: settings as Prisma.InputJsonObject }),
      ...(secrets !== undefined && {
        secretsEnvelope: secrets && (await this.credentials.seal(secrets, place)),
        ...UNCHECKED,
      }),
    };
  }

  private async toPageColumns(id: string, { accessToken, pageAccessToken, ...columns }: UpdateFacebookPage) {
    const seal = async (token: string | null, column: string) =>
      token === null ? null : await this.credentials.seal(token, { table: 'facebook_pages', column, rowId: id });
    return {
      ...columns,
      ...(accessToken !== undefined && { accessTokenEnvelope: await seal(accessToken, 'access_token_envelope') }),
      ...(pageAccessToken !== undefined && {
        pageAccessTokenEnvelope: await seal(pageAccessToken, 'page_access_token_envelope'),
      }),
    };
  }
}

function toFilter({ businessId, type, active, includeInactive }: IntegrationListQuery) {
  return {
    ...(businessId !== undefined && { businessId }),
    ...(type !== undefined && { type }),
    ...(active !== undefined ? { isInUse: active === 'true' } : !includeInactive && { isInUse: true }),
  };
}

function renewsAccess(page: UpdateFacebookPage | undefined): boolean {
  return [page?.pageId, page?.accessToken, page?.pageAccessToken].some((value) => value !== undefined);
}

/** Names for the record; what a caller called its settings and secrets stays out of it. */
function namesIn({ facebookPage, ...fields }: CreateIntegration | UpdateIntegration): string[] {
  return [...Object.keys(fields), ...Object.keys(facebookPage ?? {}).map((name) => `facebookPage.${name}`)];
}
