import { Inject, Injectable } from '@nestjs/common';
import type { Client, ClientCredential, Prisma } from '../../generated/prisma/client.js';
import { OrganizationDatabase } from '../../platform/database/organization-database.js';
import type { Lease } from '../credentials/renewal.types.js';

export type CredentialWithClient = ClientCredential & { readonly client: Client };

const IN_USE = { isActive: true, client: { isActive: true } } as const;
const PAGE = 100;

/** What renewals read and write of clients' credentials. */
@Injectable()
export class CredentialRenewalRepository {
  constructor(
    @Inject(OrganizationDatabase) private readonly database: Pick<OrganizationDatabase, 'clientCredential'>,
  ) {}

  async find(id: string): Promise<CredentialWithClient | null> {
    return await this.database.clientCredential.findFirst({ where: { id, ...IN_USE }, include: { client: true } });
  }

  async findOf(clientId: string, provider: string): Promise<Pick<ClientCredential, 'id' | 'isActive'> | null> {
    return await this.database.clientCredential.findFirst({
      where: { clientId, provider },
      select: { id: true, isActive: true },
    });
  }

  /** Counts as no change: neither the version nor the time of the last one. */
  async lease(id: string, version: number, lease: Lease): Promise<boolean> {
    const { count } = await this.database.clientCredential.updateMany({
      where: { id, version, OR: [{ leasedUntil: null }, { leasedUntil: { lt: new Date() } }] },
      data: { leaseId: lease.id, leasedUntil: lease.until },
    });
    return count > 0;
  }

  async release(id: string, leaseId: string): Promise<void> {
    await this.database.clientCredential.updateMany({
      where: { id, leaseId },
      data: { leaseId: null, leasedUntil: null },
    });
  }

  /** Returns whether the row had this version and this lease, and was changed. */
  async save(
    id: string,
    held: { readonly version: number; readonly leaseId: string },
    data: Prisma.ClientCredentialUncheckedUpdateManyInput,
  ): Promise<boolean> {
    const { count } = await this.database.clientCredential.updateMany({
      where: { id, ...held, isActive: true },
      data: { ...data, version: { increment: 1 } },
    });
    return count > 0;
  }

  async listDue(notCheckedSince: Date, after: string | null): Promise<string[]> {
    const rows = await this.database.clientCredential.findMany({
      where: {
        ...IN_USE,
        ...(after !== null && { id: { gt: after } }),
        envelope: { not: null },
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
