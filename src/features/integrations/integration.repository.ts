import { Inject, Injectable } from '@nestjs/common';
import type { Prisma } from '../../generated/prisma/client.js';
import { OrganizationDatabase } from '../../platform/database/organization-database.js';
import type { Keyset } from '../../platform/http/pagination.js';
import type { IntegrationWithDetails } from './integration.types.js';

/** Which integrations a list shows. */
export interface IntegrationFilter {
  readonly businessId?: string;
  readonly type?: string;
  /** Those in use, or those that are hidden; both when left out. */
  readonly isInUse?: boolean;
}

const WITH_DETAILS = { facebookPage: true, business: { select: { isActive: true } } } as const;
const IN_USE = { isActive: true, business: { isActive: true } } as const;
const HIDDEN = { OR: [{ isActive: false }, { business: { isActive: false } }] };

@Injectable()
export class IntegrationRepository {
  constructor(
    @Inject(OrganizationDatabase) private readonly database: Pick<OrganizationDatabase, 'integration' | 'facebookPage'>,
  ) {}

  /** Returns a page with details: three statements, whatever their number. */
  async list({ isInUse, ...filter }: IntegrationFilter, page: Keyset): Promise<IntegrationWithDetails[]> {
    const visibility = isInUse === undefined ? {} : isInUse ? IN_USE : HIDDEN;
    const where = { AND: [filter, visibility, page.where] };
    return await this.database.integration.findMany({ ...page, where, include: WITH_DETAILS });
  }

  async find(id: string): Promise<IntegrationWithDetails | null> {
    return await this.database.integration.findFirst({ where: { id }, include: WITH_DETAILS });
  }

  async add(integration: Prisma.IntegrationUncheckedCreateInput): Promise<void> {
    await this.database.integration.create({ data: integration, select: { id: true } });
  }

  async addFacebookPage(page: Prisma.FacebookPageUncheckedCreateInput): Promise<void> {
    await this.database.facebookPage.create({ data: page, select: { integrationId: true } });
  }

  /** Returns whether a row was changed: false if it is missing or has another version. */
  async update(
    id: string,
    version: number | undefined,
    data: Prisma.IntegrationUncheckedUpdateManyInput,
  ): Promise<boolean> {
    const where = { id, ...(version !== undefined && { version }) };
    const { count } = await this.database.integration.updateMany({
      where,
      data: { ...data, version: { increment: 1 } },
    });
    return count > 0;
  }

  /** Returns whether the integration has a Facebook page. */
  async updateFacebookPage(integrationId: string, data: Prisma.FacebookPageUncheckedUpdateManyInput): Promise<boolean> {
    const { count } = await this.database.facebookPage.updateMany({ where: { integrationId }, data });
    return count > 0;
  }
}
