import { Inject, Injectable } from '@nestjs/common';
import type { ApiKey, Prisma } from '../../generated/prisma/client.js';
import { getOr404 } from '../../platform/database/get-or-404.js';
import { OrganizationDatabase } from '../../platform/database/organization-database.js';
import type { Keyset } from '../../platform/http/pagination.js';

/** More transactions than our processes' pools have for one organization at a time. */
const AT_ONCE = 50;

@Injectable()
export class ApiKeyRepository {
  constructor(
    @Inject(OrganizationDatabase) private readonly database: Pick<OrganizationDatabase, 'apiKey' | 'organization'>,
  ) {}

  async list(filter: Prisma.ApiKeyWhereInput, page: Keyset): Promise<ApiKey[]> {
    return await this.database.apiKey.findMany({ ...page, where: { AND: [filter, page.where] } });
  }

  /** Returns a key that is not revoked. @throws API_KEY_NOT_FOUND */
  async get(id: string): Promise<ApiKey> {
    const where: Prisma.ApiKeyWhereInput = { id, revokedAt: null };
    return await getOr404<Prisma.ApiKeyWhereInput, ApiKey>(this.database.apiKey, where, 'API key');
  }

  /**
   * Counts keys that are not revoked, in the transaction that adds one. Those who come near the limit wait for each
   * other; far from it nobody must.
   */
  async countForAdding(limit: number): Promise<number> {
    const count = async () => await this.database.apiKey.count({ where: { revokedAt: null } });
    const roughly = await count();
    if (roughly < limit - AT_ONCE) return roughly;
    await this.database.organization.updateMany({ where: { isActive: true }, data: { updatedAt: new Date() } });
    return await count();
  }

  async add(key: Prisma.ApiKeyUncheckedCreateInput): Promise<ApiKey> {
    return await this.database.apiKey.create({ data: key });
  }

  /** Returns the changed key, or null if it is missing, revoked or has another version. */
  async update(
    id: string,
    version: number | undefined,
    data: Prisma.ApiKeyUncheckedUpdateManyInput,
  ): Promise<ApiKey | null> {
    const [row] = await this.database.apiKey.updateManyAndReturn({
      where: { id, revokedAt: null, ...(version !== undefined && { version }) },
      data: { ...data, version: { increment: 1 } },
    });
    return row ?? null;
  }
}
