import { Inject, Injectable } from '@nestjs/common';
import type { Business, Prisma } from '../../generated/prisma/client.js';
import { getOr404 } from '../../platform/database/get-or-404.js';
import { OrganizationDatabase } from '../../platform/database/organization-database.js';
import type { Keyset } from '../../platform/http/pagination.js';

@Injectable()
export class BusinessRepository {
  constructor(@Inject(OrganizationDatabase) private readonly database: Pick<OrganizationDatabase, 'business'>) {}

  async list(filter: Prisma.BusinessWhereInput, page: Keyset): Promise<Business[]> {
    return await this.database.business.findMany({ ...page, where: { AND: [filter, page.where] } });
  }

  /** @throws BUSINESS_NOT_FOUND */
  async get(where: Prisma.BusinessWhereInput): Promise<Business> {
    return await getOr404<Prisma.BusinessWhereInput, Business>(this.database.business, where, 'business');
  }

  /** Returns the slugs in use that begin with `prefix`. */
  async listSlugs(prefix: string): Promise<string[]> {
    const rows = await this.database.business.findMany({
      where: { slug: { startsWith: prefix } },
      select: { slug: true },
    });
    return rows.map(({ slug }) => slug);
  }

  async add(business: Prisma.BusinessUncheckedCreateInput): Promise<Business> {
    return await this.database.business.create({ data: business });
  }

  /** Returns the changed row, or null if it is missing or has another version. */
  async update(
    id: string,
    version: number | undefined,
    data: Prisma.BusinessUncheckedUpdateManyInput,
  ): Promise<Business | null> {
    const [row] = await this.database.business.updateManyAndReturn({
      where: { id, ...(version !== undefined && { version }) },
      data: { ...data, version: { increment: 1 } },
    });
    return row ?? null;
  }
}
