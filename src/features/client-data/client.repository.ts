import { Inject, Injectable } from '@nestjs/common';
import type { Client, ClientCredential, Prisma } from '../../generated/prisma/client.js';
import { OrganizationDatabase } from '../../platform/database/organization-database.js';
import type { Keyset } from '../../platform/http/pagination.js';
import type { ClientWithParts } from './client-data.types.js';

const ACTIVE = { isActive: true } as const;
const PROJECTS = {
  where: ACTIVE,
  orderBy: { id: 'asc' },
  include: { keywords: { where: ACTIVE, orderBy: { term: 'asc' } } },
} as const;

@Injectable()
export class ClientRepository {
  constructor(
    @Inject(OrganizationDatabase) private readonly database: Pick<OrganizationDatabase, 'client' | 'clientCredential'>,
  ) {}

  async list(filter: Prisma.ClientWhereInput, page: Keyset): Promise<Client[]> {
    return await this.database.client.findMany({ ...page, where: { AND: [filter, page.where] } });
  }

  async find(id: string): Promise<Client | null> {
    return await this.database.client.findFirst({ where: { id } });
  }

  /**
   * Returns active clients with their active parts as the open transaction sees them: four statements.
   * @see ClientDataRepository for everybody else: the same rows in one statement
   */
  async listWithParts(ids: readonly string[], providers: readonly string[]): Promise<ClientWithParts[]> {
    return await this.database.client.findMany({
      where: { id: { in: [...ids] }, ...ACTIVE },
      include: {
        credentials: { where: { ...ACTIVE, provider: { in: [...providers] } }, orderBy: { provider: 'asc' } },
        seoProjects: PROJECTS,
      },
    });
  }

  async add(client: Prisma.ClientUncheckedCreateInput): Promise<Client> {
    return await this.database.client.create({ data: client });
  }

  /** Returns the changed row, or null if it is missing or has another version. */
  async update(
    id: string,
    version: number | undefined,
    data: Prisma.ClientUncheckedUpdateManyInput,
  ): Promise<Client | null> {
    const [row] = await this.database.client.updateManyAndReturn({
      where: { id, ...(version !== undefined && { version }) },
      data: { ...data, version: { increment: 1 } },
    });
    return row ?? null;
  }

  async findCredential(clientId: string, provider: string): Promise<ClientCredential | null> {
    return await this.database.clientCredential.findFirst({ where: { clientId, provider } });
  }

  async addCredential(credential: Prisma.ClientCredentialUncheckedCreateInput): Promise<void> {
    await this.database.clientCredential.create({ data: credential, select: { id: true } });
  }

  async updateCredential(id: string, data: Prisma.ClientCredentialUncheckedUpdateManyInput): Promise<void> {
    await this.database.clientCredential.updateMany({ where: { id }, data: { ...data, version: { increment: 1 } } });
  }
}
