import { Inject, Injectable } from '@nestjs/common';
import type { Crew, Prisma } from '../../generated/prisma/client.js';
import { getOr404 } from '../../platform/database/get-or-404.js';
import { OrganizationDatabase } from '../../platform/database/organization-database.js';
import type { Keyset } from '../../platform/http/pagination.js';

@Injectable()
export class CrewRepository {
  constructor(@Inject(OrganizationDatabase) private readonly database: Pick<OrganizationDatabase, 'crew'>) {}

  async list(filter: Prisma.CrewWhereInput, page: Keyset): Promise<Crew[]> {
    return await this.database.crew.findMany({ ...page, where: { AND: [filter, page.where] } });
  }

  /** @throws CREW_NOT_FOUND */
  async get(where: Prisma.CrewWhereInput): Promise<Crew> {
    return await getOr404<Prisma.CrewWhereInput, Crew>(this.database.crew, where, 'crew');
  }

  async add(crew: Prisma.CrewUncheckedCreateInput): Promise<Crew> {
    return await this.database.crew.create({ data: crew });
  }

  /** Returns the changed row, or null if it is missing or has another version. */
  async update(
    id: string,
    version: number | undefined,
    data: Prisma.CrewUncheckedUpdateManyInput,
  ): Promise<Crew | null> {
    const [row] = await this.database.crew.updateManyAndReturn({
      where: { id, ...(version !== undefined && { version }) },
      data: { ...data, version: { increment: 1 } },
    });
    return row ?? null;
  }
}
