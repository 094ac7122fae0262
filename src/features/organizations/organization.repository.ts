import { Inject, Injectable } from '@nestjs/common';
import type { Organization, Prisma } from '../../generated/prisma/client.js';
import { OrganizationDatabase } from '../../platform/database/organization-database.js';

/** The current organization's own row. */
@Injectable()
export class OrganizationRepository {
  constructor(@Inject(OrganizationDatabase) private readonly database: Pick<OrganizationDatabase, 'organization'>) {}

  async find(): Promise<Organization | null> {
    return await this.database.organization.findFirst();
  }

  async add(organization: Prisma.OrganizationUncheckedCreateInput): Promise<Organization> {
    return await this.database.organization.create({ data: organization });
  }

  /** Returns the restored row, or null if there was nothing to restore. */
  async restore(): Promise<Organization | null> {
    const [row] = await this.database.organization.updateManyAndReturn({
      where: { isActive: false },
      data: { isActive: true, deletedAt: null, deletedBy: null, version: { increment: 1 } },
    });
    return row ?? null;
  }

  /** Returns the changed row, or null if it has another version. */
  async update(
    version: number | undefined,
    data: Prisma.OrganizationUncheckedUpdateManyInput,
  ): Promise<Organization | null> {
    const [row] = await this.database.organization.updateManyAndReturn({
      where: version === undefined ? {} : { version },
      data: { ...data, version: { increment: 1 } },
    });
    return row ?? null;
  }
}
