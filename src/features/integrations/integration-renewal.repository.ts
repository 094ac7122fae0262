import { Inject, Injectable } from '@nestjs/common';
import type { Integration, FacebookPage, Prisma } from '../../generated/prisma/client.js';
import { OrganizationDatabase } from '../../platform/database/organization-database.js';
import type { Lease } from '../credentials/renewal.types.js';

export type IntegrationWithPage = Integration & { readonly facebookPage: FacebookPage | null };

const IN_USE = { isActive: true, business: { isActive: true } } as const;
const PAGE = 100;

/** What renewals read and write of integrations. */
@Injectable()
export class IntegrationRenewalRepository {
  constructor(
    @Inject(OrganizationDatabase) private readonly database: Pick<OrganizationDatabase, 'integration' | 'facebookPage'>,
  ) {}

  async find(id: string): Promise<IntegrationWithPage | null> {
    return await this.database.integration.findFirst({ where: { id, ...IN_USE }, include: { facebookPage: true } });
  }

  /** Counts as no change: neither the version nor the time of the last one, which the answer shows. */
  async lease(id: string, version: number, lease: Lease & { readonly updatedAt: Date }): Promise<boolean> {
    const { count } = await this.database.integration.updateMany({
      where: { id, version, OR: [{ leasedUntil: null }, { leasedUntil: { lt: new Date() } }] },
      data: { leaseId: lease.id, leasedUntil: lease.until, updatedAt: lease.updatedAt },
    });
    return count > 0;
  }

  async release(id: string, leaseId: string): Promise<void> {
    await this.database.integration.updateMany({ where: { id, leaseId }, data: { leaseId: null, leasedUntil: null } });
  }

  /** Returns whether the row had this version and this lease, and was changed. */
  async save(
    id: string,
    held: { readonly version: number; readonly leaseId: string },
    data: Prisma.IntegrationUncheckedUpdateManyInput,
  ): Promise<boolean> {
    const { count } = await this.database.integration.updateMany({
      where: { id, ...held, isActive: true },
      data: { ...data, version: { increment: 1 } },
    });
    return count > 0;
  }

  async savePage(integrationId: string, data: Prisma.FacebookPageUncheckedUpdateManyInput): Promise<void> {
    await this.database.facebookPage.updateMany({ where: { integrationId }, data });
  }

  async listDue(notCheckedSince: Date, after: string | null): Promise<string[]> {
    const rows = await this.database.integration.findMany({
      where: {
        ...IN_USE,
        ...(after !== null && { id: { gt: after } }),
        facebookPage: { OR: [{ accessTokenEnvelope: { not: null } }, { pageAccessTokenEnvelope: { not: null } }] },
        healthState: { not: 'REVOKED' },
        OR: [{ healthCheckedAt: null }, { healthCheckedAt: { lt: notCheckedSince } }],
      },
      orderBy: { id: 'asc' },
      take: PAGE,
      select: { id: true },
    });
    return rows.map(({ id }) => id);
  }
}
