import { Inject, Injectable } from '@nestjs/common';
import type { Prisma, Property } from '../../generated/prisma/client.js';
import { getOr404 } from '../../platform/database/get-or-404.js';
import { OrganizationDatabase } from '../../platform/database/organization-database.js';
import type { Keyset } from '../../platform/http/pagination.js';

@Injectable()
export class PropertyRepository {
  constructor(
    @Inject(OrganizationDatabase) private readonly database: Pick<OrganizationDatabase, 'property' | 'propertyTerm'>,
  ) {}

  async list(filter: Prisma.PropertyWhereInput, page: Keyset): Promise<Property[]> {
    return await this.database.property.findMany({ ...page, where: { AND: [filter, page.where] } });
  }

  /** @throws PROPERTY_NOT_FOUND */
  async get(where: Prisma.PropertyWhereInput): Promise<Property> {
    return await getOr404<Prisma.PropertyWhereInput, Property>(this.database.property, where, 'property');
  }

  async add(property: Prisma.PropertyUncheckedCreateInput): Promise<Property> {
    return await this.database.property.create({ data: property });
  }

  /** Returns the changed row, or null if it is missing or has another version. */
  async update(
    id: string,
    version: number | undefined,
    data: Prisma.PropertyUncheckedUpdateManyInput,
  ): Promise<Property | null> {
    const [row] = await this.database.property.updateManyAndReturn({
      where: { id, ...(version !== undefined && { version }) },
      data: { ...data, version: { increment: 1 } },
    });
    return row ?? null;
  }

  /**
   * Makes these the words by which everybody finds a listing; none takes it out of the search.
   * @remarks Within the transaction that changed the listing: its row is locked, so that of two changes one is the last.
   */
  async setTerms(propertyId: string, terms: readonly string[]): Promise<void> {
    const listed = [...terms];
    await this.database.propertyTerm.updateMany({ where: { propertyId }, data: { isListed: false } });
    if (listed.length === 0) return;
    const rows = listed.map((term) => ({ propertyId, term, isListed: false }));
    await this.database.propertyTerm.createMany({ data: rows, skipDuplicates: true });
    await this.database.propertyTerm.updateMany({
      where: { propertyId, term: { in: listed } },
      data: { isListed: true },
    });
  }
}
